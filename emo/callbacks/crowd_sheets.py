"""Sheets of frames of many faces: the input as the network sees it, and answers beside the truth."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import torch
from torch import Tensor

from emo.boxes import cxcywh_to_xyxy
from emo.callbacks.charts import confusion_chart
from emo.crowd_metrics import PRESENCE_THRESHOLD, match
from emo.crowd_table import CrowdPredictions
from emo.data.crowd_dataset import CrowdBatch, CrowdDataset
from emo.data.dataset import NO_EMOTION
from emo.data.sampler import ViewKey
from emo.drawing import draw_label_box, emotion_colour
from emo.view import ImageArray

COLUMNS, ROWS, TILE = 3, 3, 320  # of a sheet; tiles in pixels
TRUTH = (255, 255, 255)


def crowd_input_sheet(batch: CrowdBatch, classes: Sequence[str]) -> ImageArray:
    """The first images of a batch as the network sees them, with their true boxes."""
    tiles = []
    for index, image in enumerate(batch.images[: COLUMNS * ROWS].cpu()):
        tile = np.ascontiguousarray(
            cv2.resize(image.permute(1, 2, 0).numpy(), (TILE, TILE), interpolation=cv2.INTER_NEAREST)
        )
        for face in torch.nonzero(batch.owners.cpu() == index)[:, 0]:
            emotion = int(batch.emotions[face])
            name = classes[emotion] if emotion != NO_EMOTION else "face"
            corners = cxcywh_to_xyxy(batch.boxes_cxcywh[face].cpu()).numpy() * TILE
            text = name if batch.has_box[face] else f"{name}, about here"
            draw_label_box(tile, corners, text, emotion_colour(name, classes))
        tiles.append(tile)
    return _sheet(tiles)


def crowd_pictures(
    table: CrowdPredictions, dataset: CrowdDataset, seeds: Sequence[int], classes: Sequence[str]
) -> dict[str, ImageArray]:
    """By name: the frames with most mistakes, frames evenly through the split, and the confusion of emotions.

    Args:
        table: predictions about frames of the dataset.
        dataset: gives the frames.
        seeds: (photos,) of their views.
        classes: names of the emotions.
    """
    matches = match(table)
    missed = matches.has_box & (matches.overlaps == 0)
    wrong = (matches.presence >= PRESENCE_THRESHOLD) & ~matches.hits[:, 0] & ~matches.ignored
    mistakes = np.bincount(matches.true_frames[missed], minlength=matches.frames)
    mistakes += np.bincount(matches.said_frames[wrong], minlength=matches.frames)
    worst = torch.from_numpy(np.argsort(-mistakes, kind="stable")[: int((mistakes > 0).sum())])
    every = torch.arange(0, matches.frames, max(1, matches.frames // (COLUMNS * ROWS)))
    pictures = {
        name: _frames(table, rows[: COLUMNS * ROWS], dataset, seeds, classes)
        for name, rows in (("mistakes", worst), ("frames", every))
        if len(rows)
    }
    known = (matches.true_emotions != NO_EMOTION) & (matches.said_emotions != NO_EMOTION)
    if known.any():
        said, true = (
            torch.from_numpy(part[known]) for part in (matches.said_emotions, matches.true_emotions)
        )
        pictures["confusion"] = confusion_chart(said, true, classes)
    return pictures


def _frames(
    table: CrowdPredictions, rows: Tensor, dataset: CrowdDataset, seeds: Sequence[int], classes: Sequence[str]
) -> ImageArray:
    """Frames with all sure answers; the truth as white boxes."""
    tiles = []
    for row in rows:
        photo = int(table.photos[row])
        frame = dataset.scene(ViewKey(photo, seeds[photo])).frame
        scale = TILE / max(frame.shape[:2])
        size = max(1, round(frame.shape[1] * scale)), max(1, round(frame.shape[0] * scale))
        tile = np.full((TILE, TILE, 3), 40, np.uint8)
        tile[: size[1], : size[0]] = cv2.resize(frame, size, interpolation=cv2.INTER_AREA)
        for face in torch.nonzero(table.true_frames == row)[:, 0]:
            draw_label_box(tile, table.true_boxes_xyxy[face].numpy() * scale, "", TRUTH)
        sure = (table.said_frames == row) & (table.presence >= PRESENCE_THRESHOLD)
        for answer in torch.nonzero(sure)[:, 0]:
            said = classes[int(table.emotions[answer].argmax())]
            text = f"{said} {float(table.presence[answer]):.0%}"
            draw_label_box(
                tile, table.said_boxes_xyxy[answer].numpy() * scale, text, emotion_colour(said, classes)
            )
        tiles.append(tile)
    return _sheet(tiles)


def _sheet(tiles: Sequence[ImageArray]) -> ImageArray:
    shown = [*tiles, *[np.full((TILE, TILE, 3), 40, np.uint8)] * (-len(tiles) % COLUMNS)]
    return np.vstack([np.hstack(shown[i : i + COLUMNS]) for i in range(0, len(shown), COLUMNS)])
