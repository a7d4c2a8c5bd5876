"""Things in a room that are not faces, many of them round or skin-coloured on purpose."""

from collections.abc import Callable

import numpy as np

from emo.drawn.canvas import Canvas, by, ellipse, shade, smooth
from emo.drawn.person import SKIN_TONES

Colour = tuple[float, float, float]
Point = tuple[float, float]
Thing = Callable[[Canvas, np.random.Generator, Point, float], None]


def box(x1: float, y1: float, x2: float, y2: float) -> np.ndarray:
    """Corners of a rectangle."""
    return np.array([(x1, y1), (x2, y1), (x2, y2), (x1, y2)])


def muted(rng: np.random.Generator, dark: float, light: float, colourful: float = 18.0) -> Colour:
    """A colour of a given range of brightness, 0 to 255."""
    red, green, blue = np.clip(rng.uniform(dark, light) + rng.normal(0.0, colourful, 3), 5, 250).tolist()
    return (red, green, blue)


def _shadowed(canvas: Canvas, corners: np.ndarray, colour: Colour) -> None:
    canvas.fill(corners + by(0.012, 0.014), (20, 18, 18), 0.35, 0.012)
    canvas.fill(corners, colour)


def _clock(canvas: Canvas, rng: np.random.Generator, at: Point, size: float) -> None:
    rim, dial = muted(rng, 20, 180, 30), muted(rng, 200, 245, 8)
    _shadowed(canvas, ellipse(at, (size, size)), rim)
    canvas.ellipse(at, (size * 0.88, size * 0.88), dial)
    for hour in range(12):
        way = np.array([np.cos(hour * np.pi / 6), np.sin(hour * np.pi / 6)])
        canvas.stroke(
            np.array([at + way * size * 0.72, at + way * size * 0.82]),
            size * 0.06,
            (30, 30, 30),
            1.0,
            0.0,
            (1.0, 1.0),
        )
    for length, width in ((0.45, 0.09), (0.68, 0.06)):
        angle = rng.uniform(0, 2 * np.pi)
        tip = at + np.array([np.cos(angle), np.sin(angle)]) * size * length
        canvas.stroke(np.array([at, tip]), size * width, (20, 20, 20), 1.0, 0.0, (1.0, 1.0))


def _picture(canvas: Canvas, rng: np.random.Generator, at: Point, size: float) -> None:
    x, y = at
    wide, tall = size * float(rng.uniform(0.7, 1.4)), size * float(rng.uniform(0.7, 1.4))
    _shadowed(canvas, box(x - wide, y - tall, x + wide, y + tall), muted(rng, 20, 200, 30))
    inner = box(x - wide * 0.88, y - tall * 0.88, x + wide * 0.88, y + tall * 0.88)
    canvas.fill(inner, muted(rng, 120, 240))
    for _ in range(int(rng.integers(2, 7))):
        spot = (x + float(rng.normal(0, wide * 0.4)), y + float(rng.normal(0, tall * 0.4)))
        radii = (wide * float(rng.uniform(0.1, 0.6)), tall * float(rng.uniform(0.05, 0.4)))
        canvas.ellipse(spot, radii, muted(rng, 30, 230, 45), 0.9, 0.004, inner)


def _poster(canvas: Canvas, rng: np.random.Generator, at: Point, size: float) -> None:
    x, y = at
    wide, tall = size * 0.9, size * 1.25
    _shadowed(canvas, box(x - wide, y - tall, x + wide, y + tall), muted(rng, 60, 240, 30))
    for row in range(int(rng.integers(3, 8))):
        top = y - tall * 0.8 + row * tall * 0.24
        end = x - wide * 0.75 + wide * 1.5 * float(rng.uniform(0.3, 1.0))
        canvas.fill(box(x - wide * 0.75, top, end, top + tall * 0.08), muted(rng, 10, 120, 30))


def _lamp(canvas: Canvas, rng: np.random.Generator, at: Point, size: float) -> None:
    x, y = at
    canvas.fill(box(x - size * 0.06, y, x + size * 0.06, y + 1.2), muted(rng, 30, 140))
    on = rng.random() < 0.6
    if on:
        canvas.ellipse(at, (size * 1.8, size * 1.8), (255, 236, 190), 0.4, size * 0.8)
    colour = (255, 240, 205) if on else muted(rng, 120, 230)
    if rng.random() < 0.5:
        canvas.ellipse(at, (size * 0.8, size * 0.8), colour, 1.0, 0.004)
    else:
        canvas.fill(
            np.array(
                [
                    (x - 0.55 * size, y - 0.6 * size),
                    (x + 0.55 * size, y - 0.6 * size),
                    (x + size, y + 0.6 * size),
                    (x - size, y + 0.6 * size),
                ]
            ),
            colour,
        )


def _plant(canvas: Canvas, rng: np.random.Generator, at: Point, size: float) -> None:
    x, y = at
    pot = np.array(
        [
            (x - size * 0.45, y),
            (x + size * 0.45, y),
            (x + size * 0.32, y + size * 0.8),
            (x - size * 0.32, y + size * 0.8),
        ]
    )
    green = (float(rng.uniform(30, 90)), float(rng.uniform(80, 150)), float(rng.uniform(30, 80)))
    for _ in range(int(rng.integers(8, 18))):
        lean, tall = float(rng.normal(0.0, 0.9)), size * float(rng.uniform(0.8, 1.7))
        leaf = smooth(
            [
                (x, y),
                (x + lean * size * 0.4, y - tall * 0.6),
                (x + lean * size, y - tall * (1.0 - 0.3 * abs(lean))),
            ]
        )
        canvas.stroke(leaf, size * float(rng.uniform(0.12, 0.3)), shade(green, float(rng.uniform(0.6, 1.4))))
    _shadowed(canvas, pot, muted(rng, 60, 220, 35))


def _ball(canvas: Canvas, rng: np.random.Generator, at: Point, size: float) -> None:
    """A ball, balloon or wooden knob; as often as not in the colour of skin."""
    tone = SKIN_TONES[int(rng.integers(len(SKIN_TONES)))] * (0.98, 0.86, 0.78)
    colour: Colour = shade(tone, 1.0) if rng.random() < 0.5 else muted(rng, 50, 220, 60)
    body = ellipse(at, (size * float(rng.uniform(0.7, 1.0)), size))
    _shadowed(canvas, body, colour)
    canvas.ellipse(
        (at[0] + size * 0.2, at[1] + size * 0.4),
        (size * 0.8, size * 0.6),
        shade(colour, 0.5),
        0.5,
        size * 0.25,
        body,
    )
    canvas.ellipse(
        (at[0] - size * 0.3, at[1] - size * 0.4), (size * 0.2, size * 0.16), (255, 255, 255), 0.5, size * 0.08
    )


def _plate(canvas: Canvas, rng: np.random.Generator, at: Point, size: float) -> None:
    colour = muted(rng, 120, 240, 25)
    _shadowed(canvas, ellipse(at, (size, size)), colour)
    canvas.ellipse(at, (size * 0.68, size * 0.68), shade(colour, 0.88), 1.0, 0.004)
    canvas.ellipse(at, (size * 0.6, size * 0.6), shade(colour, 1.04), 1.0, 0.006)
    if rng.random() < 0.5:
        canvas.ellipse(at, (size * 0.25, size * 0.25), muted(rng, 40, 180, 50), 0.9, 0.01)


def _cushion(canvas: Canvas, rng: np.random.Generator, at: Point, size: float) -> None:
    x, y = at
    corners = [
        (x - size, y - size * 0.8),
        (x, y - size * 0.7),
        (x + size, y - size * 0.8),
        (x + size * 0.9, y),
        (x + size, y + size * 0.8),
    ]
    corners += [(x, y + size * 0.72), (x - size, y + size * 0.8), (x - size * 0.9, y)]
    shape = smooth(corners, closed=True)
    colour = muted(rng, 60, 220, 40)
    _shadowed(canvas, shape, colour)
    for spot in rng.uniform(-0.7, 0.7, (int(rng.integers(0, 8)), 2)):
        canvas.ellipse(
            np.array(at) + spot * size, (size * 0.12, size * 0.12), shade(colour, 0.6), 0.9, 0.0, shape
        )
    canvas.ellipse((x, y + size * 0.5), (size, size * 0.5), shade(colour, 0.6), 0.4, size * 0.2, shape)


def _jacket(canvas: Canvas, rng: np.random.Generator, at: Point, size: float) -> None:
    """Clothes on a hook: shoulders without a head."""
    x, y = at
    colour = muted(rng, 40, 190, 30)
    half = [(0.05, 0.0), (0.5, 0.15), (0.75, 0.6), (0.8, 2.4), (0.45, 2.5)]
    right = np.array(half) * size
    shape = smooth(np.concatenate([right, right[::-1] * (-1.0, 1.0)]) + by(x, y))
    _shadowed(canvas, shape, colour)
    canvas.stroke(np.array([(x, y + 0.1 * size), (x, y + 2.4 * size)]), size * 0.05, shade(colour, 0.6))
    for side in (-1, 1):
        canvas.stroke(
            smooth([(x + side * size * 0.5, y + 0.5 * size), (x + side * size * 0.45, y + 2.3 * size)]),
            size * 0.08,
            shade(colour, 0.6),
            0.7,
            0.008,
        )


def _monitor(canvas: Canvas, rng: np.random.Generator, at: Point, size: float) -> None:
    x, y = at
    _shadowed(canvas, box(x - size * 1.5, y - size, x + size * 1.5, y + size), (26, 26, 30))
    canvas.fill(
        box(x - size * 1.42, y - size * 0.92, x + size * 1.42, y + size * 0.88), muted(rng, 30, 220, 40)
    )
    canvas.fill(box(x - size * 1.2, y - size * 0.6, x + size * 0.4, y - size * 0.5), (240, 240, 240), 0.6)
    canvas.fill(box(x - size * 0.12, y + size, x + size * 0.12, y + size * 1.5), (40, 40, 44))


def _sockets(canvas: Canvas, rng: np.random.Generator, at: Point, size: float) -> None:
    """A wall socket: two dark holes in a pale square, which simple detectors take for eyes."""
    x, y = at
    small = size * 0.45
    _shadowed(canvas, box(x - small, y - small, x + small, y + small), muted(rng, 200, 240, 6))
    canvas.ellipse(at, (small * 0.75, small * 0.75), muted(rng, 170, 210, 6))
    for side in (-1, 1):
        canvas.ellipse((x + side * small * 0.3, y), (small * 0.1, small * 0.1), (25, 25, 25))


SMALL_THINGS: tuple[Thing, ...] = (
    *(_clock, _picture, _picture, _poster, _lamp, _plant, _ball, _ball),
    *(_plate, _cushion, _jacket, _monitor, _sockets),
)
