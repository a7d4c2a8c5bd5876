"""Hair and head coverings, in front of and behind the head."""

import numpy as np

from emo.drawn.anatomy import Anatomy
from emo.drawn.canvas import Canvas, by, shade, smooth

LONG = ("long", "bob", "scarf")
CAPS = ("scarf", "beanie")


def draw_hair_behind(canvas: Canvas, anatomy: Anatomy, bright: float) -> None:
    """What hangs behind the head and neck."""
    person = anatomy.person
    colour = shade(_colour(anatomy), 0.72 * bright)
    back = -0.1 * np.sin(anatomy.view.yaw)
    out = person.shape.width + 0.1 + person.hair_volume
    if person.hair_style in ("long", "scarf"):
        half = [
            (0.0, -1.3),
            (0.55, -1.2),
            (out, -0.5),
            (out + 0.04, 0.3),
            (out + 0.06, 1.1),
            (out - 0.15, 1.55),
        ]
    elif person.hair_style == "bob":
        half = [(0.0, -1.3), (0.55, -1.2), (out, -0.5), (out + 0.08, 0.2), (out + 0.02, 0.7), (0.4, 0.85)]
    elif person.hair_style == "bun":
        canvas.ellipse((back, -1.5), (0.34, 0.3), colour)
        return
    elif person.hair_style == "afro":
        _fluff(canvas, np.array([(back, -0.75)]), (out + 0.18, 0.95), shade(colour, 1.15), 40, person.seed)
        return
    else:
        return
    canvas.fill(_both(half, back), colour)


def draw_hair_front(canvas: Canvas, anatomy: Anatomy, bright: float) -> None:
    """Hair over the skull, down to the hairline."""
    person = anatomy.person
    if person.hair_style == "bald":
        return
    colour = shade(_colour(anatomy), bright)
    outer, inner = _cap(anatomy)
    cap = np.concatenate([outer, inner[::-1]])
    soft = 0.03 if person.hair_style in ("buzz", "short", "curly", "afro") else 0.012
    if person.hair_style not in CAPS:
        canvas.stroke(
            inner + by(0.0, 0.03),
            0.1,
            shade(person.skin, 0.45 * bright),
            0.35,
            0.03,
            (1.0, 1.0),
            anatomy.outline,
        )
    if person.hair_style == "buzz":
        canvas.fill(cap, shade(colour, 1.0, person.skin, 0.25), 0.85, 0.025)
        return
    canvas.fill(cap, colour, 1.0, soft)
    if person.hair_style in ("curly", "afro"):
        _fluff(canvas, outer[2:-2], (0.13, 0.12), colour, 22, person.seed)
    _strands(canvas, outer, inner, colour, person.seed)
    if person.hair_style in ("long", "bob", "scarf"):
        _sides(canvas, anatomy, colour)
    if person.hair_style == "beanie":
        band = np.concatenate([inner + by(0.0, -0.22), (inner + by(0.0, 0.02))[::-1]])
        canvas.fill(band, shade(colour, 0.8))


def _colour(anatomy: Anatomy) -> tuple[float, float, float]:
    person = anatomy.person
    return person.glasses_colour if person.hair_style in CAPS else person.hair


def _both(half: list[tuple[float, float]], shift: float) -> np.ndarray:
    right = np.array(half)
    left = right[:0:-1] * (-1.0, 1.0)
    points = smooth(np.concatenate([right, left]), closed=True)
    points[:, 0] += shift
    return points


def _cap(anatomy: Anatomy) -> tuple[np.ndarray, np.ndarray]:
    """The outer and the inner edge of the hair over the skull, from the left, as many points each."""
    person, style = anatomy.person, anatomy.person.hair_style
    thick = {"buzz": 0.015, "beanie": 0.1, "scarf": 0.06, "bun": 0.04, "afro": 0.3}.get(
        style, person.hair_volume
    )
    wide = person.shape.width + 0.3 * thick
    low = -0.3 if style != "beanie" else -0.5
    outer_half = [
        (0.0, -1.3 - thick),
        (0.38, -1.23 - thick),
        (0.6 + thick * 0.6, -1.0 - thick * 0.4),
        (wide + 0.02, -0.6),
    ]
    outer_half.append((wide + 0.01, low))
    hairline = {"fringe": -0.62, "beanie": -0.72, "scarf": -0.92}.get(style, -1.0)
    side = 0.12 if style in ("fringe", "beanie") else 0.0
    inner_half = [
        (0.0, hairline),
        (0.26, hairline + 0.01),
        (0.46, -0.9 + side * 1.8),
        (person.shape.width - 0.07, -0.62),
    ]
    inner_half.append((person.shape.width - 0.03, low))
    outer, inner = (_row(half) for half in (outer_half, inner_half))
    if style == "parted":
        part = np.exp(-(((inner[:, 0] + 0.28 * person.hair_side) / 0.16) ** 2))
        sweep = np.clip((inner[:, 0] * person.hair_side + 0.2) / 0.6, 0.0, 1.0)
        inner[:, 1] += -0.08 * part + 0.16 * sweep * (np.abs(inner[:, 0]) < 0.5)
    if style == "fringe":
        wave = np.sin(np.arange(len(inner)) * 1.9 + person.seed)
        inner[:, 1] += 0.025 * wave * (np.abs(inner[:, 0]) < 0.5)
    inner[:, 0] += 0.16 * np.sin(anatomy.view.yaw)
    inner[:, 1] += 0.3 * np.sin(anatomy.view.pitch)
    outer[:, 0] += 0.04 * np.sin(anatomy.view.yaw)
    return outer, inner


def _row(half: list[tuple[float, float]]) -> np.ndarray:
    right = np.array(half)
    return smooth(np.concatenate([right[:0:-1] * (-1.0, 1.0), right]), each=6)


def _strands(
    canvas: Canvas, outer: np.ndarray, inner: np.ndarray, colour: tuple[float, float, float], seed: int
) -> None:
    """Lighter and darker locks, laid along the hair, and a shine on top."""
    rng = np.random.default_rng([seed, 11])
    for share in rng.uniform(0.08, 0.92, 12):
        line = outer * (1 - share) + inner * share
        start = int(rng.integers(0, len(line) // 2))
        part = line[start : start + int(rng.integers(10, len(line) // 2 + 10))]
        factor = 0.65 if rng.random() < 0.5 else 1.3
        canvas.stroke(
            part, float(rng.uniform(0.02, 0.05)), shade(colour, factor, (255, 255, 255), 0.03), 0.35, 0.01
        )
    shine = (outer * 0.6 + inner * 0.4)[8:-8]
    canvas.stroke(shine, 0.1, shade(colour, 1.3, (255, 255, 255), 0.15), 0.25, 0.04)


def _sides(canvas: Canvas, anatomy: Anatomy, colour: tuple[float, float, float]) -> None:
    """Long hair falls past the ears, outside the cheeks."""
    person = anatomy.person
    end = {"long": 1.45, "bob": 0.72, "scarf": 1.1}[person.hair_style]
    out = person.shape.width + 0.1 + person.hair_volume
    for side in (-1, 1):
        turned = 0.1 * np.sin(anatomy.view.yaw)
        edge = person.shape.width - 0.03
        knots = [
            (edge - 0.1, -0.75),
            (edge, -0.3),
            (edge + 0.01, 0.15),
            (edge - 0.02, 0.55),
            (edge + 0.05, end),
        ]
        knots += [(out, end), (out + 0.05, 0.3), (out - 0.02, -0.4), (out - 0.22, -0.95)]
        lock = smooth(np.array(knots) * (side, 1.0) + by(turned, 0.0), closed=True)
        canvas.fill(lock, shade(colour, 0.93), 1.0, 0.01)
        for share in (0.25, 0.5, 0.75):
            x = edge + (out - edge) * share
            line = smooth(
                np.array([(x - 0.04, -0.7), (x, -0.1), (x, 0.4), (x - 0.02, end - 0.08)]) * (side, 1.0)
            )
            canvas.stroke(line, 0.04, shade(colour, 0.7 if share == 0.5 else 1.2), 0.35, 0.008)


def _fluff(
    canvas: Canvas,
    along: np.ndarray,
    radii: tuple[float, float],
    colour: tuple[float, float, float],
    count: int,
    seed: int,
) -> None:
    """A curly edge: round blobs along a line, or around a single point."""
    rng = np.random.default_rng([seed, 13])
    if len(along) == 1:
        canvas.ellipse(along[0], radii, colour)
        angle = np.linspace(0.0, 2 * np.pi, count, endpoint=False)
        along = along[0] + np.stack(
            [np.cos(angle) * radii[0] * 0.93, np.sin(angle) * radii[1] * 0.93], axis=1
        )
        radii = (0.16, 0.16)
    for point in along[:: max(1, len(along) // count)]:
        size = rng.uniform(0.7, 1.1)
        canvas.ellipse(
            point + rng.normal(0.0, 0.02, 2),
            (radii[0] * size, radii[1] * size),
            shade(colour, rng.uniform(0.85, 1.1)),
        )
