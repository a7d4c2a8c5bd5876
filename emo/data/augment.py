"""Run an Albumentations pipeline on a photo and find out where its faces went."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import NamedTuple

import albumentations as A
import numpy as np
import numpy.typing as npt

from emo.data.outline import FloatArray, box_outlines, clip_boxes, outline_boxes, visible_shares
from emo.data.place import BACKGROUND, HALF
from emo.view import ImageArray

MIN_SIDE = 1.0
"""Pixels; what is thinner than this is no box."""

MIN_VISIBLE = 0.5
"""A draw that cuts a face to less than this part, but does not lose it, is drawn again."""

TRIES = 5
"""Draws before the last is taken as it is."""


class Augmented(NamedTuple):
    """A frame, the (N, 4) clipped boxes of its faces in pixels, and the (N,) part of each that is inside."""

    frame: ImageArray
    boxes_xyxy: FloatArray
    visible: FloatArray


class Pipeline:
    """Albumentations transforms, applied to a photo and its boxes; the same seed gives the same result.

    Args:
        transforms: any that move keypoints along; none leaves the photo as it is.
        min_visible: see MIN_VISIBLE.
        tries: see TRIES.

    Raises:
        ValueError: if one of the transforms turns pictures upside down: no webcam does.
    """

    def __init__(
        self,
        transforms: Sequence[A.BasicTransform | A.BaseCompose],
        min_visible: float = MIN_VISIBLE,
        tries: int = TRIES,
    ) -> None:
        upside_down = [
            t for t in transforms if isinstance(t, A.VerticalFlip | A.D4 | A.RandomRotate90 | A.Transpose)
        ]
        if upside_down:
            raise ValueError(f"{type(upside_down[0]).__name__} turns faces upside down; leave it out")
        self._min_visible, self._tries = min_visible, tries
        steps = list(transforms)
        if all(isinstance(step, A.ImageOnlyTransform) for step in steps):
            steps.append(A.NoOp())  # or Albumentations warns that nothing moves the keypoints
        self._compose = A.Compose(
            steps,
            # all keypoints stay, and there is one image: a tenth of the time would go into checks
            keypoint_params=A.KeypointParams(format="xy", remove_invisible=False, check_each_transform=False),
            is_check_shapes=False,
        )

    def __call__(
        self,
        frame: ImageArray,
        boxes_xyxy: npt.ArrayLike,
        seed: int,
        background: ImageArray | None = None,
    ) -> Augmented:
        """Apply the transforms.

        Args:
            frame: RGB, H x W x 3.
            boxes_xyxy: (N, 4) in pixels of the frame.
            seed: fixes every random choice.
            background: a frame without a face, any size, that photos may be placed on.
        """
        outlines = box_outlines(boxes_xyxy)
        self._seed(seed)
        extra = {} if background is None else {BACKGROUND: background}
        for _ in range(self._tries):
            # applied whatever its own p: it would draw a number before the first step does
            result = self._compose(force_apply=True, image=frame, keypoints=outlines - HALF, **extra)
            image, points = result["image"], np.asarray(result["keypoints"], np.float64).reshape(-1, 2) + HALF
            height, width = image.shape[:2]
            visible = visible_shares(points, width, height)
            if not ((visible > 0) & (visible < self._min_visible)).any():
                break
        return Augmented(image, *clip_faces(points, visible, width, height))

    def _seed(self, seed: int) -> None:
        """Let the steps draw one after the other from one stream.

        Albumentations' own seeding starts the same stream in every step: what is blurred would always be grey too.
        """
        seed %= 2**32
        self._compose.set_random_state(np.random.default_rng(seed), random.Random(seed))


def clip_faces(
    outlines: FloatArray, visible: FloatArray, width: int, height: int
) -> tuple[FloatArray, FloatArray]:
    """What a frame shows of its faces.

    Args:
        outlines: (N * POINTS, 2).
        visible: (N,) from `visible_shares`.
        width: of the frame.
        height: of the frame.

    Returns:
        The clipped boxes (N, 4), and `visible` with nothing of those that are too thin to be boxes.
    """
    boxes = clip_boxes(outline_boxes(outlines), width, height)
    thin = (boxes[:, 2:] - boxes[:, :2]).min(axis=1, initial=np.inf) < MIN_SIDE
    return boxes, np.where(thin, 0.0, visible)
