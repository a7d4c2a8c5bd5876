"""Two models: one finds the faces of a frame, the other reads each of them, all in one batch."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

from emo.faces import Faces, FloatArray, IntArray
from emo.overlap import iou_matrix
from emo.runtime.runtime import Runtime
from emo.view import ImageArray, View

MOST_FOLLOWED = 15
"""Frames at most between two detections, however little time there is."""

_KEEP = 0.6  # share of the presence threshold that is enough to go on following
_SAME_FACE = 0.3  # least overlap (IoU) of a found and a followed face, and of both models' boxes
_TWICE = 0.5  # overlap of two followed boxes that have ended at one face
_MISSES = 2  # detections in a row without a followed face until it is let go
_SMALLEST = 2.0  # pixels; what is smaller is no face
_NEWEST = 0.2  # share of the last time in the running mean of a model's times


class Detector(Protocol):
    """Finds faces; every `Predictor` does."""

    def batch(self, frames: Sequence[ImageArray]) -> list[Faces]:
        """The faces of frames that have nothing to do with each other; their emotions are not looked at."""


class TwoStagePredictor:
    """A detector and a reader. Implements `Predictor`.

    The reader looks at a square around each face, all faces of a frame in one batch. It reads the emotion and finds
    the box anew, so that it follows the faces from frame to frame without the detector, which is asked every `every`
    frames, and at once where there is no face, one is lost, or two boxes have met at one face. What it does not
    confirm is let go at its second word.

    Both have a say in whether there is a face: its presence is the product of theirs.

    Args:
        detector: finds faces.
        reader: a network for one face, of which any that has seen second looks will do.
        presence: least probability of a face in [0, 1].
        every: frames from one detection to the next.
        budget_ms: time for a frame on average; where the detector would break it, it is asked more seldom, at
            most every `MOST_FOLLOWED` frames. None: the interval does not depend on how fast a machine is.

    Raises:
        ValueError: a setting is out of its range.
    """

    zoom = True  # each face is looked at closely, whatever a user switches

    def __init__(
        self,
        detector: Detector,
        reader: Runtime,
        presence: float = 0.5,
        every: int = 5,
        budget_ms: float | None = None,
    ) -> None:
        if not 0 <= presence <= 1 or every < 1 or (budget_ms is not None and budget_ms <= 0):
            raise ValueError("presence must lie in [0, 1], every be at least 1, and budget_ms above 0")
        self.classes, self.prefers_batches = reader.classes, reader.prefers_batches
        self._detector, self._reader, self._presence = detector, reader, presence
        self._every, self._budget_ms = every, budget_ms
        self._detect_ms, self._read_ms = 0.0, 0.0
        self._boxes_xyxy: FloatArray = np.zeros((0, 4), np.float32)
        self._misses: IntArray = np.zeros(0, np.int64)
        self._followed = 0

    def __call__(self, frame: ImageArray) -> Faces:
        """See `Predictor`."""
        faces, self._followed = None, self._followed + 1
        if len(self._boxes_xyxy) and not self._misses.any() and self._followed < self.interval:
            faces = self._follow(frame)
        if faces is None:
            faces = self._find(frame)
            self._followed = 0
        self._boxes_xyxy = faces.boxes_xyxy
        return faces

    def batch(self, frames: Sequence[ImageArray]) -> list[Faces]:
        """See `Predictor`."""
        found = self._detector.batch(frames)
        owners = [frame for frame, faces in zip(frames, found, strict=True) for _ in range(len(faces))]
        boxes = np.concatenate([faces.boxes_xyxy for faces in found]) if found else np.zeros((0, 4))
        read = self._read(owners, boxes.astype(np.float32))
        ends = np.cumsum([len(faces) for faces in found])
        parts = [
            np.arange(end - len(faces), end, dtype=np.int64) for end, faces in zip(ends, found, strict=True)
        ]
        return [
            self._once(self._there(_agreed(faces, _take(read, part))))[0]
            for faces, part in zip(found, parts, strict=True)
        ]

    def forget(self) -> None:
        """See `Predictor`."""
        self._boxes_xyxy, self._misses = np.zeros((0, 4), np.float32), np.zeros(0, np.int64)
        self._followed = 0

    @property
    def interval(self) -> int:
        """Frames from one detection to the next, by what both models have taken so far."""
        if self._budget_ms is None:
            return self._every
        left_ms = self._budget_ms - self._read_ms
        needed = math.ceil(self._detect_ms / left_ms) if left_ms > 0 else MOST_FOLLOWED
        return max(self._every, min(needed, MOST_FOLLOWED))

    def _follow(self, frame: ImageArray) -> Faces | None:
        """The faces near their last boxes; None where one of them is not sure."""
        start_s = time.perf_counter()
        faces = self._read([frame] * len(self._boxes_xyxy), self._boxes_xyxy)
        self._read_ms = _mean(self._read_ms, start_s)
        alone = len(self._once(faces)[1]) == len(faces)
        return faces if alone and (faces.presence >= _KEEP * self._presence).all() else None

    def _find(self, frame: ImageArray) -> Faces:
        """The faces that the detector sees, and those followed that it missed for the first time."""
        start_s = time.perf_counter()
        (found,) = self._detector.batch([frame])
        self._detect_ms = _mean(self._detect_ms, start_s)
        same = iou_matrix(self._boxes_xyxy, found.boxes_xyxy) > _SAME_FACE
        missed = np.flatnonzero(~same.any(axis=1) & (self._misses + 1 < _MISSES))
        boxes = np.concatenate((found.boxes_xyxy, self._boxes_xyxy[missed])).astype(np.float32)
        read = self._read([frame] * len(boxes), boxes)
        count = len(found)
        confirmed = self._there(_agreed(found, _take(read, np.arange(count))))
        rest = count + np.flatnonzero(read.presence[count:] >= self._presence)
        faces, kept = self._once(_join(confirmed, _take(read, rest)))
        misses = np.concatenate((np.zeros(len(confirmed), np.int64), self._misses[missed[rest - count]] + 1))
        self._misses = misses[kept]
        return faces

    def _there(self, faces: Faces) -> Faces:
        return _take(faces, np.flatnonzero(faces.presence >= self._presence))

    def _read(self, frames: Sequence[ImageArray], boxes_xyxy: FloatArray) -> Faces:
        """The face around each of N boxes, one of each frame, in one batch."""
        if not len(boxes_xyxy):
            return Faces.empty(len(self.classes))
        views = [View.around(box) for box in boxes_xyxy]
        size = self._reader.input_size
        crops = np.stack([view.crop(frame, size) for frame, view in zip(frames, views, strict=True)])
        look = self._reader.look(crops)
        boxes = np.stack([view.to_frame(box) for view, box in zip(views, look.boxes_xyxy, strict=True)])
        limits = np.array([[frame.shape[1], frame.shape[0]] * 2 for frame in frames], np.float32)
        boxes = np.clip(boxes, 0, limits)
        there = (boxes[:, 2:] - boxes[:, :2]).min(axis=1) >= _SMALLEST
        return Faces(boxes, look.presence * there, look.emotions)

    def _once(self, faces: Faces) -> tuple[Faces, IntArray]:
        """Each face once, the surest of boxes that overlap; and which they are."""
        overlap, kept = iou_matrix(faces.boxes_xyxy, faces.boxes_xyxy) > _TWICE, list[int]()
        for index in np.argsort(-faces.presence, kind="stable"):
            if not overlap[index, kept].any():
                kept.append(int(index))
        indices = np.array(sorted(kept), np.int64)
        return _take(faces, indices), indices


def _agreed(found: Faces, read: Faces) -> Faces:
    """Found faces as they were read; boxes where the reader saw another face are the detector's."""
    agree = iou_matrix(found.boxes_xyxy, read.boxes_xyxy).diagonal() > _SAME_FACE
    boxes = np.where(agree[:, None], read.boxes_xyxy, found.boxes_xyxy)
    return Faces(boxes, found.presence * read.presence, read.emotions)


def _take(faces: Faces, indices: npt.NDArray[np.integer]) -> Faces:
    return Faces(faces.boxes_xyxy[indices], faces.presence[indices], faces.emotions[indices])


def _join(one: Faces, other: Faces) -> Faces:
    return Faces(
        np.concatenate((one.boxes_xyxy, other.boxes_xyxy)),
        np.concatenate((one.presence, other.presence)),
        np.concatenate((one.emotions, other.emotions)),
    )


def _mean(former_ms: float, start_s: float) -> float:
    passed_ms = (time.perf_counter() - start_s) * 1000
    return passed_ms if not former_ms else former_ms + _NEWEST * (passed_ms - former_ms)
