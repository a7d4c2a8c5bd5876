"""Which of several faces the keys mean."""

from __future__ import annotations

import numpy as np

from emo.faces import Faces


class Choice:
    """The largest face, or the one that was clicked for as long as it is to be seen."""

    def __init__(self) -> None:
        self._track: int | None = None
        self._point: tuple[float, float] | None = None

    def click(self, faces: Faces, x: float, y: float) -> bool:
        """Choose the face at a point in pixels of the frame; beside all faces: the largest again.

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
        sides = faces.boxes_xyxy[:, 2:] - faces.boxes_xyxy[:, :2]
        return int(sides.prod(axis=1).argmax())


def _distances(faces: Faces, x: float, y: float) -> np.ndarray:
    centres = (faces.boxes_xyxy[:, :2] + faces.boxes_xyxy[:, 2:]) / 2
    return np.hypot(centres[:, 0] - x, centres[:, 1] - y)
