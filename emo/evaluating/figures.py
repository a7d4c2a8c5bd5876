"""Figures of a table by class and by the size of the face."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import torch
from torch import Tensor

from emo.boxes import paired_iou
from emo.data.dataset import NO_EMOTION
from emo.metrics import PRESENCE_THRESHOLD, Predictions, score

BAND_FIGURES = ("box_iou", "box_iou_50", "ap_50", "emotion_accuracy", "emotion_balanced_accuracy")
"""What of `score` is told for each size of face, beside `found`."""


def class_figures(table: Predictions, classes: Sequence[str]) -> dict[str, float]:
    """Precision, recall and F1 of each class, keyed `CLASS/precision` ..., over all faces with a known emotion.

    F1 is 2 hits / (said + true), so that a class that is never said has one, of 0.
    """
    known = table.rows(table.true_emotions != NO_EMOTION)
    said, true = known.emotions.argmax(dim=1), known.true_emotions
    figures = {}
    for index, name in enumerate(classes):
        hits = float(((said == index) & (true == index)).sum())
        answers, cases = int((said == index).sum()), int((true == index).sum())
        if answers:
            figures[f"{name}/precision"] = hits / answers
        if cases:
            figures[f"{name}/recall"] = hits / cases
        if answers + cases:
            figures[f"{name}/f1"] = 2 * hits / (answers + cases)
    return figures


def class_counts(table: Predictions, classes: Sequence[str]) -> dict[str, int]:
    """Faces of each true class."""
    return {name: int((table.true_emotions == index).sum()) for index, name in enumerate(classes)}


def bands(edges: Sequence[float]) -> list[tuple[str, float, float]]:
    """Name, low and high end of each band of face heights, as shares of the frame's height.

    >>> [name for name, _, _ in bands([0.12, 0.5])]
    ['below 0.12', '0.12 to 0.5', 'above 0.5']
    """
    inner = [(f"{low:g} to {high:g}", low, high) for low, high in itertools.pairwise(edges)]
    return [
        (f"below {edges[0]:g}", 0.0, edges[0]),
        *inner,
        (f"above {edges[-1]:g}", edges[-1], float("inf")),
    ]


def face_heights(table: Predictions) -> Tensor:
    """Height of each true box as a share of its frame's, (N,); NaN where the box is unknown."""
    heights = (table.true_boxes_xyxy[:, 3] - table.true_boxes_xyxy[:, 1]) / table.sizes[:, 1]
    return torch.where(table.has_box, heights, torch.nan)


def band_counts(table: Predictions, edges: Sequence[float]) -> dict[str, int]:
    """Faces in each band of heights."""
    heights = face_heights(table)
    return {name: int(((heights >= low) & (heights < high)).sum()) for name, low, high in bands(edges)}


def band_figures(
    table: Predictions, classes: Sequence[str], constant_box_xyxy: Tensor, edges: Sequence[float]
) -> dict[str, float]:
    """Figures of the faces in each band of heights, keyed `BAND/FIGURE`.

    `found` is the part of the faces for which presence was said and the box has an IoU of at least 0.5. For the average
    precision, the photos without a face count in every band.
    """
    heights, empty = face_heights(table), table.true_presence < 0.5
    figures: dict[str, float] = {}
    for name, low, high in bands(edges):
        inside = (heights >= low) & (heights < high)
        if not inside.any():
            continue
        told = score(table.rows(inside | empty), classes, constant_box_xyxy)
        figures |= {f"{name}/{figure}": told[figure] for figure in BAND_FIGURES if figure in told}
        figures[f"{name}/found"] = float(found(table)[inside].float().mean())
    return figures


def found(table: Predictions) -> Tensor:
    """Which faces were found: presence said and an IoU of at least 0.5, (N,) bool."""
    iou = paired_iou(table.boxes_xyxy, table.true_boxes_xyxy)
    return table.has_box & (table.presence >= PRESENCE_THRESHOLD) & (iou >= 0.5)


def mean_box_xyxy(table: Predictions) -> Tensor:
    """The mean true box in [0, 1] of a whole view, (4,): the best that a constant answer could be here."""
    if not table.has_box.any():
        return torch.tensor([0.25, 0.25, 0.75, 0.75])
    known = table.rows(table.has_box)
    sides = known.sizes.amax(dim=1, keepdim=True)
    origins = torch.div(known.sizes - sides, 2, rounding_mode="floor")  # as View.whole has it
    return ((known.true_boxes_xyxy - origins.repeat(1, 2)) / sides).mean(dim=0)
