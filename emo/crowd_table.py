"""What was said about frames of many faces and what is true, in one table over batches and processes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
import torch.distributed as dist
from torch import Tensor

from emo.boxes import cxcywh_to_xyxy
from emo.data.crowd_dataset import CrowdBatch
from emo.model.decode import keep_faces
from emo.model.grid import GridOutputs
from emo.view import ImageArray, View

LEAST = 0.05
"""Presence below which an answer is none; the average precision looks at all above."""


class Found(NamedTuple):
    """The faces found in one frame: boxes (D, 4) in its pixels, presence (D,), emotions (D, C); the surest first."""

    boxes_xyxy: Tensor
    presence: Tensor
    emotions: Tensor


class CrowdPredictions(NamedTuple):
    """B frames, the D faces that were found in them, and the T that are there.

    Attributes:
        photos: (B,) index of each frame's photo, ascending.
        sizes: (B, 2) width and height in pixels.
        said_frames: (D,) index among the frames, ascending; within a frame the surest first.
        said_boxes_xyxy: (D, 4) in pixels of the frame.
        presence: (D,) probability.
        emotions: (D, C) probabilities.
        true_frames: (T,) index among the frames, ascending.
        true_boxes_xyxy: (T, 4) in pixels of the frame; about right where has_box is false.
        has_box: (T,) bool.
        true_emotions: (T,) class index or NO_EMOTION.
    """

    photos: Tensor
    sizes: Tensor
    said_frames: Tensor
    said_boxes_xyxy: Tensor
    presence: Tensor
    emotions: Tensor
    true_frames: Tensor
    true_boxes_xyxy: Tensor
    has_box: Tensor
    true_emotions: Tensor


def find_faces(outputs: GridOutputs, frames: Sequence[ImageArray], threshold: float = LEAST) -> list[Found]:
    """What a network said about whole views of B frames, in pixels of the frames."""
    found = []
    corners = cxcywh_to_xyxy(outputs.boxes_cxcywh.float())
    presence, emotions = (
        outputs.presence_logits.float().sigmoid(),
        outputs.emotion_logits.float().softmax(dim=-1),
    )
    for index, frame in enumerate(frames):
        view = View.whole(*frame.shape[1::-1])
        origin = corners.new_tensor([view.left, view.top] * 2)
        limits = corners.new_tensor([frame.shape[1], frame.shape[0]] * 2)
        boxes = torch.minimum((corners[index] * view.side + origin).clamp(min=0), limits)
        kept = keep_faces(boxes, presence[index], threshold)
        found.append(Found(boxes[kept], presence[index, kept], emotions[index, kept]))
    return found


class Judged(NamedTuple):
    """A frame: its size, what was found in it, and the true boxes (T, 4) in its pixels, has_box (T,), emotions (T,)."""

    size: tuple[int, int]
    found: Found
    boxes_xyxy: Tensor
    has_box: Tensor
    emotions: Tensor


class CrowdTable:
    """Collects what was found in the frames of batches, and the truth."""

    def __init__(self) -> None:
        self._frames: dict[int, Judged] = {}

    def update(self, found: Sequence[Found], batch: CrowdBatch) -> None:
        """Add a batch's frames, and what was found in them."""
        corners, owners = cxcywh_to_xyxy(batch.boxes_cxcywh).cpu(), batch.owners.cpu()
        for index, (frame, one) in enumerate(zip(batch.frames, found, strict=True)):
            view, mine = View.whole(*frame.shape[1::-1]), owners == index
            origin = torch.tensor([view.left, view.top] * 2)
            self._frames[int(batch.photos[index])] = Judged(
                size=(frame.shape[1], frame.shape[0]),
                found=Found(*(column.detach().cpu() for column in one)),
                boxes_xyxy=corners[mine] * view.side + origin,
                has_box=batch.has_box.cpu()[mine],
                emotions=batch.emotions.cpu()[mine],
            )

    def predictions(self) -> CrowdPredictions:
        """The table of all processes so far, in the photos' order; a frame that two of them have seen counts once."""
        parts: list[dict[int, Judged]] = [self._frames]
        if dist.is_available() and dist.is_initialized():
            parts = [{} for _ in range(dist.get_world_size())]
            dist.all_gather_object(parts, self._frames)
        frames = dict(sorted({photo: frame for part in parts for photo, frame in part.items()}.items()))
        found, judged = [frame.found for frame in frames.values()], list(frames.values())
        numbers = torch.arange(len(judged))
        return CrowdPredictions(
            photos=torch.tensor(list(frames)),
            sizes=torch.tensor([frame.size for frame in judged], dtype=torch.float32),
            said_frames=numbers.repeat_interleave(torch.tensor([len(one.presence) for one in found])),
            said_boxes_xyxy=torch.cat([one.boxes_xyxy for one in found]),
            presence=torch.cat([one.presence for one in found]),
            emotions=torch.cat([one.emotions for one in found]),
            true_frames=numbers.repeat_interleave(torch.tensor([len(frame.has_box) for frame in judged])),
            true_boxes_xyxy=torch.cat([frame.boxes_xyxy for frame in judged]),
            has_box=torch.cat([frame.has_box for frame in judged]),
            true_emotions=torch.cat([frame.emotions for frame in judged]),
        )

    def reset(self) -> None:
        """Forget all."""
        self._frames = {}
