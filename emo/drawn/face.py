"""Draws one head: skin and its light, ears, eyes, brows, nose, mouth, lines, hair, glasses."""

import cv2
import numpy as np

from emo.drawn.anatomy import Anatomy, Eye
from emo.drawn.beard import draw_beard
from emo.drawn.canvas import Canvas, by, ellipse, shade, smooth
from emo.drawn.hair import LONG, draw_hair_front
from emo.drawn.lines import draw_lines
from emo.drawn.relief import Light, grid_to_head, skin_light

Tone = tuple[float, float, float]


def draw_head(canvas: Canvas, anatomy: Anatomy, light: Light, bright: float) -> None:
    """Paint a head in front of what is there.

    Args:
        canvas: Where to paint; its matrix places the head.
        anatomy: The head.
        light: The light of the scene.
        bright: Factor on the colours of hair, glasses and eyes, which the relief's light does not reach.
    """
    skin = anatomy.person.skin
    if anatomy.person.hair_style not in LONG:
        for ear, side in zip(anatomy.ears, (-1, 1), strict=True):
            _draw_ear(canvas, anatomy, ear, side)
    canvas.fill(anatomy.outline, skin)
    draw_lines(canvas, anatomy)
    _draw_nose(canvas, anatomy)
    draw_beard(canvas, anatomy)
    _draw_mouth(canvas, anatomy)
    for eye in anatomy.eyes:
        _draw_eye(canvas, anatomy, eye)
    _light_skin(canvas, anatomy, light)
    draw_hair_front(canvas, anatomy, bright)
    for eye in anatomy.eyes:
        _draw_brow(canvas, anatomy, eye, bright)
    _draw_glasses(canvas, anatomy, bright)


def _light_skin(canvas: Canvas, anatomy: Anatomy, light: Light) -> None:
    factors = skin_light(anatomy, light)
    outline = np.concatenate([anatomy.outline, *anatomy.ears])
    found = canvas.mask(outline)
    if found is None:
        return
    (x1, y1, x2, y2), _ = found
    full = np.vstack([canvas.to_pixels, [0.0, 0.0, 1.0]]) @ np.vstack([grid_to_head(), [0.0, 0.0, 1.0]])
    full[:2, 2] -= (x1, y1)
    warped = cv2.warpAffine(
        factors, full[:2], (x2 - x1, y2 - y1), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    part = canvas.image[y1:y2, x1:x2]
    cover = np.zeros(part.shape[:2], dtype=np.uint8)
    for polygon in (anatomy.outline, *anatomy.ears):
        corners = np.round((canvas.pixels(polygon) - by(x1, y1)) * 16).astype(np.int32)
        cv2.fillPoly(cover, [corners], (255.0,), cv2.LINE_AA, 4)
    lit = cv2.multiply(part, warped, dtype=cv2.CV_8U)
    canvas.blend((x1, y1, x2, y2), lit, cover.astype(np.float32) / np.float32(255.0))


def _draw_ear(canvas: Canvas, anatomy: Anatomy, ear: np.ndarray, side: int) -> None:
    skin = anatomy.person.skin
    canvas.fill(ear, shade(skin, 0.93))
    middle = ear.mean(axis=0)
    inner = (ear - middle) * (0.55, 0.65) + middle + by(0.01 * side, -0.02)
    canvas.fill(inner, shade(skin, 0.62, (120, 40, 30), 0.12), 0.65, 0.015)


def _draw_nose(canvas: Canvas, anatomy: Anatomy) -> None:
    person, au = anatomy.person, anatomy.units
    dark = shade(person.skin, 0.45, (90, 20, 10), 0.12)
    up = 0.035 * au.nose + 0.015 * au.upper_lip
    wide = person.shape.nose_width * (1 + 0.12 * au.smile + 0.15 * au.nose)
    y = person.shape.nose_y + 0.05 - up
    under = anatomy.turn(ellipse((0.0, y + 0.035), (wide * 0.85, 0.03)), 0.08)
    canvas.fill(under, dark, 0.35, 0.02)
    for side in (-1, 1):
        hole = anatomy.turn(ellipse((side * wide * 0.45, y + 0.012), (0.032, 0.017)), 0.12)
        canvas.fill(hole, shade(dark, 0.5), 0.85, 0.006)
        knots = [(wide * 0.72, y - 0.12), (wide * 0.98, y - 0.06), (wide, y - 0.005), (wide * 0.78, y + 0.03)]
        wing = anatomy.turn(smooth(np.array(knots) * (side, 1.0)), 0.07)
        canvas.stroke(wing, 0.022, dark, 0.55, 0.006)
        bridge = np.array(
            [(0.075, person.shape.eye_y - 0.1), (0.06, person.shape.eye_y + 0.08), (0.085, y - 0.16)]
        )
        canvas.stroke(anatomy.turn(smooth(bridge * (side, 1.0)), 0.06), 0.045, dark, 0.16, 0.025)
    tip = anatomy.turn(np.array([0.0, y - 0.08]), 0.14)
    canvas.ellipse(tip, (0.045, 0.05), (255, 250, 240), 0.25, 0.025)
    ridge = anatomy.turn(np.array([(0.0, -0.2), (0.0, -0.05), (0.0, y - 0.15)]), 0.1)
    canvas.stroke(ridge, 0.045, (255, 250, 240), 0.14, 0.02)


def _draw_mouth(canvas: Canvas, anatomy: Anatomy) -> None:
    person, au, mouth = anatomy.person, anatomy.units, anatomy.mouth
    red = person.lip_red
    lips = shade(person.skin, 0.82, (170, 50, 60), 0.18 + 0.4 * red)
    dark = shade(person.skin, 0.3, (60, 10, 14), 0.5)
    upper = np.concatenate([mouth.upper_outer, mouth.upper_inner[::-1]])
    lower = np.concatenate([mouth.lower_inner, mouth.lower_outer[::-1]])
    canvas.stroke(mouth.lower_outer[6:-6] + by(0.0, 0.035), 0.05, shade(person.skin, 0.5), 0.35, 0.02)
    if mouth.gap > 0.01:
        canvas.fill(mouth.opening, (52, 14, 18))
        _draw_teeth(canvas, anatomy)
    canvas.fill(upper, shade(lips, 0.84), 1.0, 0.005)
    canvas.fill(lower, lips, 1.0, 0.005)
    canvas.stroke(
        mouth.lower_inner[9:-9] + by(0.0, person.shape.lip * 0.5),
        person.shape.lip * 0.35,
        (255, 235, 230),
        0.22,
        0.012,
    )
    line = mouth.upper_inner
    canvas.stroke(line, 0.03 if mouth.gap < 0.02 else 0.018, dark, 0.85, 0.004, (0.5, 0.5))
    for corner, side in ((line[0], -1), (line[-1], 1)):
        bend = au.smile * -0.03 + au.corners_down * 0.035
        tail = np.array([corner + by(-0.02 * side, 0.0), corner, corner + by(0.03 * side, bend)])
        canvas.stroke(tail, 0.035, dark, 0.5, 0.01, (0.6, 0.3))


def _draw_teeth(canvas: Canvas, anatomy: Anatomy) -> None:
    au, mouth = anatomy.units, anatomy.mouth
    inside = mouth.opening
    white = (232, 228, 216)
    show = max(au.smile, au.upper_lip, 0.35 * au.jaw)
    drop = min(mouth.gap * 0.75, 0.03 + 0.07 * show)
    row = mouth.upper_inner
    canvas.fill(np.concatenate([row, (row + by(0.0, drop))[::-1]]), white, 0.95, 0.006, inside)
    if au.upper_lip > 0.25:
        low = mouth.lower_inner
        canvas.fill(
            np.concatenate([low - by(0.0, mouth.gap * 0.36), low[::-1]]),
            shade(white, 0.9),
            0.95,
            0.006,
            inside,
        )
    for x in row[8:-8:4]:
        canvas.stroke(
            np.array([x, x + by(0.0, drop)]), 0.008, (150, 135, 125), 0.5, 0.003, (1.0, 1.0), inside
        )
    if au.jaw > 0.4:
        middle = mouth.lower_inner[16]
        canvas.ellipse(middle + by(0.0, 0.0), (0.13, 0.08), (168, 74, 78), 0.85, 0.02, inside)


def _draw_eye(canvas: Canvas, anatomy: Anatomy, eye: Eye) -> None:
    person, au = anatomy.person, anatomy.units
    skin, opening = person.skin, eye.opening
    dark = shade(skin, 0.4, (60, 24, 20), 0.25)
    middle = opening.mean(axis=0)
    lid = np.concatenate([eye.crease, eye.upper[::-1]])
    canvas.fill(lid, shade(skin, 0.82, (120, 60, 60), 0.1), 0.6, 0.015)
    bag = middle + by(0.0, 0.105)
    canvas.ellipse(bag, (0.13, 0.035), dark, 0.1 + 0.22 * person.age + 0.15 * au.cheeks, 0.025)
    canvas.fill(opening, (226, 222, 218))
    canvas.ellipse(middle + by(0.0, -0.07), (0.17, 0.05), (120, 110, 115), 0.45, 0.025, opening)
    x, y = eye.iris.tolist()
    radius = eye.iris_radius
    canvas.ellipse((x, y), (radius, radius), shade(person.iris, 0.45), 1.0, 0.004, opening)
    canvas.ellipse((x, y), (radius * 0.82, radius * 0.82), person.iris, 1.0, 0.008, opening)
    canvas.ellipse(
        (x, y + 0.025), (radius * 0.55, radius * 0.4), shade(person.iris, 1.5), 0.5, 0.012, opening
    )
    canvas.ellipse((x, y), (radius * 0.42, radius * 0.42), (12, 10, 12), 1.0, 0.004, opening)
    canvas.stroke(eye.crease[2:-2], 0.016, dark, 0.5, 0.005)
    canvas.stroke(eye.lower, 0.016, dark, 0.5, 0.005)
    canvas.stroke(eye.upper, 0.034, shade(dark, 0.35), 0.95, 0.005, (0.5, 0.5))
    canvas.ellipse((x - 0.022, y - 0.026), (0.016, 0.016), (255, 255, 255), 0.9, 0.004, opening)


def _draw_brow(canvas: Canvas, anatomy: Anatomy, eye: Eye, bright: float) -> None:
    person = anatomy.person
    # Brows stay darker than pale hair and than grey skin, as they do on most faces.
    colour = shade(person.hair, 0.55 * bright, shade(person.skin, 0.4 * bright), 0.3)
    canvas.stroke(eye.brow, person.shape.brow_thick * 1.25, colour, 0.92, 0.008, (0.75, 0.15))


def _draw_glasses(canvas: Canvas, anatomy: Anatomy, bright: float) -> None:
    person = anatomy.person
    if person.glasses == "none":
        return
    colour = shade(person.glasses_colour, bright)
    power = 2.0 if person.glasses == "round" else 4.5
    angle = np.linspace(0.0, 2 * np.pi, 49)
    cos, sin = np.cos(angle), np.sin(angle)
    shape = np.stack(
        [np.sign(cos) * np.abs(cos) ** (2 / power), np.sign(sin) * np.abs(sin) ** (2 / power)], axis=1
    )
    size = (0.225, 0.19 if person.glasses == "round" else 0.155)
    for side in (-1, 1):
        rim = anatomy.turn(shape * size + by(side * person.shape.eye_x, person.shape.eye_y + 0.03), 0.08)
        canvas.fill(rim, (235, 240, 245), 0.07)
        canvas.stroke(rim, 0.032, colour, 0.95, 0.004, (1.0, 1.0))
        hinge = anatomy.turn(np.array([side * (person.shape.eye_x + 0.22), person.shape.eye_y]), 0.08)
        ear = anatomy.ears[0 if side < 0 else 1].mean(axis=0) + by(0.0, -0.14)
        canvas.stroke(np.array([hinge, (hinge + ear) / 2, ear]), 0.032, colour, 0.9, 0.004, (1.0, 1.0))
    bridge = [
        (-person.shape.eye_x + 0.22, person.shape.eye_y),
        (0.0, person.shape.eye_y - 0.04),
        (person.shape.eye_x - 0.22, person.shape.eye_y),
    ]
    canvas.stroke(anatomy.turn(smooth(bridge), 0.12), 0.03, colour, 0.95, 0.004, (1.0, 1.0))
