"""Beards and moustaches."""

import numpy as np

from emo.drawn.anatomy import Anatomy
from emo.drawn.canvas import Canvas, by, shade, smooth

Tone = tuple[float, float, float]


def draw_beard(canvas: Canvas, anatomy: Anatomy) -> None:
    """Paint a person's beard; the mouth is drawn later, on top."""
    person = anatomy.person
    colour = shade(person.hair, 0.9, person.skin, 0.08)
    if person.beard in ("full", "stubble"):
        _draw_full(canvas, anatomy, colour, 0.85 if person.beard == "full" else 0.25)
    if person.beard in ("moustache", "goatee"):
        _draw_moustache(canvas, anatomy, colour)
    if person.beard == "goatee":
        _draw_goatee(canvas, anatomy, colour)


def _draw_full(canvas: Canvas, anatomy: Anatomy, colour: Tone, alpha: float) -> None:
    below = anatomy.outline[anatomy.outline[:, 1] > 0.1]
    jaw = below[np.argsort(np.arctan2(below[:, 0], below[:, 1]))]  # from the left to the right
    # The upper edge rises under the nose: a hollow there would look like a smile.
    knots = np.array(
        [(0.52, 0.38), (0.36, 0.44), (0.2, 0.39), (0.0, 0.37), (-0.2, 0.39), (-0.36, 0.44), (-0.52, 0.38)]
    )
    edge = smooth(np.concatenate([jaw[-1:], anatomy.turn(knots), jaw[:1]]))
    canvas.fill(np.concatenate([jaw, edge]), colour, alpha, 0.035, anatomy.outline)


def _draw_moustache(canvas: Canvas, anatomy: Anatomy, colour: Tone) -> None:
    lip = anatomy.mouth.upper_outer
    nose = anatomy.turn(np.array([0.0, anatomy.person.shape.nose_y + 0.15]), 0.05)
    knots = [lip[2], (lip[8] + nose) / 2, nose, (lip[-9] + nose) / 2, lip[-3]]
    canvas.fill(np.concatenate([smooth(knots), lip[2:-2][::-1]]), colour, 0.9, 0.015)


def _draw_goatee(canvas: Canvas, anatomy: Anatomy, colour: Tone) -> None:
    lip = anatomy.mouth.lower_outer
    chin = anatomy.outline[anatomy.outline[:, 1].argmax()]
    knots = [lip[8] + by(-0.02, 0.05), chin + by(-0.2, -0.12), chin, chin + by(0.2, -0.12)]
    knots += [lip[-9] + by(0.02, 0.05), lip[16] + by(0.0, 0.05)]
    canvas.fill(smooth(knots, closed=True), colour, 0.88, 0.025)
