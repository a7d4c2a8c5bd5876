"""Steady faces: who is who, probabilities that do not jump, labels that do not flicker."""

from __future__ import annotations

import math
from itertools import count

import numpy as np
import numpy.typing as npt

from emo.faces import Faces
from emo.live.one_euro import OneEuro, follow

UNSURE_INDEX = -1
"""Instead of a class's index: no emotion is likely enough."""

_SAME_FACE = 0.2  # least overlap (IoU) with where a face was last seen
_ROUNDING = 1e-6  # seconds; times of frames are sums
_CUTOFF_HZ, _BETA = 1.5, 6.0  # of the boxes; speeds in widths of the face a second


class Tracker:
    """Follows faces from frame to frame. All times are in seconds, so nothing depends on the frame rate.

    A label changes when another one leads by `margin` for `dwell_s` on end: a new expression shows within 300 ms
    at 10 frames a second or more, and what lasts no longer than a blink does not show.

    Args:
        smoothing_s: time constant of the probabilities; 0 takes them as they come. May change at any time.
        threshold: least probability of an emotion that is named, in [0, 1]. May change at any time.
        margin: by how much another label's probability must exceed the shown one's, in [0, 1].
        dwell_s: for how long it must; three times as long for no label at all.
        hold_s: a face that is not seen is shown on for this long.
    """

    def __init__(
        self,
        smoothing_s: float = 0.15,
        threshold: float = 0.45,
        margin: float = 0.05,
        dwell_s: float = 0.08,
        hold_s: float = 0.12,
    ) -> None:
        if min(smoothing_s, margin, dwell_s, hold_s) < 0 or not 0 <= threshold <= 1:
            raise ValueError("no time or margin may be negative, and threshold must lie in [0, 1]")
        self.smoothing_s, self.threshold = smoothing_s, threshold
        self._margin, self._dwell_s, self._hold_s = margin, dwell_s, hold_s
        self._tracks: list[_Track] = []
        self._ids = count()  # names of the faces to come

    def update(self, faces: Faces, time_s: float) -> tuple[Faces, list[int]]:
        """The steadied faces of the next frame, and of each the index of its emotion or `UNSURE_INDEX`.

        Args:
            faces: as the predictor sees them.
            time_s: of the frame; one before the last starts afresh.
        """
        if any(time_s < track.seen_s for track in self._tracks):
            self.forget()
        unmatched = list(range(len(faces)))
        for track in self._tracks:
            overlaps = [_iou(track.measured_xyxy, faces.boxes_xyxy[index]) for index in unmatched]
            if overlaps and max(overlaps) > _SAME_FACE:
                index = unmatched.pop(int(np.argmax(overlaps)))
                track.see(faces, index, time_s, self.smoothing_s)
        gone = [track for track in self._tracks if track.seen_s < time_s]
        replaced = gone[: len(unmatched)]  # a new face is rather one that jumped than one more
        self._tracks = [
            track for track in self._tracks if track not in replaced and time_s - track.seen_s <= self._hold_s
        ]
        self._tracks += [_Track(next(self._ids), faces, index, time_s) for index in unmatched]
        for track in self._tracks:
            track.decide(time_s, self.threshold, self._margin, self._dwell_s)
        return self._result(faces.emotions.shape[1])

    def forget(self) -> None:
        """The next frame belongs to another video."""
        self._tracks, self._ids = [], count()

    def _result(self, classes: int) -> tuple[Faces, list[int]]:
        if not self._tracks:
            return Faces.empty(classes), []
        emotions = np.stack([track.emotions for track in self._tracks])
        faces = Faces(
            boxes_xyxy=np.stack([track.box_xyxy for track in self._tracks]).astype(np.float32),
            presence=np.array([track.presence for track in self._tracks], np.float32),
            emotions=np.clip(emotions, 0, 1).astype(np.float32),
            track_ids=np.array([track.id for track in self._tracks], np.int64),
        )
        return faces, [UNSURE_INDEX if track.label is None else track.label for track in self._tracks]


class _Track:
    """One face over time."""

    def __init__(self, track_id: int, faces: Faces, index: int, time_s: float) -> None:
        self.id, self.seen_s = track_id, time_s
        self.measured_xyxy = faces.boxes_xyxy[index]
        self.presence = float(faces.presence[index])
        self.emotions = faces.emotions[index].astype(np.float64)
        self.label: int | None = None
        self._rival, self._rival_since_s = UNSURE_INDEX, time_s
        self._filter = OneEuro(_to_cxcywh(self.measured_xyxy), time_s, _CUTOFF_HZ, _BETA)
        self.box_xyxy = self.measured_xyxy

    def see(self, faces: Faces, index: int, time_s: float, smoothing_s: float) -> None:
        self.measured_xyxy = faces.boxes_xyxy[index]
        self.presence = float(faces.presence[index])
        self.emotions += follow(time_s - self.seen_s, smoothing_s) * (faces.emotions[index] - self.emotions)
        measured = _to_cxcywh(self.measured_xyxy)
        self.box_xyxy = _to_xyxy(self._filter.update(measured, time_s, unit=max(measured[2], 1.0)))
        self.seen_s = time_s

    def decide(self, time_s: float, threshold: float, margin: float, dwell_s: float) -> None:
        """Keep the label, or change it to one that has led for long enough."""
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


def _to_cxcywh(box_xyxy: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
    low, high = box_xyxy[:2].astype(np.float64), box_xyxy[2:].astype(np.float64)
    return np.concatenate(((low + high) / 2, high - low))


def _to_xyxy(box_cxcywh: npt.NDArray[np.float64]) -> npt.NDArray[np.float32]:
    centre, half = box_cxcywh[:2], np.maximum(box_cxcywh[2:], 0) / 2
    return np.concatenate((centre - half, centre + half)).astype(np.float32)


def _iou(a_xyxy: npt.NDArray[np.float32], b_xyxy: npt.NDArray[np.float32]) -> float:
    low, high = np.maximum(a_xyxy[:2], b_xyxy[:2]), np.minimum(a_xyxy[2:], b_xyxy[2:])
    shared = float(np.clip(high - low, 0, None).prod())
    both = float((a_xyxy[2:] - a_xyxy[:2]).prod() + (b_xyxy[2:] - b_xyxy[:2]).prod())
    return shared / max(both - shared, 1e-6)
