"""Crowded frames with known truth: faces of many photos side by side, and pasted into rooms.

A mosaic as YOLOv4 has it (Bochkovskiy et al. 2020, https://arxiv.org/abs/2004.10934), but made of faces: each tile is
a part of a photo around one face, warped once, so that the face has the drawn height and place. Other tiles show no
face (clothes, walls), or the edge of a tile would give a face away.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import cv2
import numpy as np

from emo.data.outline import FloatArray, box_outlines
from emo.data.place import similarity
from emo.data.tile import WHOLE, Rect, Tile, make_tile, paste, split
from emo.view import PAD, ImageArray

TRIES = 10
"""Draws of a tile before it is left out, as it would cover what is there."""

_MARGIN = (0.05, 1.2)  # of a tile around its face to each side, in heights of the face
_LARGEST = 0.95  # of the height that a tile may have, the height of its face


class Source(NamedTuple):
    """A photo to take tiles from: width and height, the boxes (N, 4) of its faces in pixels, a number to know it by."""

    size: tuple[int, int]
    boxes_xyxy: FloatArray
    photo: int


class Lit(NamedTuple):
    """A tile of a photo, and its light: values become |contrast * value + brightness|, in [0, 255]."""

    photo: int
    tile: Tile
    contrast: float
    brightness: float


class CrowdPlan(NamedTuple):
    """How a crowded frame is made, before a pixel is touched.

    Attributes:
        room: the photo whose part is the background; None takes a plain colour.
        part: x1, y1, x2, y2 in whole pixels of the room.
        tint: (3,) factors of the background's colours.
        area: what is not under grey bars, in pixels of the frame.
        tiles: later ones lie on earlier ones.
        boxes_xyxy: (N, 4) of the frame's faces in pixels, clipped.
        faces: for each of them its photo and its index among that photo's faces.
    """

    room: int | None
    part: Rect
    tint: FloatArray
    area: Rect
    tiles: list[Lit]
    boxes_xyxy: FloatArray
    faces: list[tuple[int, int]]


class Crowd:
    """Plans and makes frames; the same random numbers give the same frame.

    Args:
        width: of the frames in pixels.
        height: of the frames in pixels.
        faces: fewest and most tiles with a face, drawn log-uniformly. One for which no place is left is left out.
        face_height: smallest and largest height of a face as a share of the frame's, drawn log-uniformly.
        rotate: largest rotation in degrees to either side.
        side_by_side: probability that tiles share the frame among them, instead of lying about in a room.
        distractors: most tiles without a face.
        bars: probability of grey bars above and below, as a whole view of a webcam's frame has them.
        light: largest change of a tile's contrast and brightness, as a share.

    Raises:
        ValueError: if a range or probability makes no sense.
    """

    def __init__(
        self,
        width: int,
        height: int,
        faces: tuple[int, int] = (1, 12),
        face_height: tuple[float, float] = (0.05, 0.9),
        rotate: float = 15.0,
        side_by_side: float = 0.3,
        distractors: int = 3,
        bars: float = 0.0,
        light: float = 0.3,
    ) -> None:
        if not 1 <= faces[0] <= faces[1]:
            raise ValueError(f"faces must be two growing numbers from 1 on, not {tuple(faces)}")
        if not 0 < face_height[0] <= face_height[1]:
            raise ValueError(f"face_height must be two growing numbers above 0, not {tuple(face_height)}")
        if min(width, height) < 32 or min(rotate, distractors) < 0:
            raise ValueError("width and height must be at least 32, rotate and distractors at least 0")
        if not all(0 <= share <= 1 for share in (side_by_side, bars, light)):
            raise ValueError("side_by_side, bars and light must lie in [0, 1]")
        self.width, self.height = width, height
        self.faces, self.face_height = (faces[0], faces[1]), (face_height[0], face_height[1])
        self.rotate, self.side_by_side, self.distractors = rotate, side_by_side, distractors
        self.bars, self.light = bars, light

    def plan(
        self,
        rng: np.random.Generator,
        draw: Callable[[], Source],
        room: Source | None,
        empty: bool = False,
    ) -> CrowdPlan:
        """Draw what goes where.

        Args:
            rng: every choice.
            draw: gives the next photo with faces.
            room: a photo without a face as the background; None takes a plain colour.
            empty: no tile with a face.
        """
        tint = rng.uniform(1 - self.light / 2, 1 + self.light / 2, size=3)
        part = (0, 0, 0, 0) if room is None else self._part(rng, *room.size)
        area = self._area(rng)
        boxes, faces, tiles = np.zeros((0, 4)), list[tuple[int, int]](), list[Lit]()
        count = 0 if empty else round(_log_uniform(rng, *self.faces))
        side_by_side = rng.random() < self.side_by_side
        for share in split(rng, area, count) if side_by_side else [area] * count:
            source = draw()
            tile = self._place(rng, source.boxes_xyxy, share, boxes, fill=side_by_side)
            if tile is not None:
                tiles.append(self._lit(rng, source.photo, tile))
                boxes = np.concatenate((boxes, tile.boxes_xyxy))
                faces += [(source.photo, index) for index in tile.faces]
        for _ in range(int(rng.integers(self.distractors + 1))):
            source = draw()
            tile = self._distract(rng, source, area, boxes)
            if tile is not None:
                tiles.append(self._lit(rng, source.photo, tile))
        return CrowdPlan(None if room is None else room.photo, part, tint, area, tiles, boxes, faces)

    def render(self, plan: CrowdPlan, frame: Callable[[int], ImageArray]) -> ImageArray:
        """Make the frame of a plan from the photos' frames, RGB."""
        canvas = self._canvas(plan, None if plan.room is None else frame(plan.room))
        for photo, tile, contrast, brightness in plan.tiles:
            lit = cv2.convertScaleAbs(frame(photo), alpha=contrast, beta=brightness)
            paste(canvas, lit, tile)  # type: ignore[arg-type]
        canvas[: plan.area[1]] = PAD
        canvas[plan.area[3] :] = PAD
        return canvas

    def _place(
        self,
        rng: np.random.Generator,
        sources_xyxy: FloatArray,
        share: Rect,
        taken_xyxy: FloatArray,
        fill: bool,
    ) -> Tile | None:
        """A tile around one of a photo's faces inside a share of the frame, or filling it; None: there is no place."""
        outlines, areas = box_outlines(sources_xyxy), (sources_xyxy[:, 2:] - sources_xyxy[:, :2]).prod(axis=1)
        for _ in range(TRIES):
            # the larger the face in its photo, the likelier: small ones would come out as a blur
            x1, y1, x2, y2 = sources_xyxy[np.searchsorted(areas.cumsum(), rng.random() * areas.sum())]
            height = _log_uniform(rng, *self.face_height) * self.height
            height = min(height, _LARGEST * (share[3] - share[1]))
            scale = height / (y2 - y1)
            inside = np.array([x2 - x1, y2 - y1]) * scale * (WHOLE - 0.5 if fill else 0.4)
            first, last = np.array(share[:2]) + inside, np.array(share[2:]) - inside
            place = rng.uniform(np.minimum(first, last), np.maximum(first, last))
            angle = rng.uniform(-self.rotate, self.rotate)
            matrix = similarity(scale, angle, ((x1 + x2) / 2, (y1 + y2) / 2), (place[0], place[1]))
            half = np.array([x2 - x1, y2 - y1]) * scale / 2
            rect = share if fill else _around(rng, place, half, height, share)
            tile = make_tile(outlines, matrix, rect, taken_xyxy)
            if tile is not None and tile.faces:
                return tile
        return None

    def _distract(
        self, rng: np.random.Generator, source: Source, area: Rect, taken_xyxy: FloatArray
    ) -> Tile | None:
        """A part of a photo that shows no face, where it covers none."""
        columns, rows = source.size
        outlines = box_outlines(source.boxes_xyxy)
        for _ in range(TRIES):
            side = min(rows, columns) * rng.uniform(0.1, 0.4)
            size = self.height * _log_uniform(rng, *self.face_height) * 1.5
            middle = rng.uniform(side / 2, [columns - side / 2, rows - side / 2])
            place = rng.uniform(area[:2], area[2:])
            matrix = similarity(
                size / side, rng.uniform(-self.rotate, self.rotate), tuple(middle), tuple(place)
            )
            rect = _clipped(place - size / 2, place + size / 2, area)
            tile = make_tile(outlines, matrix, rect, taken_xyxy)
            if tile is not None and not tile.faces:
                return tile
        return None

    def _part(self, rng: np.random.Generator, columns: int, rows: int) -> Rect:
        wide = min(columns, rows * self.width / self.height) * rng.uniform(0.5, 1.0)
        high = wide * self.height / self.width
        x, y = (int(rng.uniform(0, limit)) for limit in (columns - wide + 1e-6, rows - high + 1e-6))
        return x, y, min(columns, x + max(1, int(wide))), min(rows, y + max(1, int(high)))

    def _canvas(self, plan: CrowdPlan, room: ImageArray | None) -> ImageArray:
        """A part of the room, tinted: rooms are often grey, and colour must not mean a face."""
        if room is None:
            return np.full((self.height, self.width, 3), np.clip(PAD * plan.tint, 0, 255), np.uint8)
        x1, y1, x2, y2 = plan.part
        resized = cv2.resize(room[y1:y2, x1:x2], (self.width, self.height), interpolation=cv2.INTER_AREA)
        canvas: ImageArray = np.clip(resized * plan.tint.astype(np.float32), 0, 255).astype(np.uint8)
        return canvas

    def _area(self, rng: np.random.Generator) -> Rect:
        """What is not under bars."""
        if rng.random() >= self.bars:
            return 0, 0, self.width, self.height
        height = min(self.height, round(self.width * (3 / 4 if rng.random() < 0.7 else 9 / 16)))
        top = (self.height - height) // 2
        return 0, top, self.width, top + height

    def _lit(self, rng: np.random.Generator, photo: int, tile: Tile) -> Lit:
        contrast, brightness = rng.uniform(-self.light, self.light, size=2)
        return Lit(photo, tile, 1 + contrast, 128 * brightness * 0.5)


def _around(rng: np.random.Generator, place: FloatArray, half: FloatArray, height: float, area: Rect) -> Rect:
    """The face and some of its surroundings, by chance more to one side than to another."""
    left, above, right, below = (_log_uniform(rng, *_MARGIN) * height for _ in range(4))
    return _clipped(place - half - (left, above), place + half + (right, below), area)


def _log_uniform(rng: np.random.Generator, low: float, high: float) -> float:
    return math.exp(rng.uniform(math.log(low), math.log(high)))


def _clipped(low: FloatArray, high: FloatArray, area: Rect) -> Rect:
    """Whole pixels inside an area, at least one."""
    left, top, right, bottom = area
    x1, y1 = min(max(int(low[0]), left), right - 1), min(max(int(low[1]), top), bottom - 1)
    x2, y2 = min(max(math.ceil(high[0]), x1 + 1), right), min(max(math.ceil(high[1]), y1 + 1), bottom)
    return x1, y1, x2, y2
