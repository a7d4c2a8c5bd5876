"""A tile of a crowded frame: a part of a photo, warped to its place, and what it shows of the photo's faces."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from emo.data.outline import FloatArray, box_areas, outline_boxes
from emo.data.place import warp_onto
from emo.view import ImageArray

Rect = tuple[int, int, int, int]
"""x1, y1, x2, y2 in whole pixels of the frame."""

WHOLE, CUT = 0.6, 0.1
"""A face counts as shown from this part on, and is not to be seen below that; what lies in between is drawn again."""

COVERED = 0.15
"""Most that a tile may cover of a face that is there already, and most of its own face that may lie on one."""


class Tile(NamedTuple):
    """Where a photo goes.

    Attributes:
        rect: pixels of the frame that it takes.
        matrix: (2, 3) from the photo to the frame, in continuous pixels.
        boxes_xyxy: (N, 4) of the faces that it shows, in pixels of the frame, clipped to it.
        faces: for each of them its index among the photo's faces.
    """

    rect: Rect
    matrix: FloatArray
    boxes_xyxy: FloatArray
    faces: list[int]


def make_tile(outlines: FloatArray, matrix: FloatArray, rect: Rect, taken_xyxy: FloatArray) -> Tile | None:
    """The tile of a photo, if it can be.

    Args:
        outlines: of the photo's faces, see `box_outlines`.
        matrix: (2, 3) from the photo to the frame.
        rect: pixels of the frame.
        taken_xyxy: (N, 4) the faces that are in the frame already.

    Returns:
        None where it would show a part of a face, cover too much of one, or show one on top of one.
    """
    place = np.array([rect], np.float64)
    if (_shared(place, taken_xyxy) > COVERED * box_areas(taken_xyxy)).any():
        return None
    boxes = outline_boxes(outlines @ matrix[:, :2].T + matrix[:, 2])
    inside, areas = _shared(boxes, place)[:, 0], box_areas(boxes)
    shown = inside >= WHOLE * areas
    if (~shown & (inside > CUT * areas)).any():
        return None
    clipped = np.clip(boxes[shown], place[0, [0, 1, 0, 1]], place[0, [2, 3, 2, 3]])
    if (_shared(clipped, taken_xyxy) > COVERED * box_areas(clipped)[:, None]).any():
        return None
    return Tile(rect, matrix, clipped, np.flatnonzero(shown).tolist())


def paste(canvas: ImageArray, photo: ImageArray, tile: Tile) -> None:
    """Warp a photo into its tile; where the photo ends, the frame stays as it is."""
    x1, y1, x2, y2 = tile.rect
    matrix = tile.matrix.copy()
    matrix[:, 2] -= (x1, y1)
    canvas[y1:y2, x1:x2] = warp_onto(photo, matrix, np.ascontiguousarray(canvas[y1:y2, x1:x2]))


def split(rng: np.random.Generator, area: Rect, parts: int) -> list[Rect]:
    """Divide an area into so many parts, cutting the largest at a random place along its longer side."""
    rects = [area] * min(parts, 1)
    while 0 < len(rects) < parts:
        x1, y1, x2, y2 = rects.pop(int(np.argmax([(r[2] - r[0]) * (r[3] - r[1]) for r in rects])))
        share = rng.uniform(0.35, 0.65)
        if x2 - x1 >= y2 - y1:
            cut = round(x1 + share * (x2 - x1))
            rects += [(x1, y1, cut, y2), (cut, y1, x2, y2)]
        else:
            cut = round(y1 + share * (y2 - y1))
            rects += [(x1, y1, x2, cut), (x1, cut, x2, y2)]
    return rects


def _shared(ours_xyxy: FloatArray, theirs_xyxy: FloatArray) -> FloatArray:
    """Areas (N, M) that boxes share."""
    low = np.maximum(ours_xyxy[:, None, :2], theirs_xyxy[None, :, :2])
    high = np.minimum(ours_xyxy[:, None, 2:], theirs_xyxy[None, :, 2:])
    shared: FloatArray = np.clip(high - low, 0, None).prod(axis=2)
    return shared
