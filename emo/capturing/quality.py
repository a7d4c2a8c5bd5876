"""Is a frame worth keeping: sharp for this session, and unlike those that were kept before."""

from __future__ import annotations

from collections import deque

import cv2
import numpy as np
import numpy.typing as npt

from emo.view import ImageArray, View

_FACE = 128  # pixels: faces are compared at one size, however far away they are
_THUMBNAIL = 96  # pixels: small enough that the camera's noise averages out
_MEMORY = 90  # frames, some seconds of a camera
_ENOUGH = 8  # frames before anything can be called blurred

Box = tuple[float, float, float, float]


def sharpness(frame: ImageArray, box_xyxy: Box | None) -> float:
    """Variance of the Laplacian (Pech-Pacheco et al. 2000) of a face, or of the whole frame.

    Only the face counts: behind a head that moves the room stays sharp.

    Args:
        frame: H x W x 3 RGB.
        box_xyxy: of the face, pixels; None for the whole frame.
    """
    height, width = frame.shape[:2]
    view = View.whole(width, height) if box_xyxy is None else View.around(box_xyxy, 1.0)
    grey = cv2.cvtColor(view.crop(frame, _FACE), cv2.COLOR_RGB2GRAY)
    return float(cv2.Laplacian(grey, cv2.CV_32F).var())


class Sharpness:
    """Tells blurred frames from those that a camera in this light usually gives.

    Args:
        share: of the lately seen frames' median below which a frame counts as blurred; 0 lets all pass.
    """

    def __init__(self, share: float) -> None:
        self._share = share
        self._seen: deque[float] = deque(maxlen=_MEMORY)

    def passes(self, value: float) -> bool:
        """Whether a frame of this sharpness is sharp enough; remembers it either way."""
        self._seen.append(value)
        return len(self._seen) < _ENOUGH or value >= self._share * float(np.median(self._seen))


class Variety:
    """Tells a frame that nearly repeats a kept one.

    Args:
        least: mean difference in grey levels, within the face's box, below which two frames are alike.
    """

    def __init__(self, least: float) -> None:
        self._least = least
        self._kept: list[npt.NDArray[np.float32]] = []

    def passes(self, frame: ImageArray, box_xyxy: Box | None) -> bool:
        """Whether a frame differs enough from all that were kept."""
        now = _thumbnail(frame)
        part = _part(frame, now, box_xyxy)
        return all(float(np.abs(now[part] - before[part]).mean()) >= self._least for before in self._kept)

    def keep(self, frame: ImageArray) -> None:
        """Remember a frame that was kept."""
        self._kept.append(_thumbnail(frame))

    def clear(self) -> None:
        """Forget them, for another expression is not a repetition."""
        self._kept.clear()


def _thumbnail(frame: ImageArray) -> npt.NDArray[np.float32]:
    height, width = frame.shape[:2]
    scale = _THUMBNAIL / max(height, width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    small = cv2.resize(frame, size, interpolation=cv2.INTER_AREA)
    return cv2.cvtColor(small, cv2.COLOR_RGB2GRAY).astype(np.float32)


def _part(frame: ImageArray, small: npt.NDArray[np.float32], box_xyxy: Box | None) -> tuple[slice, slice]:
    if box_xyxy is None:
        return slice(None), slice(None)
    scale = small.shape[1] / frame.shape[1]
    x1, y1, x2, y2 = (max(0, round(edge * scale)) for edge in box_xyxy)
    return slice(y1, max(y2, y1 + 1)), slice(x1, max(x2, x1 + 1))
