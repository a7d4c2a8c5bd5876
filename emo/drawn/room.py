"""Rooms to sit in: walls, windows, doors, curtains, shelves, and things that are not faces."""

import cv2
import numpy as np

from emo.drawn.canvas import Canvas, by, shade, smooth
from emo.drawn.objects import SMALL_THINGS, Colour, box, muted
from emo.drawn.relief import Light


def draw_room(rng: np.random.Generator, size: tuple[int, int], light: Light) -> np.ndarray:
    """Draw a room without people.

    Args:
        rng: Source of chance.
        size: Width and height in pixels.
        light: Its side decides which end of the wall is bright.

    Returns:
        H x W x 3 uint8 RGB, slightly out of focus.
    """
    width, height = size
    image = _wall(rng, size, light)
    # Rooms are drawn in units of the frame's height, so that every size shows the same things.
    canvas = Canvas(image, np.array([[height, 0.0, 0.0], [0.0, height, 0.0]]))
    aspect = width / height
    if rng.random() < 0.25:
        _floor(canvas, rng, aspect)
    large = [_window, _door, _curtain, _shelf, _sofa, _panel]
    spots = np.linspace(0.0, aspect, 4)[:-1] + aspect / 6
    rng.shuffle(spots)
    for x, index in zip(spots, rng.permutation(len(large)), strict=False):
        if rng.random() < 0.7:
            large[int(index)](canvas, rng, float(x + rng.normal(0.0, 0.08)))
    for _ in range(int(rng.integers(1, 7))):
        thing = SMALL_THINGS[int(rng.integers(len(SMALL_THINGS)))]
        at = (float(rng.uniform(0.02, aspect - 0.02)), float(rng.uniform(0.08, 0.85)))
        thing(canvas, rng, at, float(np.exp(rng.uniform(np.log(0.05), np.log(0.22)))))
    sigma = float(rng.uniform(0.4, 3.0)) * height / 480.0
    return cv2.GaussianBlur(image, (0, 0), sigma)


def _wall(rng: np.random.Generator, size: tuple[int, int], light: Light) -> np.ndarray:
    width, height = size
    tone = np.array(muted(rng, 60, 225))
    x = np.linspace(-1.0, 1.0, width)[None, :, None]
    y = np.linspace(-1.0, 1.0, height)[:, None, None]
    fall = 1.0 + 0.3 * light.side * (0.3 + light.hard) * x - 0.12 * light.above * y
    glow = rng.uniform(-0.15, 0.3) * np.exp(
        -((x - rng.uniform(-1, 1)) ** 2 + (y + rng.uniform(0, 1)) ** 2) / 0.5
    )
    patches = cv2.resize(rng.normal(0.0, 0.025, (5, 7)), (width, height), interpolation=cv2.INTER_CUBIC)[
        :, :, None
    ]
    lit = tone * (fall + glow + patches) * np.array(light.tint)
    wall: np.ndarray = np.clip(lit, 6, 250).astype(np.uint8)
    return wall


def _floor(canvas: Canvas, rng: np.random.Generator, aspect: float) -> None:
    y = float(rng.uniform(0.75, 0.95))
    canvas.fill(box(-0.1, y, aspect + 0.1, 1.1), muted(rng, 40, 150))
    canvas.fill(box(-0.1, y - 0.03, aspect + 0.1, y), muted(rng, 150, 230))


def _window(canvas: Canvas, rng: np.random.Generator, x: float) -> None:
    wide, tall, top = (
        float(rng.uniform(0.2, 0.32)),
        float(rng.uniform(0.35, 0.6)),
        float(rng.uniform(0.03, 0.15)),
    )
    frame: Colour = shade(muted(rng, 170, 245), 1.0)
    canvas.fill(box(x - wide - 0.02, top - 0.02, x + wide + 0.02, top + tall + 0.02), frame)
    night = rng.random() < 0.2
    sky = (24, 30, 52) if night else (205, 222, 240)
    pane = box(x - wide, top, x + wide, top + tall)
    canvas.fill(pane, sky)
    canvas.ellipse(
        (x, top + tall),
        (wide * 1.3, tall * 0.45),
        muted(rng, 20, 60) if night else (120, 150, 110),
        0.8,
        0.05,
        pane,
    )
    canvas.ellipse(
        (x - wide * 0.3, top + tall * 0.25), (wide * 0.6, tall * 0.1), (255, 255, 255), 0.5, 0.04, pane
    )
    canvas.fill(box(x - 0.01, top, x + 0.01, top + tall), frame)
    canvas.fill(box(x - wide, top + tall * 0.4, x + wide, top + tall * 0.4 + 0.015), frame)
    if rng.random() < 0.4:
        for row in np.arange(top, top + tall * float(rng.uniform(0.3, 1.0)), 0.025):
            canvas.fill(box(x - wide, row, x + wide, row + 0.014), shade(frame, 0.93), 0.9)
    canvas.fill(
        box(x - wide - 0.04, top + tall + 0.02, x + wide + 0.04, top + tall + 0.045), shade(frame, 0.85)
    )


def _door(canvas: Canvas, rng: np.random.Generator, x: float) -> None:
    wide, top = float(rng.uniform(0.15, 0.22)), float(rng.uniform(0.02, 0.2))
    colour = muted(rng, 70, 235)
    canvas.fill(box(x - wide - 0.03, top - 0.03, x + wide + 0.03, 1.1), shade(colour, 0.82))
    canvas.fill(box(x - wide, top, x + wide, 1.1), colour)
    for y1, y2 in ((top + 0.06, top + 0.36), (top + 0.44, 0.98)):
        for side in (-1, 1):
            middle = x + side * wide * 0.48
            canvas.fill(box(middle - wide * 0.36, y1, middle + wide * 0.36, y2), shade(colour, 0.84))
            canvas.fill(box(middle - wide * 0.32, y1 + 0.015, middle + wide * 0.34, y2), shade(colour, 1.05))
    canvas.ellipse((x + wide * 0.88, 0.6), (0.014, 0.014), (190, 170, 110))


def _curtain(canvas: Canvas, rng: np.random.Generator, x: float) -> None:
    wide, colour = float(rng.uniform(0.12, 0.25)), muted(rng, 60, 220)
    canvas.fill(box(x - wide, -0.02, x + wide, 1.1), colour)
    for fold in np.arange(x - wide, x + wide, float(rng.uniform(0.04, 0.07))):
        line = smooth([(fold, -0.05), (fold + 0.01, 0.4), (fold - 0.005, 0.8), (fold + 0.01, 1.1)])
        canvas.stroke(line, 0.03, shade(colour, 0.65), 0.6, 0.01, (0.8, 1.0))
        canvas.stroke(
            line + by(0.025, 0.0), 0.02, shade(colour, 1.15, (255, 255, 255), 0.1), 0.5, 0.01, (0.8, 1.0)
        )


def _shelf(canvas: Canvas, rng: np.random.Generator, x: float) -> None:
    wide, top, wood = float(rng.uniform(0.2, 0.35)), float(rng.uniform(0.05, 0.3)), muted(rng, 50, 190)
    rows, tall = int(rng.integers(2, 5)), float(rng.uniform(0.18, 0.26))
    if rng.random() < 0.6:
        canvas.fill(
            box(x - wide - 0.015, top - 0.02, x + wide + 0.015, top + rows * tall + 0.02), shade(wood, 0.6)
        )
    for row in range(rows):
        base = top + (row + 1) * tall
        at = x - wide
        while at < x + wide - 0.03:
            thick = float(rng.uniform(0.012, 0.04))
            if rng.random() < 0.85:
                book = base - tall * float(rng.uniform(0.5, 0.85))
                spine = muted(rng, 30, 220, 45)
                canvas.fill(box(at, book, at + thick, base), spine)
                canvas.fill(box(at, book + 0.02, at + thick, book + 0.032), shade(spine, 0.6))
            at += thick + 0.002
        canvas.fill(box(x - wide - 0.015, base, x + wide + 0.015, base + 0.018), wood)


def _sofa(canvas: Canvas, rng: np.random.Generator, x: float) -> None:
    top, wide, colour = float(rng.uniform(0.55, 0.75)), float(rng.uniform(0.3, 0.6)), muted(rng, 50, 190)
    back = smooth(
        [
            (x - wide, 1.1),
            (x - wide, top + 0.06),
            (x - wide + 0.07, top),
            (x + wide - 0.07, top),
            (x + wide, top + 0.06),
            (x + wide, 1.1),
        ]
    )
    canvas.fill(back, colour)
    canvas.stroke(np.array([(x, top + 0.02), (x, 1.1)]), 0.015, shade(colour, 0.6), 0.7, 0.005, (1.0, 1.0))
    canvas.ellipse((x, top), (wide, 0.06), shade(colour, 1.25), 0.4, 0.03, back)


def _panel(canvas: Canvas, rng: np.random.Generator, x: float) -> None:
    """Part of the wall in another colour: tiles, stripes or plain."""
    wide, colour = float(rng.uniform(0.2, 0.5)), muted(rng, 60, 220)
    area = box(x - wide, -0.05, x + wide, 1.1)
    canvas.fill(area, colour, 0.8)
    step = float(rng.uniform(0.06, 0.16))
    kind = int(rng.integers(3))
    for k in range(int(2 * wide / step) + 1):
        if kind < 2:
            at = x - wide + k * step
            canvas.fill(box(at, -0.05, at + step * 0.12, 1.1), shade(colour, 0.8), 0.8)
    for k in range(int(1.1 / step) + 1):
        if kind == 0:
            canvas.fill(box(x - wide, k * step, x + wide, k * step + step * 0.12), shade(colour, 0.8), 0.8)
