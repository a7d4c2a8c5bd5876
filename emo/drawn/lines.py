"""Folds, wrinkles and freckles: what age, an action unit or the sun writes into a face."""

import numpy as np

from emo.drawn.anatomy import Anatomy
from emo.drawn.canvas import Canvas, shade, smooth

Tone = tuple[float, float, float]


def draw_lines(canvas: Canvas, anatomy: Anatomy) -> None:
    """Paint all lines on the skin, before its light."""
    dark = shade(anatomy.person.skin, 0.5, (80, 20, 10), 0.15)
    for side in (-1, 1):
        _draw_cheek(canvas, anatomy, side, dark)
        _draw_frown(canvas, anatomy, side, dark)
    _draw_forehead(canvas, anatomy, dark)
    _draw_freckles(canvas, anatomy, dark)


def _draw_cheek(canvas: Canvas, anatomy: Anatomy, side: int, dark: Tone) -> None:
    """The fold from the nose to the mouth, and crow's feet."""
    person, au, shape = anatomy.person, anatomy.units, anatomy.person.shape
    half_mouth = anatomy.mouth.upper_inner[-1][0] - anatomy.mouth.upper_inner[16][0]
    fold = max(au.smile, 0.8 * au.upper_lip, 0.6 * au.nose)
    out = max(half_mouth + 0.05, 0.3)
    knots = [(0.19, 0.2), (0.27 + 0.05 * fold, 0.32), (out + 0.02, 0.45), (out, 0.45 + 0.14 * fold)]
    line = anatomy.turn(smooth(np.array(knots) * (side, 1.0)), 0.02)
    canvas.stroke(line, 0.03, dark, 0.08 + 0.25 * person.age + 0.45 * fold, 0.01)
    start = shape.eye_x + shape.eye_width + 0.03
    for slant in (-0.05, 0.0, 0.05):
        foot = np.array([(start, shape.eye_y + slant * 0.5), (start + 0.1, shape.eye_y + slant * 1.8)])
        strength = 0.2 * person.age**2 + 0.5 * au.cheeks
        canvas.stroke(anatomy.turn(foot * (side, 1.0)), 0.014, dark, strength, 0.004)


def _draw_frown(canvas: Canvas, anatomy: Anatomy, side: int, dark: Tone) -> None:
    """The upright line between the brows."""
    frown = anatomy.units.frown
    knots = [(0.05, -0.44), (0.06 - 0.02 * frown, -0.36), (0.07, -0.28)]
    canvas.stroke(anatomy.turn(smooth(np.array(knots) * (side, 1.0)), 0.05), 0.02, dark, 0.75 * frown, 0.006)


def _draw_forehead(canvas: Canvas, anatomy: Anatomy, dark: Tone) -> None:
    """Lines across the forehead and across the bridge of the nose."""
    au = anatomy.units
    raised = au.outer_brow + 0.4 * au.inner_brow * (1 - au.outer_brow)
    strength = 0.15 * anatomy.person.age**2 + 0.35 * raised
    for row in range(3):
        y = -0.58 - 0.09 * row
        knots = [(-0.36, y + 0.02), (-0.15, y), (0.15, y), (0.36, y + 0.02)]
        canvas.stroke(anatomy.turn(smooth(knots)), 0.02, dark, strength, 0.008)
    for lower in (0.0, 0.045):
        knots = [(-0.07, -0.2 + lower), (0.0, -0.215 + lower), (0.07, -0.2 + lower)]
        canvas.stroke(anatomy.turn(smooth(knots), 0.1), 0.016, dark, 0.5 * au.nose, 0.005)


def _draw_freckles(canvas: Canvas, anatomy: Anatomy, dark: Tone) -> None:
    person = anatomy.person
    rng = np.random.default_rng([person.seed, 5])
    for _ in range(40 if person.freckles > 0 else 0):
        spot = np.array([rng.normal(0.0, 0.32), rng.normal(0.1, 0.1)])
        canvas.ellipse(anatomy.turn(spot, 0.03), (0.012, 0.01), dark, 0.4 * person.freckles, 0.004)
