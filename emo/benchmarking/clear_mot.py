"""How well faces keep their identities: the CLEAR MOT metrics.

Bernardin and Stiefelhagen 2008, https://doi.org/10.1155/2008/246309.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from emo.faces import FloatArray
from emo.overlap import iou_matrix

_SAME = 0.5  # least IoU of a face and what was found for it


class Seen(NamedTuple):
    """Faces of one frame with their identities: boxes (N, 4) xyxy in any one unit, and N numbers."""

    boxes_xyxy: FloatArray
    ids: list[int]


@dataclass
class ClearMot:
    """Counts over the frames that were added, in their order.

    Args:
        memory: frames; somebody who was away for more of them counts as somebody new when they are back.

    Attributes:
        faces: that there were in all frames.
        missed: of these.
        false: found where there was none.
        switches: how often somebody was found under another number than before.
        overlap: sum of the IoU of the found ones.
    """

    memory: int = 10**9
    faces: int = 0
    missed: int = 0
    false: int = 0
    switches: int = 0
    overlap: float = 0.0

    def __post_init__(self) -> None:
        """Nobody was there yet."""
        self._frame = 0
        self._known_as: dict[int, int] = {}
        self._last_there: dict[int, int] = {}

    def add(self, truth: Seen, found: Seen) -> None:
        """Compare a frame: who was found before keeps their number where it still fits, the others go by overlap."""
        for person in truth.ids:
            if self._frame - self._last_there.get(person, self._frame) > self.memory:
                self._known_as.pop(person, None)
            self._last_there[person] = self._frame
        overlap = iou_matrix(truth.boxes_xyxy, found.boxes_xyxy)
        pairs = self._kept(truth, found, overlap)
        pairs += _best(overlap, {row for row, _ in pairs}, {column for _, column in pairs})
        for row, column in pairs:
            person, number = truth.ids[row], found.ids[column]
            self.switches += self._known_as.get(person, number) != number
            self._known_as[person] = number
            self.overlap += float(overlap[row, column])
        self.faces += len(truth.ids)
        self.missed += len(truth.ids) - len(pairs)
        self.false += len(found.ids) - len(pairs)
        self._frame += 1

    @property
    def mota(self) -> float:
        """Multiple object tracking accuracy: 1 less all errors by the number of faces; below 0 at worst."""
        return 1 - (self.missed + self.false + self.switches) / max(self.faces, 1)

    def _kept(self, truth: Seen, found: Seen, overlap: FloatArray) -> list[tuple[int, int]]:
        pairs = []
        for row, person in enumerate(truth.ids):
            number = self._known_as.get(person)
            if number in found.ids and overlap[row, found.ids.index(number)] >= _SAME:
                pairs.append((row, found.ids.index(number)))
        return pairs


def _best(overlap: FloatArray, rows: set[int], columns: set[int]) -> list[tuple[int, int]]:
    """The pairs of the other rows and columns that overlap enough, as much as possible together."""
    from scipy.optimize import linear_sum_assignment

    open_rows = [row for row in range(overlap.shape[0]) if row not in rows]
    open_columns = [column for column in range(overlap.shape[1]) if column not in columns]
    left = overlap[np.ix_(open_rows, open_columns)]
    left = np.where(left >= _SAME, left, 0)
    pairs = zip(*linear_sum_assignment(left, maximize=True), strict=True)
    return [(open_rows[row], open_columns[column]) for row, column in pairs if left[row, column] > 0]
