"""Boxes as tensors: conversion, clipping and overlap. The name of a value says its format.

`xyxy` is (x1, y1, x2, y2), `cxcywh` is (centre x, centre y, width, height). Every function takes and returns
tensors of shape (..., 4) in any one unit.
"""

from __future__ import annotations

import torch
from torch import Tensor

EPSILON = 1e-7  # keeps the ratio of two empty boxes finite


def cxcywh_to_xyxy(boxes_cxcywh: Tensor) -> Tensor:
    """Corners of boxes that are given by centre, width and height.

    >>> cxcywh_to_xyxy(torch.tensor([0.5, 0.5, 0.2, 0.4]))
    tensor([0.4000, 0.3000, 0.6000, 0.7000])
    """
    centre, size = boxes_cxcywh[..., :2], boxes_cxcywh[..., 2:]
    return torch.cat((centre - size / 2, centre + size / 2), dim=-1)


def xyxy_to_cxcywh(boxes_xyxy: Tensor) -> Tensor:
    """Centre, width and height of boxes that are given by their corners."""
    low, high = boxes_xyxy[..., :2], boxes_xyxy[..., 2:]
    return torch.cat(((low + high) / 2, high - low), dim=-1)


def area(boxes_xyxy: Tensor) -> Tensor:
    """Area (...,); zero where a corner pair is reversed."""
    size = (boxes_xyxy[..., 2:] - boxes_xyxy[..., :2]).clamp(min=0)
    return size[..., 0] * size[..., 1]


def intersection(a_xyxy: Tensor, b_xyxy: Tensor) -> Tensor:
    """Area shared by each pair of boxes, (...,)."""
    low = torch.maximum(a_xyxy[..., :2], b_xyxy[..., :2])
    high = torch.minimum(a_xyxy[..., 2:], b_xyxy[..., 2:])
    return area(torch.cat((low, high), dim=-1))


def paired_iou(a_xyxy: Tensor, b_xyxy: Tensor) -> Tensor:
    """Intersection over union of each pair, (...,) in [0, 1].

    >>> paired_iou(torch.tensor([0.0, 0.0, 2.0, 2.0]), torch.tensor([1.0, 0.0, 3.0, 2.0]))
    tensor(0.3333)
    """
    shared = intersection(a_xyxy, b_xyxy)
    return shared / (area(a_xyxy) + area(b_xyxy) - shared + EPSILON)
