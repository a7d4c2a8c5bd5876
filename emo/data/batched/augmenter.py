"""From plans to a batch of training views, on the device that trains."""

from __future__ import annotations

from collections.abc import Sequence

import albumentations as A
import torch
from torch import Tensor

from emo.data.batched.draws import Draws
from emo.data.batched.frames import FramePyramid
from emo.data.batched.light import apply_light, check_light
from emo.data.batched.planned import BEYOND, PlannedBatch
from emo.data.batched.warp import inside, look, pixel_centres
from emo.data.dataset import Batch
from emo.data.place import PlaceFace
from emo.view import PAD


class Augmenter:
    """Makes views as an Albumentations pipeline of the same steps would, from the frames that lie on the device.

    Args:
        frames: of the dataset that the plans are of.
        size: side of the views in pixels.
        light: steps that leave everything where it is, see `check_light`.
    """

    def __init__(
        self, frames: FramePyramid, size: int, light: Sequence[A.BasicTransform | A.BaseCompose]
    ) -> None:
        self._frames, self._size, self._light = frames, size, light

    def __call__(self, plans: PlannedBatch) -> Batch:
        """The views of B plans, on the plans' device."""
        self._frames.move_to(plans.photos.device)
        images = self._place(plans).round()
        draws = Draws(plans.seed, len(images), images.device)
        return Batch(
            images=apply_light(self._light, images, draws).to(torch.uint8),
            boxes_cxcywh=plans.boxes_cxcywh,
            has_box=plans.has_box,
            presence=plans.presence,
            emotions=plans.emotions,
            photos=plans.photos,
            frames=(),
            emotion_shares=plans.emotion_shares,
        )

    def _place(self, plans: PlannedBatch) -> Tensor:
        points = pixel_centres(self._size, self._size, plans.photos.device)
        shown, sources = look(self._frames, plans.photos, plans.matrices, points)
        room, _ = look(self._frames, plans.rooms, plans.room_matrices, points)
        beyond = plans.beyond[:, None, None]
        canvas = torch.where(beyond == BEYOND.index("room"), room, float(PAD))
        photo = inside(sources, plans.regions)[..., None] | (beyond == BEYOND.index("smear"))
        views = torch.where(photo, shown, canvas)
        return views.transpose(1, 2).reshape(-1, 3, self._size, self._size)


Steps = Sequence[A.BasicTransform | A.BaseCompose]


def split_steps(steps: Steps) -> tuple[PlaceFace | None, A.HorizontalFlip | None, Steps]:
    """Divide a pipeline into what the loading processes plan, and the light that the device sets.

    Raises:
        ConfigError: one of the steps cannot be done for whole batches.
    """
    left = list(steps)
    place = left.pop(0) if left and isinstance(left[0], PlaceFace) else None
    flip = left.pop(0) if left and isinstance(left[0], A.HorizontalFlip) else None
    check_light(left)
    return place, flip, left
