"""From the shapes that people draw in labelme to boxes.

Nothing here knows of files: what is wrong is a `ValueError` with the reason, and the caller says where.
"""

from __future__ import annotations

import math
from typing import Any, TypeAlias

Box: TypeAlias = tuple[float, float, float, float]

MAX_COORDINATE = 1e6
"""Pixels; beyond it a coordinate is a mistake, not a hand that slipped off the edge."""

MIN_SIDE = 1.0
"""Pixels; a box narrower than this is a stray click."""


def shape_box(shape: dict[str, Any]) -> Box:
    """Return the bounding box (x1, y1, x2, y2) of a labelme shape, not yet clipped.

    A circle is given by its centre and a point on its edge; every other shape, a missing type included, by
    points in any order.

    Raises:
        ValueError: there are no usable points.
    """
    shape_type = shape.get("shape_type")
    if shape_type is not None and not isinstance(shape_type, str):
        raise ValueError("shape_type is not text")
    points = shape.get("points")
    if not isinstance(points, list):
        raise ValueError("points are no list")
    xy = [_point(point) for point in points]
    if len(xy) < 2:
        raise ValueError("no area (fewer than 2 points)")
    if shape_type == "circle":
        (x, y), edge = xy[:2]
        radius = math.dist((x, y), edge)
        return x - radius, y - radius, x + radius, y + radius
    xs, ys = zip(*xy, strict=True)
    return min(xs), min(ys), max(xs), max(ys)


def _point(point: object) -> tuple[float, float]:
    if not isinstance(point, list) or len(point) != 2:
        raise ValueError("a point is not [x, y]")
    x, y = point
    for value in (x, y):
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise ValueError("a coordinate is not a number")
        if not abs(value) <= MAX_COORDINATE:  # also true of NaN
            raise ValueError("a coordinate is no sensible number of pixels")
    return float(x), float(y)


def clip_box(box: Box, width: int, height: int) -> Box:
    """Clip a box to an image.

    Raises:
        ValueError: the box, or what is left of it inside the image, has a side under `MIN_SIDE`.
    """
    x1, y1, x2, y2 = box
    if not (x2 - x1 >= MIN_SIDE and y2 - y1 >= MIN_SIDE):  # put so that NaN is caught
        raise ValueError("no area")
    inside = (
        max(float(x1), 0.0),
        max(float(y1), 0.0),
        min(float(x2), float(width)),
        min(float(y2), float(height)),
    )
    if inside[2] - inside[0] < MIN_SIDE or inside[3] - inside[1] < MIN_SIDE:
        raise ValueError(f"outside the image of {width} x {height} pixels")
    return inside
