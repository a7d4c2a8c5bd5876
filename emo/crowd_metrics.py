"""How good the answers about many faces are: which answer fits which face, and every figure as a function of that.

Average precision as COCO has it (Lin et al. 2014, https://arxiv.org/abs/1405.0312): in each frame the surest answer
takes the face that it fits best among those not taken; precision is made to fall with recall and read at 101 recalls.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torchvision.ops import box_iou

from emo.boxes import area
from emo.crowd_table import CrowdPredictions
from emo.data.dataset import NO_EMOTION

THRESHOLDS = tuple(round(0.5 + 0.05 * step, 2) for step in range(10))
"""IoUs at which an answer counts as right."""

PRESENCE_THRESHOLD = 0.5
HEIGHTS = (0.05, 0.08, 0.15, 0.3)
"""Ends of the bands of face heights, as shares of the frame's."""

_RECALLS = np.linspace(0, 1, 101)
_INSIDE = 0.5  # part of an answer that lies on a face whose box is not known, to be about it

BoolArray = npt.NDArray[np.bool_]
FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


class Matches(NamedTuple):
    """Which answer fits which face.

    Attributes:
        frames: B, how many.
        empty: (B,) frames without a face.
        said_frames: (D,) frame of each answer, the surest answers of all first.
        presence: (D,) falling.
        hits: (D, 10) whether it fits a face at each of THRESHOLDS.
        ignored: (D,) whether it fits none but is about a face whose box is not known.
        true_frames: (T,) frame of each face.
        has_box: (T,) whether its box is known.
        heights: (T,) as shares of the frame's.
        overlaps: (T,) IoU of the sure answer that fits it at 0.5; 0 where there is none.
        true_emotions: (T,) class index or NO_EMOTION.
        said_emotions: (T,) that of the sure answer; NO_EMOTION where there is none.
    """

    frames: int
    empty: BoolArray
    said_frames: IntArray
    presence: FloatArray
    hits: BoolArray
    ignored: BoolArray
    true_frames: IntArray
    has_box: BoolArray
    heights: FloatArray
    overlaps: FloatArray
    true_emotions: IntArray
    said_emotions: IntArray


def match(table: CrowdPredictions) -> Matches:
    """Match the answers of each frame with its faces."""
    frames, said, true = len(table.photos), len(table.presence), len(table.true_emotions)
    hits, ignored = np.zeros((said, len(THRESHOLDS)), bool), np.zeros(said, bool)
    overlaps, said_emotions = np.zeros(true), np.full(true, NO_EMOTION)
    guesses = table.emotions.argmax(dim=1).numpy() if said else np.zeros(0, np.int64)
    sure = table.presence.numpy() >= PRESENCE_THRESHOLD
    for frame in range(frames):
        ours, faces = (
            torch.nonzero(which == frame)[:, 0].numpy() for which in (table.said_frames, table.true_frames)
        )
        boxed, loose = faces[table.has_box.numpy()[faces]], faces[~table.has_box.numpy()[faces]]
        iou = box_iou(table.said_boxes_xyxy[ours].double(), table.true_boxes_xyxy[boxed].double()).numpy()
        for column, threshold in enumerate(THRESHOLDS):
            taken = _greedy(iou, threshold)
            hits[ours, column] = taken >= 0
            if column == 0:
                for answer, face in ((a, f) for a, f in zip(ours, taken, strict=True) if f >= 0 and sure[a]):
                    overlaps[boxed[face]] = iou[np.flatnonzero(ours == answer)[0], face]
                    said_emotions[boxed[face]] = guesses[answer]
        about = _inside(table.said_boxes_xyxy[ours], table.true_boxes_xyxy[loose]) >= _INSIDE
        ignored[ours] = about.any(axis=1) & ~hits[ours, 0]
        for column, face in enumerate(loose):
            answers = ours[about[:, column] & sure[ours]]
            if len(answers):
                said_emotions[face] = guesses[answers[0]]
    order = np.argsort(-table.presence.double().numpy(), kind="stable")
    heights = (table.true_boxes_xyxy[:, 3] - table.true_boxes_xyxy[:, 1]) / table.sizes[table.true_frames, 1]
    return Matches(
        frames=frames,
        empty=np.bincount(table.true_frames.numpy(), minlength=frames) == 0,
        said_frames=table.said_frames.numpy()[order],
        presence=table.presence.double().numpy()[order],
        hits=hits[order],
        ignored=ignored[order],
        true_frames=table.true_frames.numpy(),
        has_box=table.has_box.numpy(),
        heights=heights.double().numpy(),
        overlaps=overlaps,
        true_emotions=table.true_emotions.numpy(),
        said_emotions=said_emotions,
    )


def score_crowd(
    matches: Matches, classes: Sequence[str], edges: Sequence[float] = HEIGHTS, rows: Tensor | None = None
) -> dict[str, float]:
    """All figures of the frames; those that they cannot tell are left out.

    Args:
        matches: of B frames.
        classes: names of the emotions.
        edges: of the bands of face heights, growing.
        rows: (M,) indices of the frames that count, some several times; None takes each once.

    Returns:
        ap_50, ap_50_95: average precision at an IoU of 0.5, and its mean from 0.5 to 0.95. recall_*, precision,
        box_iou (of the faces found) and false alarms: at a presence of 0.5 and an IoU of 0.5; false_alarms_per_frame
        over all frames, false_alarm_rate the part of those without a face in which one is said to be. emotion_*: over
        the faces that were found and whose emotion is known; balanced as the mean over the classes that occur.
    """
    chosen = torch.arange(matches.frames) if rows is None else rows
    counts = np.bincount(chosen.numpy(), minlength=matches.frames).astype(float)
    said, true = counts[matches.said_frames], counts[matches.true_frames]
    return (
        _precisions(matches, said, float(true[matches.has_box].sum()))
        | _recalls(matches, true, edges)
        | _alarms(matches, said, counts)
        | _emotions(matches, true, classes)
    )


def _precisions(matches: Matches, said: FloatArray, faces: float) -> dict[str, float]:
    if not faces:
        return {}
    aps = [
        average_precision(matches.hits[:, i], matches.ignored, said, faces) for i in range(len(THRESHOLDS))
    ]
    figures = {"ap_50": aps[0], "ap_50_95": float(np.mean(aps))}
    sure = (matches.presence >= PRESENCE_THRESHOLD) & ~matches.ignored
    if said[sure].sum():
        figures["precision"] = float((said * matches.hits[:, 0])[sure].sum() / said[sure].sum())
    return figures


def average_precision(hits: BoolArray, ignored: BoolArray, counts: FloatArray, faces: float) -> float:
    """The mean of the precision at 101 recalls.

    Args:
        hits: (D,) which answers are right, the surest first.
        ignored: (D,) which of the others are not wrong either.
        counts: (D,) how often each counts.
        faces: how many there are to be found, more than 0.
    """
    right, wrong = (counts * hits).cumsum(), (counts * (~hits & ~ignored)).cumsum()
    precision = right / np.maximum(right + wrong, 1e-12)
    falling = np.maximum.accumulate(precision[::-1])[::-1]
    places = np.searchsorted(right / faces, _RECALLS, side="left")
    return float(np.append(falling, 0.0)[np.minimum(places, len(falling))].mean())


def _recalls(matches: Matches, true: FloatArray, edges: Sequence[float]) -> dict[str, float]:
    found = matches.overlaps > 0
    ends = (0.0, *edges, np.inf)
    bands = {"recall": (0.0, np.inf)}
    bands |= {f"recall_{low:g}_to_{high:g}": (low, high) for low, high in itertools.pairwise(ends)}
    figures = {}
    for name, (low, high) in bands.items():
        inside = true * (matches.has_box & (matches.heights >= low) & (matches.heights < high))
        if inside.sum():
            figures[name] = float((inside * found).sum() / inside.sum())
    if (true * found).sum():
        figures["box_iou"] = float((true * matches.overlaps).sum() / (true * found).sum())
    return figures


def _alarms(matches: Matches, said: FloatArray, counts: FloatArray) -> dict[str, float]:
    wrong = (matches.presence >= PRESENCE_THRESHOLD) & ~matches.hits[:, 0] & ~matches.ignored
    figures = {"false_alarms_per_frame": float(said[wrong].sum() / counts.sum())}
    if (counts * matches.empty).sum():
        alarmed = np.bincount(matches.said_frames[wrong], minlength=matches.frames) > 0
        figures["false_alarm_rate"] = float(
            (counts * (alarmed & matches.empty)).sum() / (counts * matches.empty).sum()
        )
    return figures


def _emotions(matches: Matches, true: FloatArray, classes: Sequence[str]) -> dict[str, float]:
    known = (matches.true_emotions != NO_EMOTION) & (matches.said_emotions != NO_EMOTION) & (true > 0)
    if not known.any():
        return {}
    cases, right = (
        np.bincount(matches.true_emotions[which], true[which], minlength=len(classes))
        for which in (known, known & (matches.true_emotions == matches.said_emotions))
    )
    figures = {
        "emotion_accuracy": float(right.sum() / cases.sum()),
        "emotion_majority_accuracy": float(cases.max() / cases.sum()),
        "emotion_balanced_accuracy": float((right[cases > 0] / cases[cases > 0]).mean()),
    }
    return figures | {
        f"recall_{name}": float(right[i] / cases[i]) for i, name in enumerate(classes) if cases[i]
    }


def _greedy(iou: FloatArray, threshold: float) -> IntArray:
    """For each answer (D,), the surest first, the face (of the columns) that it fits best of those left; -1: none."""
    left, taken = iou.copy(), np.full(len(iou), -1)
    for answer in range(len(iou) if iou.shape[1] else 0):
        face = int(left[answer].argmax())
        if left[answer, face] >= threshold:
            taken[answer] = face
            left[:, face] = -1.0
    return taken


def _inside(boxes_xyxy: Tensor, others_xyxy: Tensor) -> FloatArray:
    """The part of each box (D, 4) that lies on each of others (M, 4)."""
    low = torch.maximum(boxes_xyxy[:, None, :2], others_xyxy[None, :, :2])
    high = torch.minimum(boxes_xyxy[:, None, 2:], others_xyxy[None, :, 2:])
    shared = area(torch.cat((low, high), dim=-1))
    parts: FloatArray = (shared / area(boxes_xyxy)[:, None].clamp(min=1e-6)).double().numpy()
    return parts
