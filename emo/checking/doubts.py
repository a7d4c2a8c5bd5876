"""Labels that a trained network strongly disagrees with, worst first.

For emotions this is the rule of confident learning (Northcutt, Jiang and Chuang 2021, https://arxiv.org/abs/1911.00068):
an emotion counts as claimed by the network where its probability is at least as high as on average over the faces that
carry its label; a face is doubted where another emotion than its own is claimed. The library cleanlab has this rule,
and with it pandas and scikit-learn, for what is a mean and a comparison.

A network doubts little of what it was trained on, so a checkpoint of other photos finds more.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
import numpy.typing as npt

from emo.checking.faults import overlap
from emo.checking.finding import Finding
from emo.data.folder import Photo
from emo.data.images import load_image
from emo.data.shapes import Box
from emo.errors import DataError
from emo.faces import Faces
from emo.runtime.predictor import Predictor

ELSEWHERE = 0.3
"""Overlap (IoU) with every labelled box below which the network's box is another place."""

SURE = 0.9
"""Presence from which a face in a photo that is labelled to show none is a doubt."""

STRONG = 0.3
"""Margin of the claimed emotion's probability over that of the label below which a disagreement is not strong."""

_BATCH = 16
_MAX_SIDE = 640

FloatArray = npt.NDArray[np.floating]


@dataclass(frozen=True, slots=True)
class Read:
    """A labelled face as a network reads it: the probability of each emotion."""

    photo: Photo
    label: int
    emotions: FloatArray


def find_doubts(photos: Sequence[Photo], predictor: Predictor, emotions: bool = True) -> Iterator[Finding]:
    """Compare labelled photos with what a network sees.

    Args:
        photos: with labels; faces that are mere suggestions are left out.
        predictor: finds the largest face of a frame.
        emotions: judge these too, not just the boxes.
    """
    read: list[Read] = []
    boxes: list[tuple[float, Finding]] = []
    for photo, faces, scale in _predict(photos, predictor):
        if doubt := _box_doubt(photo, faces, scale):
            boxes.append(doubt)
        elif len(faces) and photo.emotion in predictor.classes:
            read.append(Read(photo, predictor.classes.index(photo.emotion), faces.emotions[0]))
    yield from (finding for _, finding in sorted(boxes, key=lambda doubt: -doubt[0]))
    if emotions:
        yield from emotion_doubts(read, predictor.classes)


def emotion_doubts(reads: Sequence[Read], classes: Sequence[str]) -> Iterator[Finding]:
    """The labels that probabilities speak against, worst first."""
    if reads:
        labels = np.array([read.label for read in reads])
        for index, claimed in label_issues(np.stack([read.emotions for read in reads]), labels):
            yield _emotion_doubt(reads[index], claimed, classes)


def label_issues(emotions: FloatArray, labels: npt.NDArray[np.integer]) -> list[tuple[int, int]]:
    """Index and claimed class of each strongly doubted label, the one with the largest margin first.

    Args:
        emotions: (N, C) probabilities.
        labels: (N,) classes given.
    """
    own = emotions[np.arange(len(labels)), labels]
    counts = np.bincount(labels, minlength=emotions.shape[1])
    sums = np.bincount(labels, weights=own, minlength=emotions.shape[1])
    thresholds = np.where(counts > 0, sums / np.maximum(counts, 1), np.inf)
    claims = np.where(emotions >= thresholds, emotions, -1.0)
    claimed = claims.argmax(axis=1)
    margins = claims.max(axis=1) - own
    doubted = np.flatnonzero((claimed != labels) & (margins > STRONG))
    order = doubted[np.argsort(-margins[doubted], kind="stable")]
    return [(int(index), int(claimed[index])) for index in order]


def _predict(photos: Sequence[Photo], predictor: Predictor) -> Iterator[tuple[Photo, Faces, float]]:
    """Each photo with the faces that the network sees, and the scale of their frame."""
    stream = (p for p in photos if not any(face.suggested for face in p.labelled.faces))
    while chunk := list(islice(stream, _BATCH)):
        frames, kept = [], []
        for photo in chunk:
            try:
                frames.append(load_image(photo.labelled.image, _MAX_SIDE))
            except DataError:  # reported already
                continue
            kept.append(photo)
        if frames:
            scales = (frame.shape[1] / p.labelled.width for frame, p in zip(frames, kept, strict=True))
            yield from zip(kept, predictor.batch(frames), scales, strict=True)


def _box_doubt(photo: Photo, faces: Faces, scale: float) -> tuple[float, Finding] | None:
    """How bad it is, from 0 to 1, and what."""
    labelled = photo.labelled.faces
    boxes = [face.box_xyxy for face in labelled if face.box_xyxy is not None]
    if len(labelled) > len(boxes):  # a face crop
        return None
    seen = faces.boxes_xyxy[0] / scale if len(faces) else None
    if not labelled:
        if seen is None or faces.presence[0] < SURE:
            return None
        where = f"{seen[0]:.0f}, {seen[1]:.0f}"
        sure = float(faces.presence[0])
        return sure, _box_finding(
            photo, f"labelled to show no face, the model sees one at {where} ({sure:.0%})", []
        )
    if seen is None:
        return 1.0, _box_finding(photo, "the model sees no face", boxes)
    found = (float(seen[0]), float(seen[1]), float(seen[2]), float(seen[3]))
    best = max(overlap(box, found) for box in boxes)
    if best >= ELSEWHERE:
        return None
    where = ", ".join(f"{edge:.0f}" for edge in found)
    return 1 - best, _box_finding(photo, f"the model sees it at {where} (IoU {best:.2f})", boxes)


def _box_finding(photo: Photo, text: str, boxes: Sequence[Box]) -> Finding:
    image = photo.labelled.image
    return Finding("box_doubt", str(image), text, (image,), tuple(boxes))


def _emotion_doubt(read: Read, claimed: int, classes: Sequence[str]) -> Finding:
    image = read.photo.labelled.image
    given = f"labelled {classes[read.label]} ({read.emotions[read.label]:.0%})"
    text = f"{given}, the model says {classes[claimed]} ({read.emotions[claimed]:.0%})"
    boxes = tuple(face.box_xyxy for face in read.photo.labelled.faces if face.box_xyxy)
    return Finding("label_doubt", str(image), text, (image,), boxes)
