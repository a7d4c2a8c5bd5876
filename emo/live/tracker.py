"""Who is who from frame to frame: stable identities for any number of faces.

No library: `supervision` has dropped its ByteTrack, and `trackers`, where it lives on, brings PyAV, requests and a
dozen others and counts frames, while a camera gives one when it can; here everything goes by time.
"""

from __future__ import annotations

import math
from itertools import count

import numpy as np
import numpy.typing as npt

from emo.faces import Faces
from emo.live.track import UNSURE_INDEX, Track, to_cxcywh

_ROUNDING = 1e-6  # seconds; times of frames are sums


class Tracker:
    """Follows faces from frame to frame. All times are in seconds, so nothing depends on the frame rate.

    The pairs of known and seen faces are those that are likeliest together, by where each was going. A face that is
    out of sight, behind somebody or missed, is remembered for a while and keeps its number when it comes back to about
    where it was going.

    A label changes when another one leads by `margin` for `dwell_s` on end: a new expression shows within 300 ms
    at 10 frames a second or more, and what lasts no longer than a blink does not show.

    Args:
        smoothing_s: time constant of the probabilities; 0 takes them as they come. May change at any time.
        threshold: least probability of an emotion that is named, in [0, 1]. May change at any time.
        margin: by how much another label's probability must exceed the shown one's, in [0, 1].
        dwell_s: for how long it must; three times as long for no label at all.
        hold_s: a face that is not seen is shown on for this long.
        memory_s: and remembered for this long, if it had been seen for longer than `hold_s`.
    """

    def __init__(
        self,
        smoothing_s: float = 0.15,
        threshold: float = 0.45,
        margin: float = 0.05,
        dwell_s: float = 0.08,
        hold_s: float = 0.12,
        memory_s: float = 2.0,
    ) -> None:
        if min(smoothing_s, margin, dwell_s, hold_s, memory_s) < 0 or not 0 <= threshold <= 1:
            raise ValueError("no time or margin may be negative, and threshold must lie in [0, 1]")
        self.smoothing_s, self.threshold = smoothing_s, threshold
        self._margin, self._dwell_s, self._hold_s, self._memory_s = margin, dwell_s, hold_s, memory_s
        self._tracks: list[Track] = []
        self._ids = count()  # names of the faces to come
        self._last_s = -math.inf  # time of the last frame

    def update(self, faces: Faces, time_s: float) -> tuple[Faces, list[int]]:
        """The steadied faces of the next frame, and of each the index of its emotion or `UNSURE_INDEX`.

        Args:
            faces: as the predictor sees them.
            time_s: of the frame; one before the last starts afresh.
        """
        if any(time_s < track.seen_s for track in self._tracks):
            self.forget()
        known = [track for track in self._tracks if self._is_known(track, time_s)]
        pairs = _pair(known, faces, time_s)
        back = sum(not known[row].shown for row in pairs)  # out of sight, until now
        for row, index in pairs.items():
            known[row].see(faces, index, time_s, self.smoothing_s)
        new = sorted(set(range(len(faces))) - set(pairs.values()))
        missed = [track for row, track in enumerate(known) if row not in pairs and track.shown]
        appeared = len(new) + back
        for number, track in enumerate(missed):  # a face that appears is rather one that jumped than one more
            track.shown = number >= appeared and time_s - track.seen_s <= self._hold_s
        self._tracks = known + [Track(next(self._ids), faces, index, time_s) for index in new]
        self._last_s = time_s
        for track in self._tracks:
            track.decide(time_s, self.threshold, self._margin, self._dwell_s)
        return self._result(faces.emotions.shape[1])

    def forget(self) -> None:
        """The next frame belongs to another video."""
        self._tracks, self._ids, self._last_s = [], count(), -math.inf

    def _is_known(self, track: Track, time_s: float) -> bool:
        """Whether a face may come back: a glimpse, which may have been none, only at once."""
        lasting = track.seen_s - track.born_s > self._hold_s
        kept_s = max(self._memory_s, self._hold_s) if lasting else self._hold_s
        return track.seen_s == self._last_s or time_s - track.seen_s <= kept_s + _ROUNDING

    def _result(self, classes: int) -> tuple[Faces, list[int]]:
        shown = [track for track in self._tracks if track.shown]
        if not shown:
            return Faces.empty(classes), []
        emotions = np.stack([track.emotions for track in shown])
        faces = Faces(
            boxes_xyxy=np.stack([track.box_xyxy for track in shown]).astype(np.float32),
            presence=np.array([track.presence for track in shown], np.float32),
            emotions=np.clip(emotions, 0, 1).astype(np.float32),
            track_ids=np.array([track.id for track in shown], np.int64),
        )
        return faces, [UNSURE_INDEX if track.label is None else track.label for track in shown]


def _pair(tracks: list[Track], faces: Faces, time_s: float) -> dict[int, int]:
    """Which track is seen as which face: the pairs that are likeliest together; as many as there can be."""
    if not tracks or not len(faces):
        return {}
    boxes = to_cxcywh(faces.boxes_xyxy)
    surprise = np.stack([track.motion.surprise(boxes, time_s) for track in tracks])
    possible = np.isfinite(surprise)
    rows, columns = np.nonzero(possible)
    if len(set(rows.tolist())) < len(rows) or len(set(columns.tolist())) < len(columns):
        rows, columns = _likeliest(surprise, possible)
    return dict(zip(rows.tolist(), columns.tolist(), strict=True))


def _likeliest(
    surprise: npt.NDArray[np.float64], possible: npt.NDArray[np.bool_]
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    from scipy.optimize import linear_sum_assignment  # takes most of a second to import, and is seldom needed

    rows, columns = linear_sum_assignment(np.where(possible, surprise, 1e6))
    allowed = possible[rows, columns]
    return rows[allowed], columns[allowed]
