"""Overlap of boxes in numpy, for programs that run without PyTorch."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from emo.faces import FloatArray


def iou_matrix(a_xyxy: npt.NDArray[np.floating], b_xyxy: npt.NDArray[np.floating]) -> FloatArray:
    """Intersection over union of all pairs of N and M boxes, (N, M) in [0, 1].

    >>> iou_matrix(np.array([[0.0, 0, 2, 2]]), np.array([[1.0, 0, 3, 2], [5, 5, 6, 6]])).round(2)
    array([[0.33, 0.  ]], dtype=float32)
    """
    shared = shared_areas(a_xyxy, b_xyxy)
    both = _areas(a_xyxy)[:, None] + _areas(b_xyxy)
    iou: FloatArray = (shared / np.maximum(both - shared, 1e-9)).astype(np.float32)
    return iou


def shared_areas(
    a_xyxy: npt.NDArray[np.floating], b_xyxy: npt.NDArray[np.floating]
) -> npt.NDArray[np.float64]:
    """Area that both boxes cover, of all pairs of N and M boxes, (N, M) in square pixels.

    >>> shared_areas(np.array([[0.0, 0, 2, 2]]), np.array([[1.0, 0, 3, 2], [5, 5, 6, 6]]))
    array([[2., 0.]])
    """
    a, b = a_xyxy.reshape(-1, 1, 4).astype(np.float64), b_xyxy.reshape(1, -1, 4).astype(np.float64)
    sides = np.minimum(a[..., 2:], b[..., 2:]) - np.maximum(a[..., :2], b[..., :2])
    shared: npt.NDArray[np.float64] = np.clip(sides, 0, None).prod(axis=-1)
    return shared


def _areas(boxes_xyxy: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
    boxes = boxes_xyxy.reshape(-1, 4).astype(np.float64)
    areas: npt.NDArray[np.float64] = (boxes[:, 2:] - boxes[:, :2]).prod(axis=1)
    return areas
