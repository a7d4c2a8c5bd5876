"""How good the predictions are: one table of predictions, and every figure as a function of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor
from torchmetrics import Metric
from torchmetrics.functional.classification import (
    binary_average_precision,
    multiclass_calibration_error,
    multiclass_confusion_matrix,
    multiclass_f1_score,
)

from emo.bootstrap import intervals
from emo.boxes import cxcywh_to_xyxy, paired_iou
from emo.data.dataset import NO_EMOTION, Batch
from emo.model.looking import Sighting

PRESENCE_THRESHOLD = 0.5
ECE_BINS = 15

WIDE = ("boxes_xyxy", "emotions", "true_boxes_xyxy", "sizes")
"""Columns of a table that hold several numbers a row."""


class Predictions(NamedTuple):
    """One row for each of N photos: what was said, and what is true.

    Attributes:
        presence: (N,) probability.
        boxes_xyxy: (N, 4) in pixels of the frame.
        emotions: (N, C) probabilities.
        true_presence: (N,) 1 or 0.
        true_boxes_xyxy: (N, 4) in pixels of the frame; anything where has_box is false.
        has_box: (N,) bool.
        true_emotions: (N,) class index or NO_EMOTION.
        sizes: (N, 2) width and height of the frame in pixels.
        photos: (N,) index of the photo.
    """

    presence: Tensor
    boxes_xyxy: Tensor
    emotions: Tensor
    true_presence: Tensor
    true_boxes_xyxy: Tensor
    has_box: Tensor
    true_emotions: Tensor
    sizes: Tensor
    photos: Tensor

    def rows(self, index: Tensor) -> Predictions:
        """The rows that an index or a mask picks."""
        return Predictions(*(column[index] for column in self))


class PredictionTable(Metric):
    """Collects predictions over batches and processes; its value is the whole table, in the photos' order."""

    full_state_update = False

    def __init__(self) -> None:
        super().__init__()
        for name in Predictions._fields:
            self.add_state(name, default=[], dist_reduce_fx="cat")

    def update(self, sighting: Sighting, batch: Batch) -> None:
        """Add the sightings of a batch's frames."""
        device = sighting.presence.device
        sizes = torch.tensor(
            [frame.shape[1::-1] for frame in batch.frames], device=device, dtype=torch.float32
        )
        truth = _view_to_frame(cxcywh_to_xyxy(batch.boxes_cxcywh), sizes)
        row = Predictions(
            presence=sighting.presence,
            boxes_xyxy=sighting.boxes_xyxy,
            emotions=sighting.emotions,
            true_presence=batch.presence,
            true_boxes_xyxy=truth,
            has_box=batch.has_box,
            true_emotions=batch.emotions,
            sizes=sizes,
            photos=batch.photos,
        )
        for name, column in row._asdict().items():
            getattr(self, name).append(column)

    def compute(self) -> Predictions:
        """As Metric wants it; torchmetrics takes a dimension off the columns of a single row, so see `predictions`."""
        columns = (getattr(self, name) for name in Predictions._fields)
        table = Predictions(*(torch.cat(c).cpu() if isinstance(c, list) else c.cpu() for c in columns))
        table = table.rows(table.photos.argsort(stable=True))
        first = torch.ones(len(table.photos), dtype=torch.bool)
        first[1:] = table.photos[1:] != table.photos[:-1]
        return table.rows(first)

    def predictions(self) -> Predictions:
        """The table of all processes so far, on the CPU; a photo that two of them have seen counts once."""
        table = self.compute()
        rows = table.photos.numel()
        return Predictions(
            *(
                column.reshape(rows, -1) if name in WIDE else column.reshape(rows)
                for name, column in table._asdict().items()
            )
        )


def score(table: Predictions, classes: Sequence[str], constant_box_xyxy: Tensor) -> dict[str, float]:
    """All figures of a table; those that its photos cannot tell are left out.

    Args:
        table: the predictions.
        classes: names of the emotions.
        constant_box_xyxy: (4,) the baseline's box in [0, 1] of a whole view.

    Returns:
        presence_*: at a threshold of 0.5. box_*: over all known boxes, found or not. ap_50: average precision at
        an IoU of 0.5, all points. emotion_*: over all faces with a known emotion, found or not; balanced accuracy
        and F1 as means over the classes that occur; emotion_majority_accuracy is that of always answering the most
        frequent one, whose balanced accuracy is 1 / classes.
    """
    return (
        _presence(table)
        | _boxes(table, constant_box_xyxy)
        | _emotions(table.rows(table.true_emotions != NO_EMOTION), classes)
    )


def _presence(table: Predictions) -> dict[str, float]:
    said, true = table.presence >= PRESENCE_THRESHOLD, table.true_presence > 0.5
    both = float((said & true).sum())
    figures = {}
    if said.any():
        figures["presence_precision"] = both / float(said.sum())
    if true.any():
        figures["presence_recall"] = both / float(true.sum())
    if not true.all():
        figures["false_alarm_rate"] = float((said & ~true).sum()) / float((~true).sum())
    return figures


def _view_to_frame(boxes_xyxy: Tensor, sizes: Tensor) -> Tensor:
    """Boxes (N, 4) in [0, 1] of whole views of frames of these sizes (N, 2) to pixels of the frames."""
    sides = sizes.amax(dim=1, keepdim=True)
    origins = torch.div(sizes - sides, 2, rounding_mode="floor")  # as View.whole has it
    return boxes_xyxy * sides + origins.repeat(1, 2)


def _boxes(table: Predictions, constant_box_xyxy: Tensor) -> dict[str, float]:
    known = table.rows(table.has_box)
    if len(known.presence) == 0:
        return {}
    iou = paired_iou(known.boxes_xyxy, known.true_boxes_xyxy)
    constant = paired_iou(_view_to_frame(constant_box_xyxy[None], known.sizes), known.true_boxes_xyxy)
    figures = {
        "box_iou": float(iou.mean()),
        "box_iou_50": float((iou >= 0.5).float().mean()),
        "box_iou_75": float((iou >= 0.75).float().mean()),
        "constant_box_iou": float(constant.mean()),
        "constant_box_iou_50": float((constant >= 0.5).float().mean()),
    }
    judged = table.rows(table.has_box | (table.true_presence < 0.5))
    hits = judged.has_box & (paired_iou(judged.boxes_xyxy, judged.true_boxes_xyxy) >= 0.5)
    figures["ap_50"] = 0.0
    if hits.any():  # precision at each hit, averaged over all faces rather than over the hits alone
        precision = float(binary_average_precision(judged.presence, hits.long()))
        figures["ap_50"] = precision * float(hits.sum()) / float(judged.has_box.sum())
    return figures


def _emotions(known: Predictions, classes: Sequence[str]) -> dict[str, float]:
    if len(known.presence) == 0:
        return {}
    count, said, true = len(classes), known.emotions.argmax(dim=1), known.true_emotions
    matrix = multiclass_confusion_matrix(said, true, count).float()  # rows: true, columns: said
    recall = matrix.diag() / matrix.sum(dim=1)  # NaN for classes that do not occur
    figures = {
        "emotion_accuracy": float((said == true).float().mean()),
        "emotion_majority_accuracy": float(matrix.sum(dim=1).max() / matrix.sum()),
        "emotion_balanced_accuracy": float(recall.nanmean()),
        "emotion_f1": float(multiclass_f1_score(said, true, count, average="macro")),
        "emotion_ece": float(multiclass_calibration_error(known.emotions, true, count, n_bins=ECE_BINS)),
    }
    for index, name in enumerate(classes):
        if matrix[index].sum():
            figures[f"recall_{name}"] = float(recall[index])
        if matrix[:, index].sum():
            figures[f"precision_{name}"] = float(matrix[index, index] / matrix[:, index].sum())
    return figures


def bootstrap(
    table: Predictions,
    classes: Sequence[str],
    constant_box_xyxy: Tensor,
    groups: Sequence[str],
    resamples: int = 200,
    seed: int = 1,
) -> dict[str, tuple[float, float]]:
    """95 % intervals of all figures, drawing whole groups, such as persons, with replacement; see `intervals`.

    Args:
        table: the predictions.
        classes: names of the emotions.
        constant_box_xyxy: (4,) the baseline's box.
        groups: (N,) group of each row.
        resamples: number of draws.
        seed: of the draws.

    Returns:
        For each figure (low, high); one that fewer than half of the draws can tell is left out.
    """
    return intervals(
        lambda rows: score(table.rows(rows), classes, constant_box_xyxy), groups, resamples, seed
    )
