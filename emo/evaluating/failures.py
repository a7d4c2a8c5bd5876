"""The worst mistakes, as small pictures with what was said and what is true."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from emo.boxes import paired_iou
from emo.data.dataset import NO_EMOTION
from emo.drawing import draw_label_box, emotion_colour
from emo.evaluating.gallery import Gallery, is_crop
from emo.metrics import PRESENCE_THRESHOLD, Predictions
from emo.view import ImageArray, View

SIDE = 320  # pixels of a picture's longer side
_AROUND = 2.2  # sides of the face that a picture of it shows
_TRUTH = (255, 255, 255)


class Failure(NamedTuple):
    """One mistake: a picture, what is wrong with it, and the photo's name."""

    image: ImageArray
    text: str
    name: str


def rank_failures(table: Predictions) -> dict[str, Tensor]:
    """Row indices of each kind of mistake, the worst first."""
    present, said = table.true_presence > 0.5, table.presence >= PRESENCE_THRESHOLD
    known = table.true_emotions != NO_EMOTION
    wrong = known & (table.emotions.argmax(dim=1) != table.true_emotions)
    iou = paired_iou(table.boxes_xyxy, table.true_boxes_xyxy)
    return {
        "emotions": _worst(wrong, table.emotions.amax(dim=1)),
        "boxes": _worst(table.has_box & said & (iou < 0.5), -iou),
        "alarms": _worst(~present & said, table.presence),
        "misses": _worst(present & ~said, -table.presence),
    }


def find_failures(
    table: Predictions, gallery: Gallery, classes: Sequence[str], count: int
) -> dict[str, tuple[int, list[Failure]]]:
    """For each kind how many there are, and pictures of the worst of them.

    Args:
        table: predictions of all photos of the gallery.
        gallery: gives the frames.
        classes: names of the emotions.
        count: pictures of each kind at most.
    """
    return {
        kind: (len(rows), [_failure(kind, int(row), table, gallery, classes) for row in rows[:count]])
        for kind, rows in rank_failures(table).items()
    }


def _worst(mask: Tensor, badness: Tensor) -> Tensor:
    rows = torch.nonzero(mask)[:, 0]
    return rows[badness[rows].argsort(descending=True, stable=True)]


def _failure(kind: str, row: int, table: Predictions, gallery: Gallery, classes: Sequence[str]) -> Failure:
    said = classes[int(table.emotions[row].argmax())]
    true = int(table.true_emotions[row])
    box, truth = table.boxes_xyxy[row].numpy(), table.true_boxes_xyxy[row].numpy()
    frame, photo = gallery.frame(row), gallery.photos[row]
    presence = float(table.presence[row])
    if kind == "emotions":
        text = f"{classes[true]}, said {said} {float(table.emotions[row].max()):.0%}"
        if is_crop(photo):
            return Failure(_shrunk(frame)[0], text, photo.name)
        around = truth if bool(table.has_box[row]) else box
        return Failure(View.around(around, _AROUND).crop(frame, SIDE), text, photo.name)
    image, scale = _shrunk(frame)
    if table.has_box[row]:
        draw_label_box(image, truth * scale, "", _TRUTH)
    if kind == "misses":
        return Failure(image, f"face {presence:.0%}", photo.name)
    draw_label_box(image, box * scale, "", emotion_colour(said, classes))
    if kind == "alarms":
        return Failure(image, f"no face, said {presence:.0%}", photo.name)
    iou = float(paired_iou(table.boxes_xyxy[row], table.true_boxes_xyxy[row]))
    return Failure(image, f"IoU {iou:.2f}", photo.name)


def _shrunk(frame: ImageArray) -> tuple[ImageArray, float]:
    scale = min(1.0, SIDE / max(frame.shape[:2]))
    size = max(1, round(frame.shape[1] * scale)), max(1, round(frame.shape[0] * scale))
    small: npt.NDArray[np.uint8] = cv2.resize(frame, size, interpolation=cv2.INTER_AREA)  # type: ignore[assignment]
    return small, scale
