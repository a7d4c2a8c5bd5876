"""Painting with soft edges: polygons and tapering strokes given in the coordinates of a head."""

from collections.abc import Sequence

import cv2
import numpy as np

Colour = Sequence[float]
Point = Sequence[float] | np.ndarray
_SHIFT = 4  # OpenCV's fixed-point coordinates: 1/16 pixel
_SHARP = 1.0  # a blur below this sigma in pixels does not show, since edges are smooth anyway


class Canvas:
    """An RGB image and the way from head units to its pixels.

    Args:
        image: H x W x 3 uint8, painted in place.
        to_pixels: 2 x 3 matrix from head units (x right, y down) to pixels.
    """

    def __init__(self, image: np.ndarray, to_pixels: np.ndarray) -> None:
        self.image = image
        self.to_pixels = to_pixels
        self.unit = float(np.hypot(to_pixels[0, 0], to_pixels[1, 0]))

    def pixels(self, points: np.ndarray) -> np.ndarray:
        """Head units to pixels, N x 2."""
        moved: np.ndarray = points @ self.to_pixels[:, :2].T + self.to_pixels[:, 2]
        return moved

    def fill(
        self,
        points: np.ndarray,
        colour: Colour,
        alpha: float = 1.0,
        blur: float = 0.0,
        clip: np.ndarray | None = None,
    ) -> None:
        """Fill a polygon (N x 2, head units).

        Args:
            points: The corners.
            colour: RGB, 0 to 255.
            alpha: 0 is invisible, 1 covers.
            blur: Softness of the edge in head units.
            clip: A second polygon; nothing is painted outside it.
        """
        corners = self.pixels(points)
        sigma = blur * self.unit
        if sigma < _SHARP:
            sigma = 0.0
        if alpha >= 1.0 and sigma == 0.0 and clip is None:
            cv2.fillPoly(self.image, [_fixed(corners)], tuple(colour), cv2.LINE_AA, _SHIFT)
            return
        window = self._window(corners, 3.0 * sigma + 2.0)
        if window is None:
            return
        mask = _mask(corners, window, sigma)
        if clip is not None:
            mask = np.minimum(mask, _mask(self.pixels(clip), window, 0.0))
        self.blend(window, colour, mask * np.float32(alpha))

    def stroke(
        self,
        points: np.ndarray,
        width: float,
        colour: Colour,
        alpha: float = 1.0,
        blur: float = 0.0,
        ends: tuple[float, float] = (0.2, 0.2),
        clip: np.ndarray | None = None,
    ) -> None:
        """Draw along a curve; `ends` are the widths at both ends as shares of `width`."""
        if alpha > 0.04:
            self.fill(ribbon(points, width, ends), colour, min(alpha, 1.0), blur, clip)

    def ellipse(
        self,
        centre: Point,
        radii: Sequence[float],
        colour: Colour,
        alpha: float = 1.0,
        blur: float = 0.0,
        clip: np.ndarray | None = None,
    ) -> None:
        """Fill an upright ellipse."""
        self.fill(ellipse(centre, radii), colour, alpha, blur, clip)

    def mask(
        self, points: np.ndarray, margin: float = 0.0
    ) -> tuple[tuple[int, int, int, int], np.ndarray] | None:
        """A polygon's window (x1, y1, x2, y2) in pixels and its mask, 0 to 1; None if outside the image."""
        corners = self.pixels(points)
        window = self._window(corners, margin + 1.0)
        return None if window is None else (window, _mask(corners, window, 0.0))

    def blend(self, window: tuple[int, int, int, int], paint: np.ndarray | Colour, mask: np.ndarray) -> None:
        """Lay a colour, or an image as large as the window, over the window by a mask of 0 to 1."""
        x1, y1, x2, y2 = window
        part = self.image[y1:y2, x1:x2]
        if not isinstance(paint, np.ndarray):
            colour = tuple(paint)
            paint = np.empty_like(part)
            cv2.rectangle(
                paint, (0, 0), (x2 - x1, y2 - y1), colour, cv2.FILLED
            )  # much faster than numpy's fill
        part[:] = cv2.blendLinear(part, paint, 1.0 - mask, mask)

    def _window(self, corners: np.ndarray, margin: float) -> tuple[int, int, int, int] | None:
        height, width = self.image.shape[:2]
        x1, y1 = np.floor(corners.min(axis=0) - margin).astype(int)
        x2, y2 = np.ceil(corners.max(axis=0) + margin).astype(int)
        x1, y1, x2, y2 = max(x1, 0), max(y1, 0), min(x2, width), min(y2, height)
        return (x1, y1, x2, y2) if x1 < x2 and y1 < y2 else None


def _fixed(corners: np.ndarray) -> np.ndarray:
    scaled: np.ndarray = np.round(corners * (1 << _SHIFT)).astype(np.int32)
    return scaled


def _mask(corners: np.ndarray, window: tuple[int, int, int, int], sigma: float) -> np.ndarray:
    """The polygon's cover in the window, 0 to 1; wide blurs are made on a shrunken mask."""
    x1, y1, x2, y2 = window
    shrink = max(1, int(sigma / 2.0))
    width, height = -(-(x2 - x1) // shrink), -(-(y2 - y1) // shrink)
    mask: np.ndarray = np.zeros((height, width), dtype=np.uint8)
    moved = (corners - (x1, y1) + 0.5) / shrink - 0.5
    cv2.fillPoly(mask, [_fixed(moved)], (255.0,), cv2.LINE_AA, _SHIFT)
    if sigma > 0.0:
        mask = cv2.GaussianBlur(mask, (0, 0), sigma / shrink, borderType=cv2.BORDER_CONSTANT)
    if shrink > 1:
        mask = cv2.resize(mask, (width * shrink, height * shrink), interpolation=cv2.INTER_LINEAR)
    cover: np.ndarray = mask[: y2 - y1, : x2 - x1].astype(np.float32) / np.float32(255.0)
    return cover


def ribbon(points: np.ndarray, width: float, ends: tuple[float, float] = (0.2, 0.2)) -> np.ndarray:
    """The outline of a stroke along N x 2 points, thick in its middle."""
    along = np.gradient(points, axis=0)
    along /= np.maximum(np.hypot(along[:, 0], along[:, 1])[:, None], 1e-9)
    normal = np.stack([-along[:, 1], along[:, 0]], axis=1)
    place = np.linspace(0.0, 1.0, len(points))
    base = ends[0] + (ends[1] - ends[0]) * place
    half = (base + (1.0 - base) * np.sin(np.pi * place) ** 0.7) * width / 2.0
    return np.concatenate([points + normal * half[:, None], (points - normal * half[:, None])[::-1]])


def by(x: float, y: float) -> np.ndarray:
    """A shift to add to points."""
    return np.array([x, y])


def ellipse(centre: Point, radii: Sequence[float], corners: int = 40) -> np.ndarray:
    """Corners of an upright ellipse."""
    angle = np.linspace(0.0, 2.0 * np.pi, corners, endpoint=False)
    return np.stack([centre[0] + radii[0] * np.cos(angle), centre[1] + radii[1] * np.sin(angle)], axis=1)


def smooth(points: Sequence[Sequence[float]] | np.ndarray, each: int = 8, closed: bool = False) -> np.ndarray:
    """A Catmull-Rom curve through the points."""
    knots = np.asarray(points, dtype=np.float64)
    if closed:
        knots = np.concatenate([knots[-1:], knots, knots[:2]])
    else:
        knots = np.concatenate([2 * knots[:1] - knots[1:2], knots, 2 * knots[-1:] - knots[-2:-1]])
    t = np.linspace(0.0, 1.0, each, endpoint=False)[:, None, None]
    a, b, c, d = knots[:-3], knots[1:-2], knots[2:-1], knots[3:]
    curve = 0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)
    curve = curve.transpose(1, 0, 2).reshape(-1, 2)
    return curve if closed else np.concatenate([curve, knots[-2:-1]])


def shade(
    colour: Colour, factor: float, towards: Colour | None = None, share: float = 0.0
) -> tuple[float, float, float]:
    """A colour made darker or lighter, and mixed with a second one."""
    mixed = np.asarray(colour, dtype=np.float64) * factor
    if towards is not None:
        mixed = mixed * (1.0 - share) + np.asarray(towards, dtype=np.float64) * share
    red, green, blue = np.clip(mixed, 0.0, 255.0).tolist()
    return (red, green, blue)
