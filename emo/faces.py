"""Faces: what every predictor returns and every tracker, drawing and table takes."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

EMOTIONS = ("angry", "happy", "sad", "surprise", "neutral")
"""The default classes, in the order of every probability vector."""

FloatArray = npt.NDArray[np.float32]
IntArray = npt.NDArray[np.int64]


def _no_tracks() -> IntArray | None:
    return None


@dataclass(frozen=True, eq=False)
class Faces:
    """N faces of one frame; zero faces is ordinary, one face is not special.

    Args:
        boxes_xyxy: (N, 4) corners x1, y1, x2, y2 in pixels of the original frame, x1 <= x2 and y1 <= y2.
        presence: (N,) probability in [0, 1] that the box holds a face.
        emotions: (N, C) probabilities in [0, 1]; each row sums to 1.
        track_ids: (N,) identities that are stable over time, or None where nothing tracks.

    Raises:
        ValueError: if the shapes do not fit together or a value is out of its range.
    """

    boxes_xyxy: FloatArray
    presence: FloatArray
    emotions: FloatArray
    track_ids: IntArray | None = field(default_factory=_no_tracks)

    def __post_init__(self) -> None:
        """Check the shapes and ranges once, here, so that nobody downstream needs to."""
        count = len(self.boxes_xyxy)
        if self.boxes_xyxy.shape != (count, 4):
            raise ValueError(f"boxes_xyxy must have the shape (N, 4), not {self.boxes_xyxy.shape}")
        if self.presence.shape != (count,):
            raise ValueError(f"presence must have the shape ({count},), not {self.presence.shape}")
        if self.emotions.ndim != 2 or len(self.emotions) != count:
            raise ValueError(f"emotions must have the shape ({count}, C), not {self.emotions.shape}")
        if self.track_ids is not None and self.track_ids.shape != (count,):
            raise ValueError(f"track_ids must have the shape ({count},), not {self.track_ids.shape}")
        if count == 0:
            return
        if not np.isfinite(self.boxes_xyxy).all() or (self.boxes_xyxy[:, :2] > self.boxes_xyxy[:, 2:]).any():
            raise ValueError("boxes_xyxy must be finite with x1 <= x2 and y1 <= y2")
        for name, values in (("presence", self.presence), ("emotions", self.emotions)):
            if not ((values >= 0) & (values <= 1)).all():
                raise ValueError(f"{name} must lie in [0, 1]")

    def __len__(self) -> int:
        """The number of faces."""
        return len(self.boxes_xyxy)

    @classmethod
    def empty(cls, classes: int = len(EMOTIONS)) -> Faces:
        """No face at all, with `classes` columns of emotions."""
        return cls(np.zeros((0, 4), np.float32), np.zeros(0, np.float32), np.zeros((0, classes), np.float32))
