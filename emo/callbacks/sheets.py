"""Sheets of small pictures: input as the network sees it, predictions beside the truth."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import torch
from torch import Tensor

from emo.boxes import cxcywh_to_xyxy
from emo.data.dataset import NO_EMOTION, Batch, FaceDataset
from emo.data.sampler import ViewKey
from emo.drawing import GREY, draw_label_box, emotion_colour
from emo.metrics import PRESENCE_THRESHOLD, Predictions
from emo.view import ImageArray

COLUMNS, ROWS, TILE = 6, 4, 160  # of a sheet; tiles in pixels
TRUTH = (255, 255, 255)


def pick_rows(table: Predictions) -> dict[str, Tensor]:
    """Up to a sheet of rows that are wrong, the surest first, and of right ones."""
    present = table.true_presence > 0.5
    missed = (table.presence >= PRESENCE_THRESHOLD) != present
    known = table.true_emotions != NO_EMOTION
    wrong = missed | (known & (table.emotions.argmax(dim=1) != table.true_emotions))
    sure = torch.where(missed, (table.presence - 0.5).abs() * 2, table.emotions.amax(dim=1))
    count = COLUMNS * ROWS
    order = sure.argsort(descending=True)
    return {
        "wrong": order[wrong[order]][:count],
        "right": order[~wrong[order]][:: max(1, len(order) // count)][:count],
    }


def input_sheet(batch: Batch, classes: Sequence[str]) -> ImageArray:
    """The first images of a batch as the network sees them, with their true boxes."""
    tiles = []
    for image, box, has_box, emotion, presence in zip(
        batch.images.cpu(),
        batch.boxes_cxcywh.cpu(),
        batch.has_box,
        batch.emotions,
        batch.presence,
        strict=True,
    ):
        tile = _tile(image.permute(1, 2, 0).numpy())
        name = classes[int(emotion)] if emotion != NO_EMOTION else ("face" if presence else "no face")
        corners = cxcywh_to_xyxy(box).numpy() * TILE if has_box else np.array([0, 0, TILE - 1, TILE - 1])
        draw_label_box(tile, corners, name, emotion_colour(name, classes) if presence else GREY)
        tiles.append(tile)
    return _sheet(tiles)


def prediction_sheet(
    table: Predictions, dataset: FaceDataset, seeds: Sequence[int], classes: Sequence[str]
) -> ImageArray:
    """Frames with the predicted box and emotion; the truth as a white box and the text below."""
    tiles = []
    for row in range(len(table.presence)):
        photo = int(table.photos[row])
        frame = dataset.augment(ViewKey(photo, seeds[photo])).frame
        scale = TILE / max(frame.shape[:2])
        size = max(1, round(frame.shape[1] * scale)), max(1, round(frame.shape[0] * scale))
        tile = np.full((TILE, TILE, 3), 40, np.uint8)
        tile[: size[1], : size[0]] = cv2.resize(frame, size, interpolation=cv2.INTER_AREA)
        true = int(table.true_emotions[row])
        truth = classes[true] if true != NO_EMOTION else ("face" if table.true_presence[row] else "no face")
        if table.has_box[row]:
            draw_label_box(tile, table.true_boxes_xyxy[row].numpy() * scale, "", TRUTH)
        if table.presence[row] >= PRESENCE_THRESHOLD:
            said = classes[int(table.emotions[row].argmax())]
            text = f"{said} {float(table.emotions[row].max()):.0%}"
            draw_label_box(tile, table.boxes_xyxy[row].numpy() * scale, text, emotion_colour(said, classes))
        cv2.putText(tile, truth, (4, TILE - 6), cv2.FONT_HERSHEY_SIMPLEX, 0.4, TRUTH, 1, cv2.LINE_AA)
        tiles.append(tile)
    return _sheet(tiles)


def _tile(image: ImageArray) -> ImageArray:
    return np.ascontiguousarray(cv2.resize(image, (TILE, TILE), interpolation=cv2.INTER_NEAREST))


def _sheet(tiles: Sequence[ImageArray]) -> ImageArray:
    """Tiles side by side and below each other, as many rows as needed, at most ROWS."""
    blank = np.full((TILE, TILE, 3), 40, np.uint8)
    shown = list(tiles[: COLUMNS * ROWS])
    shown += [blank] * (-len(shown) % COLUMNS)
    rows = [np.hstack(shown[i : i + COLUMNS]) for i in range(0, len(shown), COLUMNS)]
    return np.vstack(rows)
