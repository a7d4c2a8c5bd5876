"""Which of several faces the keys mean."""

from __future__ import annotations

import numpy as np

from emo.faces import Faces, FloatArray


class Choice:
    """The face that was clicked for as long as it is to be seen, else the nearest to the pointer, else the largest.

    Attributes:
        pointer: where the mouse is, in pixels of the frame; None while it is elsewhere.
    """

    def __init__(self) -> None:
        self.pointer: tuple[float, float] | None = None
        self._track: int | None = None
        self._point: tuple[float, float] | None = None

    def click(self, faces: Faces, x: float, y: float) -> bool:
        """Choose the face at a point in pixels of the frame; beside all faces: none of them any more.

        Returns:
            Whether there is one.
        """
        self._track = self._point = None
        x1, y1, x2, y2 = faces.boxes_xyxy.T
        hit = (x1 <= x) & (x <= x2) & (y1 <= y) & (y <= y2)
        if not hit.any():
            return False
        self._point = (x, y)
        index = int(np.where(hit, _distances(faces, x, y), np.inf).argmin())
        if faces.track_ids is not None:
            self._track = int(faces.track_ids[index])
        return True

    def of(self, faces: Faces) -> int | None:
        """The index of the chosen face, None where there is none at all."""
        if not len(faces):
            return None
        if self._track is not None and faces.track_ids is not None:
            (same,) = np.nonzero(faces.track_ids == self._track)
            if len(same):
                return int(same[0])
        elif self._point is not None:
            return int(_distances(faces, *self._point).argmin())
        if self.pointer is not None:
            return int(_distances(faces, *self.pointer).argmin())
        sides = faces.boxes_xyxy[:, 2:] - faces.boxes_xyxy[:, :2]
        return int(sides.prod(axis=1).argmax())


def _distances(faces: Faces, x: float, y: float) -> FloatArray:
    """From a point to the boxes (N,), by their middles where it lies in several."""
    low, high = faces.boxes_xyxy[:, :2], faces.boxes_xyxy[:, 2:]
    point = np.array([x, y])
    outside = np.maximum(np.maximum(low - point, point - high), 0)
    away = np.linalg.norm(outside, axis=1) + 1e-3 * np.linalg.norm((low + high) / 2 - point, axis=1)
    return np.asarray(away, np.float32)
