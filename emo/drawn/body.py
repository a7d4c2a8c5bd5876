"""Neck, shoulders and clothes."""

import numpy as np

from emo.drawn.anatomy import Anatomy
from emo.drawn.canvas import Canvas, by, ellipse, shade, smooth
from emo.drawn.relief import Light

Tone = tuple[float, float, float]
FAR_DOWN = 14.0  # head units; below every frame


def draw_body(canvas: Canvas, anatomy: Anatomy, light: Light, bright: float) -> None:
    """Paint neck and shoulders; the head comes on top."""
    person = anatomy.person
    shift = 0.05 * np.sin(anatomy.view.yaw)
    cloth = shade(person.cloth, bright)
    if person.clothes == "hood":
        canvas.ellipse((shift, 1.22), (person.shape.neck + 0.36, 0.42), shade(cloth, 0.6))
    _draw_neck(canvas, anatomy, bright, shift)
    body = _outline(anatomy, shift)
    canvas.fill(body, cloth)
    _draw_cut(canvas, anatomy, body, bright, shift)
    _draw_folds(canvas, body, person.shape.shoulders, cloth, light)


def _draw_neck(canvas: Canvas, anatomy: Anatomy, bright: float, shift: float) -> None:
    tone, neck = anatomy.person.skin, anatomy.person.shape.neck
    column = [(neck, 0.3), (neck * 0.96, 1.0), (neck * 1.04, 1.3), (neck * 1.3, 1.5), (neck * 0.9, 2.3)]
    skin = _mirror(column, shift)
    canvas.fill(skin, shade(tone, 0.86 * bright, (150, 60, 40), 0.06))
    shadow = shade(tone, 0.45 * bright, (70, 20, 10), 0.1)
    canvas.ellipse((shift, 1.0), (neck * 1.05, 0.28), shadow, 0.6, 0.1, skin)


def _outline(anatomy: Anatomy, shift: float) -> np.ndarray:
    wide, neck = anatomy.person.shape.shoulders, anatomy.person.shape.neck
    slope = [
        (neck * 1.02, 1.3),
        (neck * 1.45, 1.42),
        (wide * 0.72, 1.62),
        (wide * 0.95, 1.95),
        (wide * 1.05, 2.6),
    ]
    right = smooth(slope)
    left = (right * (-1.0, 1.0))[::-1]
    bottom = np.array([(wide * 1.1, FAR_DOWN), (-wide * 1.1, FAR_DOWN)])
    collar = _collar_edge(anatomy.person.clothes, neck, shift)
    return np.concatenate([left + by(shift, 0.0), collar, right + by(shift, 0.0), bottom])


def _draw_folds(canvas: Canvas, body: np.ndarray, wide: float, cloth: Tone, light: Light) -> None:
    """Arms, folds, and the light from the side."""
    for side in (-1, 1):
        arm = [(side * wide * 0.72, 2.2), (side * wide * 0.8, 3.0), (side * wide * 0.76, 4.5)]
        canvas.stroke(smooth(arm), 0.07, shade(cloth, 0.5), 0.5, 0.05, clip=body)
        fold = [(side * wide * 0.3, 1.6), (side * wide * 0.45, 2.0), (side * wide * 0.4, 2.5)]
        canvas.stroke(smooth(fold), 0.1, shade(cloth, 0.6), 0.3, 0.06, clip=body)
        lit = light.side * side
        tone = shade(cloth, 1.25, (255, 255, 255), 0.08) if lit > 0 else shade(cloth, 0.4)
        strength = min(0.1 + 0.5 * abs(lit) * light.hard, 0.6)
        canvas.ellipse((side * wide * 0.85, 2.6), (wide * 0.45, 1.6), tone, strength, 0.3, body)


def _mirror(half: list[tuple[float, float]], shift: float) -> np.ndarray:
    right = smooth(half)
    outline: np.ndarray = np.concatenate([right, (right * (-1.0, 1.0))[::-1]]) + by(shift, 0.0)
    return outline


def _collar_edge(clothes: str, neck: float, shift: float) -> np.ndarray:
    deep = {"vneck": 0.75, "collar": 0.45, "hood": 0.3}.get(clothes, 0.22)
    power = 1.0 if clothes in ("vneck", "collar") else 2.0
    t = np.linspace(-1.0, 1.0, 21)
    return np.stack([t * neck * 1.02 + shift, 1.3 + deep * (1 - np.abs(t) ** power)], axis=1)


def _draw_cut(canvas: Canvas, anatomy: Anatomy, body: np.ndarray, bright: float, shift: float) -> None:
    person = anatomy.person
    neck, second = person.shape.neck, shade(person.cloth_second, bright)
    cloth = shade(person.cloth, bright)
    edge = _collar_edge(person.clothes, neck, shift)
    if person.clothes == "striped":
        for row in range(24):
            y = 1.75 + 0.42 * row
            band = smooth(
                [(-2.2, y + 0.12), (-1.0, y - 0.02), (0.0, y + 0.03), (1.0, y - 0.02), (2.2, y + 0.12)]
            )
            canvas.stroke(band, 0.2, second, 0.9, 0.01, (1.0, 1.0), body)
    if person.clothes == "collar":
        for side in (-1, 1):
            flap = np.array([(neck * 1.02, 1.18), (neck * 1.15, 1.5), (neck * 0.55, 1.95), (0.0, 1.75)]) * (
                side,
                1.0,
            )
            canvas.fill(flap + by(shift, 0.0), shade(second, 0.95), 1.0, 0.012)
            canvas.stroke(flap[1:] + by(shift, 0.0), 0.02, shade(second, 0.5), 0.6, 0.01)
        for row in range(4):
            canvas.fill(ellipse((shift, 2.1 + 0.45 * row), (0.04, 0.04)), shade(second, 0.6))
    elif person.clothes == "hood":
        for side in (-1, 1):
            cord = [(side * 0.2 + shift, 1.55), (side * 0.23 + shift, 1.9), (side * 0.2 + shift, 2.3)]
            canvas.stroke(smooth(cord), 0.045, second, 0.95, 0.008, (0.8, 0.8))
        canvas.stroke(edge, 0.12, shade(cloth, 0.75), 1.0, 0.02, (1.0, 1.0))
    else:
        canvas.stroke(edge, 0.07, shade(cloth, 0.8), 1.0, 0.012, (1.0, 1.0))
