"""From plans to a batch of training views, on the device that trains."""

from __future__ import annotations

import torch
from torch import Tensor

from emo.data.batched.draws import Draws
from emo.data.batched.frames import FramePyramid
from emo.data.batched.light import apply_light, check_light
from emo.data.batched.moves import MOVES, Steps, check_moves
from emo.data.batched.planned import BEYOND, PlannedBatch
from emo.data.batched.warp import inside, look, pixel_centres, within_windows
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

    def __init__(self, frames: FramePyramid, size: int, light: Steps) -> None:
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
        views = torch.where(within_windows(points, plans.windows)[..., None], views, 0.0)
        return views.transpose(1, 2).reshape(-1, 3, self._size, self._size)


def split_steps(steps: Steps, size: int) -> tuple[Steps, Steps]:
    """Divide a pipeline into the moves, which the loading processes plan, and the light that the device sets.

    Raises:
        ConfigError: one of the steps cannot be done for whole batches of views of this size.
    """
    count = 0
    while count < len(steps) and (
        type(steps[count]) in MOVES or (count == 0 and isinstance(steps[0], PlaceFace))
    ):
        count += 1
    check_moves(steps[:count], size)
    check_light(steps[count:])
    return steps[:count], steps[count:]
