"""One face over time: probabilities that do not jump, a label that does not flicker, a steady box."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from emo.faces import Faces
from emo.live.motion import Motion
from emo.live.one_euro import OneEuro, follow

UNSURE_INDEX = -1
"""Instead of a class's index: no emotion is likely enough."""

_ROUNDING = 1e-6  # seconds; times of frames are sums
_CUTOFF_HZ, _BETA = 1.5, 6.0  # of the boxes; speeds in widths of the face a second


class Track:
    """What is known of one face.

    Args:
        track_id: its number.
        faces: of the frame that shows it first.
        index: of it among them.
        time_s: of that frame.

    Attributes:
        box_xyxy: (4,) steadied, in pixels.
        presence: in [0, 1], when last seen.
        emotions: (C,) steadied probabilities.
        label: index of the emotion or `UNSURE_INDEX`; None before the first `decide`.
        motion: where it is going.
        born_s: when it was seen first.
        seen_s: when it was seen last.
        shown: whether it still counts as there although it is not seen.
    """

    def __init__(self, track_id: int, faces: Faces, index: int, time_s: float) -> None:
        self.id, self.born_s, self.seen_s, self.shown = track_id, time_s, time_s, True
        self.box_xyxy = faces.boxes_xyxy[index]
        self.presence = float(faces.presence[index])
        self.emotions = faces.emotions[index].astype(np.float64)
        self.label: int | None = None
        self._rival, self._rival_since_s = UNSURE_INDEX, time_s
        measured = to_cxcywh(self.box_xyxy)
        self.motion = Motion(measured, time_s)
        self._filter = OneEuro(measured, time_s, _CUTOFF_HZ, _BETA)

    def see(self, faces: Faces, index: int, time_s: float, smoothing_s: float) -> None:
        """Take the next sight of it; what was out of sight has no box to be steadied."""
        self.presence = float(faces.presence[index])
        self.emotions += follow(time_s - self.seen_s, smoothing_s) * (faces.emotions[index] - self.emotions)
        measured = to_cxcywh(faces.boxes_xyxy[index])
        self.motion.update(measured, time_s)
        if not self.shown:
            self._filter = OneEuro(measured, time_s, _CUTOFF_HZ, _BETA)
        self.box_xyxy = _to_xyxy(self._filter.update(measured, time_s, unit=max(measured[2], 1.0)))
        self.seen_s, self.shown = time_s, True

    def decide(self, time_s: float, threshold: float, margin: float, dwell_s: float) -> None:
        """Keep the label, or change it to one that has led for long enough; see `Tracker`."""
        leader = self._leader(threshold, margin)
        if self.label is None or leader == self.label:
            self.label, self._rival_since_s = leader, math.inf
            return
        if leader != self._rival or self._rival_since_s == math.inf:
            self._rival, self._rival_since_s = leader, time_s
        needed_s = 3 * dwell_s if leader == UNSURE_INDEX else dwell_s
        if time_s - self._rival_since_s >= needed_s - _ROUNDING:
            self.label, self._rival_since_s = leader, math.inf

    def _leader(self, threshold: float, margin: float) -> int:
        """The label that the probabilities speak for; the shown one, even "unsure", has an advantage."""
        best = int(self.emotions.argmax())
        if self.label is None:
            return best if self.emotions[best] >= threshold else UNSURE_INDEX
        if self.label != UNSURE_INDEX and self.emotions[best] - self.emotions[self.label] <= margin:
            best = self.label
        needed = threshold - margin if best == self.label else threshold
        if self.label == UNSURE_INDEX:
            needed = threshold + margin
        return best if self.emotions[best] >= needed else UNSURE_INDEX


def to_cxcywh(boxes_xyxy: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
    """Centre and size of boxes (..., 4)."""
    low, high = boxes_xyxy[..., :2].astype(np.float64), boxes_xyxy[..., 2:].astype(np.float64)
    return np.concatenate(((low + high) / 2, high - low), axis=-1)


def _to_xyxy(box_cxcywh: npt.NDArray[np.float64]) -> npt.NDArray[np.float32]:
    centre, half = box_cxcywh[:2], np.maximum(box_cxcywh[2:], 0) / 2
    return np.concatenate((centre - half, centre + half)).astype(np.float32)
