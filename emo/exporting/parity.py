"""Does an exported network say what the original says? Measured on labelled views."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from emo.exporting.views import UNKNOWN, LabelledViews
from emo.faces import FloatArray
from emo.runtime.runtime import Look, Runtime

MOST_LOST = 0.01
"""A point: no figure of accuracy may lose more."""

_BATCH = 16
_PRESENT = 0.5


@dataclass(frozen=True)
class Parity:
    """What an export changed.

    Attributes:
        views: how many were compared.
        largest_difference: of any number in the outputs (boxes in units of the view, probabilities).
        changed_labels: views with another likeliest emotion, or another answer to whether there is a face.
        before: figures of the original network in [0, 1].
        after: those of the exported one.
    """

    views: int
    largest_difference: dict[str, float]
    changed_labels: dict[str, int]
    before: dict[str, float]
    after: dict[str, float]

    @property
    def lost(self) -> float:
        """The most that any figure lost, at least 0."""
        return max(0.0, *(self.before[name] - self.after[name] for name in self.before))

    def as_dict(self) -> dict[str, Any]:
        """As plain types, for JSON."""
        return {**self.__dict__, "lost": self.lost}


def look_at(runtime: Runtime, views: LabelledViews) -> Look:
    """All views through a runtime, some at a time."""
    looks = [runtime.look(views.views[i : i + _BATCH]) for i in range(0, len(views.views), _BATCH)]
    return Look(*(np.concatenate(parts) for parts in zip(*looks, strict=True)))


def compare(before: Look, after: Look, views: LabelledViews) -> Parity:
    """Two networks' answers to the same views."""
    faces = views.presence
    return Parity(
        views=len(views.views),
        largest_difference={
            name: float(np.abs(a - b).max()) for name, a, b in zip(Look._fields, before, after, strict=True)
        },
        changed_labels={
            "presence": int(((before.presence >= _PRESENT) != (after.presence >= _PRESENT)).sum()),
            "emotion": int((before.emotions.argmax(1) != after.emotions.argmax(1))[faces].sum()),
        },
        before=figures(before, views),
        after=figures(after, views),
    )


def figures(look: Look, views: LabelledViews) -> dict[str, float]:
    """Accuracy of presence and emotion, mean overlap (IoU) of the boxes; what nothing is known of is left out."""
    result = {"presence_accuracy": float(((look.presence >= _PRESENT) == views.presence).mean())}
    known = views.emotions != UNKNOWN
    if known.any():
        right = look.emotions.argmax(axis=1) == views.emotions
        result["emotion_accuracy"] = float(right[known].mean())
    boxed = np.isfinite(views.boxes_xyxy).all(axis=1)
    if boxed.any():
        result["box_iou"] = float(_iou(look.boxes_xyxy[boxed], views.boxes_xyxy[boxed]).mean())
    return result


def _iou(ours: FloatArray, true: FloatArray) -> FloatArray:
    shared = np.clip(
        np.minimum(ours[:, 2:], true[:, 2:]) - np.maximum(ours[:, :2], true[:, :2]), 0, None
    ).prod(axis=1)
    areas = [(boxes[:, 2:] - boxes[:, :2]).prod(axis=1) for boxes in (ours, true)]
    overlap: FloatArray = shared / np.maximum(areas[0] + areas[1] - shared, 1e-9)
    return overlap
