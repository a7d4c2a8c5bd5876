"""A face on its way through augmentation: points on the ellipse inside its box.

A rotated box's own bounding box grows with every turn; the ellipse inside it, which a face fills about, does not.
The points also tell how much of a face a crop has cut off, which a clipped box no longer does.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

POINTS = 24
"""Points on each ellipse; a multiple of 4 so that the extremes are among them and an upright box stays exact."""

_ANGLES = np.arange(POINTS) * 2 * np.pi / POINTS
_CIRCLE = np.column_stack((np.cos(_ANGLES), np.sin(_ANGLES)))

FloatArray = npt.NDArray[np.float64]


def box_outlines(boxes_xyxy: npt.ArrayLike) -> FloatArray:
    """Points (N * POINTS, 2) on the ellipses inside N boxes (N, 4), in the boxes' unit."""
    boxes = np.asarray(boxes_xyxy, np.float64).reshape(-1, 4)
    centres, halves = (boxes[:, :2] + boxes[:, 2:]) / 2, (boxes[:, 2:] - boxes[:, :2]) / 2
    outlines: FloatArray = (centres[:, None] + halves[:, None] * _CIRCLE).reshape(-1, 2)
    return outlines


def outline_boxes(outlines: npt.ArrayLike) -> FloatArray:
    """Boxes (N, 4) around outlines (N * POINTS, 2); the inverse of `box_outlines` for upright ones."""
    points = np.asarray(outlines, np.float64).reshape(-1, POINTS, 2)
    boxes = np.empty((len(points), 4))
    np.minimum.reduce(points, axis=1, out=boxes[:, :2])
    np.maximum.reduce(points, axis=1, out=boxes[:, 2:])
    return boxes


def clip_boxes(boxes_xyxy: FloatArray, width: float, height: float) -> FloatArray:
    """The parts of boxes (N, 4) inside a frame; of no area where there is none."""
    return np.minimum(np.maximum(boxes_xyxy, 0), (width, height, width, height))


def visible_shares(outlines: npt.ArrayLike, width: float, height: float) -> FloatArray:
    """The part of each face's box that lies inside a frame, (N,) in [0, 1]."""
    boxes = outline_boxes(outlines)
    shares: FloatArray = box_areas(clip_boxes(boxes, width, height)) / np.maximum(box_areas(boxes), 1e-12)
    return shares


def box_areas(boxes_xyxy: FloatArray) -> FloatArray:
    """Areas (N,) of boxes (N, 4)."""
    sides = boxes_xyxy[:, 2:] - boxes_xyxy[:, :2]
    areas: FloatArray = sides[:, 0] * sides[:, 1]
    return areas
