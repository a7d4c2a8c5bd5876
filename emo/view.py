"""The one preprocessing: a square view of a frame, and the way back to the frame's pixels.

Training, evaluation, export and the demo all see a frame through `View`: the whole frame for the first look, a
square around a face for the second (DESIGN: looking twice). The aspect ratio is always kept.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

ImageArray = npt.NDArray[np.uint8]
"""RGB, uint8, H x W x 3."""

PAD = 114
"""Grey outside the frame: near the mean of natural images, so that the network sees nearly zero there."""

ZOOM = 1.3
"""Side of the second look in units of the face's longer side."""

SETTLED = 0.6
"""Overlap (IoU) of two looks' boxes below which the later saw the face elsewhere, and another look is worth while."""


_HALVED = 0.25
"""Scale from which on a frame is halved first: exact halving costs a tenth of averaging over fractions of pixels."""


@dataclass(frozen=True)
class View:
    """A square region of a frame in whole pixels; it may reach beyond the frame's edges.

    Args:
        left: x of the left edge in pixels of the frame, may be negative.
        top: y of the top edge.
        side: length of the square's sides in pixels, at least 1.
    """

    left: int
    top: int
    side: int

    @classmethod
    def whole(cls, width: int, height: int) -> View:
        """The smallest square that holds a whole frame of this size, centred on it."""
        side = max(width, height)
        return cls((width - side) // 2, (height - side) // 2, side)

    @classmethod
    def around(cls, box_xyxy: npt.ArrayLike, factor: float = ZOOM) -> View:
        """The square around a box (4,) in pixels, `factor` times as long as the box's longer side."""
        x1, y1, x2, y2 = np.asarray(box_xyxy, dtype=np.float64)
        side = max(1, round(max(x2 - x1, y2 - y1) * factor))
        return cls(round((x1 + x2 - side) / 2), round((y1 + y2 - side) / 2), side)

    def crop(self, frame: ImageArray, size: int) -> ImageArray:
        """The view as `size` x `size` pixels; grey where it lies outside the frame.

        Shrinks by area averaging, so that small faces keep their grey values, and grows linearly. Edges of the
        frame inside the view are placed to the nearest output pixel.
        """
        height, width = frame.shape[:2]
        if (self.left, self.top, self.side) == (0, 0, size) and (width, height) == (size, size):
            return frame
        scale = size / self.side
        x1, x2 = max(self.left, 0), min(self.left + self.side, width)
        y1, y2 = max(self.top, 0), min(self.top + self.side, height)
        out = np.full((size, size, 3), PAD, np.uint8)
        if x1 >= x2 or y1 >= y2:
            return out
        u1, u2 = (min(round((x - self.left) * scale), size) for x in (x1, x2))
        v1, v2 = (min(round((y - self.top) * scale), size) for y in (y1, y2))
        if u1 == u2 or v1 == v2:  # thinner than one output pixel
            return out
        part, target = frame[y1:y2, x1:x2], (u2 - u1, v2 - v1)
        method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        if scale <= _HALVED:
            part = _halve(part)
        out[v1:v2, u1:u2] = cv2.resize(part, target, interpolation=method)
        return out

    def to_unit(self, boxes_xyxy: npt.NDArray[np.floating]) -> npt.NDArray[np.float32]:
        """Boxes (..., 4) from pixels of the frame to [0, 1] of the view (beyond it where they stick out)."""
        origin = np.array([self.left, self.top] * 2, np.float64)
        return ((boxes_xyxy - origin) / self.side).astype(np.float32)

    def to_frame(self, boxes_xyxy: npt.NDArray[np.floating]) -> npt.NDArray[np.float32]:
        """Boxes (..., 4) from [0, 1] of the view to pixels of the frame; the inverse of `to_unit`."""
        origin = np.array([self.left, self.top] * 2, np.float64)
        return (boxes_xyxy * self.side + origin).astype(np.float32)


def _halve(image: ImageArray) -> ImageArray:
    """Each 2 x 2 pixels as one, by their mean; unchanged where a side is odd."""
    height, width = image.shape[:2]
    if height % 2 or width % 2:
        return image
    return np.asarray(cv2.resize(image, (width // 2, height // 2), interpolation=cv2.INTER_AREA), np.uint8)
