"""Light on a face: a relief of the head, lit like a surface, gives factors for the colour of the skin."""

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

from emo.drawn.anatomy import Anatomy
from emo.drawn.person import Person

STEP = 0.025
LEFT, TOP, RIGHT, BOTTOM = -1.05, -1.5, 1.05, 1.35
_X = np.arange(LEFT, RIGHT, STEP, dtype=np.float32)
_Y = np.arange(TOP, BOTTOM, STEP, dtype=np.float32)


@dataclass(frozen=True)
class Light:
    """One light of a scene.

    Args:
        side: -1 from the left of the picture to 1 from the right.
        above: 0 level to 1 from above.
        hard: 0 even light to 1 strong shadows.
        tint: Factors on red, green, blue.
    """

    side: float = 0.0
    above: float = 0.4
    hard: float = 0.5
    tint: tuple[float, float, float] = (1.0, 1.0, 1.0)

    def direction(self) -> np.ndarray:
        """Unit vector towards the light: x right, y down, z to the viewer."""
        vector = np.array([self.side, -self.above, 0.75])
        unit: np.ndarray = vector / np.linalg.norm(vector)
        return unit


def skin_light(anatomy: Anatomy, light: Light) -> np.ndarray:
    """Factors on the skin's colour over the head's grid, rows x columns x 3 float32 (see `grid_to_head`)."""
    height = _relief(anatomy)
    slope_y, slope_x = np.gradient(height, STEP)
    size = np.sqrt(slope_x**2 + slope_y**2 + 1.0)
    to_light = light.direction()
    lit = (-slope_x * to_light[0] - slope_y * to_light[1] + to_light[2]) / size
    factor = 1.0 - 0.45 * light.hard + (0.25 + 0.45 * light.hard) * np.clip(lit, -0.2, 1.0)
    factor *= 1.0 + _mottling(anatomy.person)
    factor = factor[:, :, None] * np.array(light.tint, dtype=np.float32) * _redness(anatomy)
    return np.asarray(factor, dtype=np.float32)


def grid_to_head() -> np.ndarray:
    """2 x 3 matrix from the columns and rows of the map to head units."""
    return np.array([[STEP, 0.0, LEFT], [0.0, STEP, TOP]])


def _bump(x: float, y: float, wide: float, tall: float) -> np.ndarray:
    bump: np.ndarray = np.outer(np.exp(-(((_Y - y) / tall) ** 2)), np.exp(-(((_X - x) / wide) ** 2)))
    return bump


def _relief(anatomy: Anatomy) -> np.ndarray:
    person, au = anatomy.person, anatomy.units
    shift = 0.12 * np.sin(anatomy.view.yaw)
    round_head = (
        1.0 - ((_X[None, :] - shift) / (person.shape.width + 0.16)) ** 2 - ((_Y[:, None] + 0.12) / 1.42) ** 2
    )
    height: np.ndarray = 0.8 * np.sqrt(np.clip(round_head, 0.02, None))
    cheek = 0.045 + 0.05 * au.cheeks + 0.03 * au.smile
    parts = [
        (0.0, person.shape.nose_y - 0.06, 0.085, 0.13, 0.13, 0.1),
        (0.0, -0.05, 0.06, 0.26, 0.08, 0.05),
        (0.0, 0.6, 0.3, 0.16, 0.035, 0.0),
        (0.0, 0.9 + 0.15 * au.jaw, 0.16, 0.1, 0.05 + 0.03 * au.chin, 0.0),
        (0.0, 0.76 + 0.1 * au.jaw, 0.16, 0.05, -0.03, 0.0),
        (0.0, -0.42, 0.12, 0.08, 0.03 * au.frown, 0.0),
    ]
    for side in (-1, 1):
        parts += [
            (side * person.shape.eye_x, person.shape.eye_y - 0.02, 0.19, 0.12, -0.075, 0.0),
            (side * person.shape.eye_x, person.shape.eye_y - 0.25, 0.24, 0.08, 0.035, 0.0),
            (side * 0.4, 0.14 - 0.05 * au.cheeks, 0.19, 0.15, cheek, 0.0),
            (side * person.shape.nose_width * 0.8, person.shape.nose_y, 0.06, 0.06, 0.045, 0.05),
            (side * 0.45, 0.5, 0.15, 0.2, -0.03, 0.0),
        ]
    for x, y, wide, tall, amount, lift in parts:
        cx, cy = anatomy.turn(np.array([x, y]), lift).tolist()
        height = height + amount * _bump(cx, cy, wide, tall)
    return height


def _redness(anatomy: Anatomy) -> np.ndarray:
    person = anatomy.person
    red = np.zeros((len(_Y), len(_X)))
    for x, y, wide, tall, amount in (
        (-0.4, 0.16, 0.2, 0.16, 0.8),
        (0.4, 0.16, 0.2, 0.16, 0.8),
        (0.0, person.shape.nose_y - 0.04, 0.12, 0.12, 0.7),
        (0.0, 0.9, 0.2, 0.12, 0.35),
    ):
        cx, cy = anatomy.turn(np.array([x, y]), 0.05).tolist()
        red += amount * _bump(cx, cy, wide, tall)
    red *= 0.1 * person.blush
    factors: np.ndarray = 1.0 + red[:, :, None] * np.array([0.25, -1.0, -0.8])
    return factors


@lru_cache(maxsize=64)
def _mottling(person: Person) -> np.ndarray:
    rng = np.random.default_rng([person.seed, 7])
    shape = (len(_Y), len(_X))
    coarse = cv2.GaussianBlur(rng.normal(0.0, 1.0, shape).astype(np.float32), (0, 0), 5.0) * 0.18
    fine = cv2.GaussianBlur(rng.normal(0.0, 1.0, shape).astype(np.float32), (0, 0), 0.8) * 0.016
    mottling: np.ndarray = coarse + fine * (1.0 + person.age)
    return mottling
