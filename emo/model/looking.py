"""Looking twice: the whole frame to find the face, then a square around it to read it.

What the second look is worth depends on the first having found the face. Where the second sees it elsewhere than the
first, its square was not the right one, and a third look follows at the square around what the second saw.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from emo.boxes import cxcywh_to_xyxy, paired_iou
from emo.model.network import EmotionNetwork, Outputs
from emo.view import SETTLED, ImageArray, View


class Sighting(NamedTuple):
    """The face of each of B frames, as probabilities and pixels.

    Attributes:
        boxes_xyxy: (B, 4) float32, pixels of the frame, inside it.
        presence: (B,) float32 in [0, 1].
        emotions: (B, C) float32, rows sum to 1.
    """

    boxes_xyxy: Tensor
    presence: Tensor
    emotions: Tensor


def look(network: EmotionNetwork, frames: Sequence[ImageArray], views: Sequence[View]) -> Sighting:
    """Look once at one view of each frame; on the network's own device.

    Args:
        network: in evaluation mode.
        frames: B frames of any sizes.
        views: B views, one of each frame.
    """
    crops = np.stack([view.crop(f, network.input_size) for view, f in zip(views, frames, strict=True)])
    images = torch.from_numpy(crops).permute(0, 3, 1, 2).to(network.normalise.mean.device)
    return to_sighting(network(images), frames, views)


def look_again(network: EmotionNetwork, frames: Sequence[ImageArray], first: Sighting) -> Sighting:
    """The second look, at a square around each face of the first, and a third where the second sees it elsewhere.

    Box and emotion come from the last look. The presence is the geometric mean of the first look's and the last's:
    what only looks like a face from afar, or only close up, is none.
    """
    last = _look_around(network, frames, first.boxes_xyxy)
    moved = (paired_iou(first.boxes_xyxy, last.boxes_xyxy) < SETTLED).nonzero().flatten()
    if len(moved):
        third = _look_around(network, [frames[i] for i in moved.tolist()], last.boxes_xyxy[moved])
        last = Sighting(*(old.index_copy(0, moved, new) for old, new in zip(last, third, strict=True)))
    return last._replace(presence=(first.presence * last.presence).sqrt())


def _look_around(network: EmotionNetwork, frames: Sequence[ImageArray], boxes_xyxy: Tensor) -> Sighting:
    return look(network, frames, [View.around(box) for box in boxes_xyxy.cpu().numpy()])


def to_sighting(outputs: Outputs, frames: Sequence[ImageArray], views: Sequence[View]) -> Sighting:
    """Raw outputs for views to probabilities and pixels of the frames."""
    device = outputs.presence_logits.device
    origins = torch.tensor([[v.left, v.top] * 2 for v in views], dtype=torch.float32, device=device)
    sides = torch.tensor([[v.side] for v in views], dtype=torch.float32, device=device)
    limits = torch.tensor([[f.shape[1], f.shape[0]] * 2 for f in frames], dtype=torch.float32, device=device)
    boxes = cxcywh_to_xyxy(outputs.boxes_cxcywh.float()) * sides + origins
    return Sighting(
        boxes_xyxy=torch.minimum(boxes.clamp(min=0), limits),
        presence=outputs.presence_logits.float().sigmoid(),
        emotions=outputs.emotion_logits.float().softmax(dim=1),
    )
