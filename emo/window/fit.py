"""How a frame lies in a window: scaled, centred, mirrored or not; and the way back from the mouse."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from emo.view import ImageArray

MARGIN = 24
"""Grey level beside the frame."""


@dataclass(frozen=True)
class Fit:
    """A frame of (width, height) `frame`, as large as it goes into a `window` of (width, height) pixels."""

    frame: tuple[int, int]
    window: tuple[int, int]
    mirror: bool

    @property
    def scale(self) -> float:
        """Pixels of the window in one of the frame."""
        return max(min(self.window[0] / self.frame[0], self.window[1] / self.frame[1]), 1e-6)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the frame in the window, at least 1."""
        return max(1, round(self.frame[0] * self.scale)), max(1, round(self.frame[1] * self.scale))

    @property
    def corner(self) -> tuple[int, int]:
        """Where in the window the frame's upper left corner (mirrored: upper right) lies."""
        return (self.window[0] - self.size[0]) // 2, (self.window[1] - self.size[1]) // 2

    def picture(self, frame: ImageArray) -> ImageArray:
        """The window with the frame in it; a copy."""
        inner = _shrink(frame, int(1 / self.scale))
        method = cv2.INTER_AREA if self.scale < 1 else cv2.INTER_LINEAR
        inner = np.asarray(cv2.resize(inner, self.size, interpolation=method), np.uint8)
        (left, top), (width, height) = self.corner, self.size
        picture = np.full((max(self.window[1], 1), max(self.window[0], 1), 3), MARGIN, np.uint8)
        picture[top : top + height, left : left + width] = inner[:, ::-1] if self.mirror else inner
        return picture

    def boxes(self, boxes_xyxy: npt.NDArray[np.floating]) -> npt.NDArray[np.float32]:
        """Boxes (N, 4) from pixels of the frame to those of the window."""
        boxes = np.asarray(boxes_xyxy, np.float32) * np.float32(self.scale)
        if self.mirror:
            boxes = np.stack(
                (self.size[0] - boxes[:, 2], boxes[:, 1], self.size[0] - boxes[:, 0], boxes[:, 3]), 1
            )
        return boxes + np.array(self.corner * 2, np.float32)

    def to_frame(self, x: float, y: float) -> tuple[float, float]:
        """A point of the window in pixels of the frame, moved to its edge where it lies outside."""
        across, down = (x - self.corner[0]) / self.size[0], (y - self.corner[1]) / self.size[1]
        if self.mirror:
            across = 1 - across
        return min(max(across, 0), 1) * self.frame[0], min(max(down, 0), 1) * self.frame[1]


def _shrink(frame: ImageArray, step: int) -> ImageArray:
    """A frame at a whole fraction of its size: OpenCV averages by whole steps twice as fast as by broken ones."""
    height, width = frame.shape[0] // max(step, 1), frame.shape[1] // max(step, 1)
    if step < 2 or min(height, width) < 1:
        return frame
    whole = frame[: height * step, : width * step]
    return np.asarray(cv2.resize(whole, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
