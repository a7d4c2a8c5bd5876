"""From the answers of a grid's cells to faces: the sure ones, each once."""

from __future__ import annotations

import torch
from torch import Tensor
from torchvision.ops import nms

MOST = 300
"""Cells that suppression looks at, the surest ones; more faces than this no frame has."""


def keep_faces(boxes_xyxy: Tensor, presence: Tensor, threshold: float, overlap: float = 0.45) -> Tensor:
    """Which cells of one view answer for a face, by non-maximum suppression.

    Args:
        boxes_xyxy: (N, 4) of the cells, in any unit.
        presence: (N,) probabilities.
        threshold: least presence of a face.
        overlap: of two boxes whose IoU is above this, the less sure one is the same face again.

    Returns:
        Indices (F,) of the cells, the surest first.
    """
    sure = torch.nonzero(presence >= threshold)[:, 0]
    if len(sure) > MOST:
        sure = sure[presence[sure].topk(MOST).indices]
    kept: Tensor = sure[nms(boxes_xyxy[sure].float(), presence[sure].float(), overlap)]
    return kept
