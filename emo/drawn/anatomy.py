"""Where everything in a face is: a person's features as curves, moved by action units and turned a little.

Head units: x to the right of the picture, y down, 0 in the middle of the face; the hairline is at y = -1, the
chin at y = 1. Proportions follow the usual canon of portrait drawing (eyes at half the height of the head).
"""

from dataclasses import dataclass

import numpy as np

from emo.drawn.canvas import smooth
from emo.drawn.expression import ActionUnits
from emo.drawn.person import Person

HAIRLINE = -1.0
SKULL = -1.3


@dataclass(frozen=True)
class View:
    """How a head is turned and where it looks: radians, and gaze from -1 to 1."""

    yaw: float = 0.0
    pitch: float = 0.0
    gaze: tuple[float, float] = (0.0, 0.0)


FRONT = View()


@dataclass(frozen=True)
class Eye:
    """One eye: both lids from the left to the right, the brow from the inner to the outer end, the iris."""

    side: int
    upper: np.ndarray
    lower: np.ndarray
    crease: np.ndarray
    brow: np.ndarray
    iris: np.ndarray
    iris_radius: float

    @property
    def opening(self) -> np.ndarray:
        """The visible part of the eyeball, a polygon."""
        return np.concatenate([self.upper, self.lower[::-1]])


@dataclass(frozen=True)
class Mouth:
    """The four edges of the lips, each from the left to the right corner."""

    upper_outer: np.ndarray
    upper_inner: np.ndarray
    lower_inner: np.ndarray
    lower_outer: np.ndarray
    gap: float

    @property
    def opening(self) -> np.ndarray:
        """The gap between the lips, a polygon."""
        return np.concatenate([self.upper_inner, self.lower_inner[::-1]])


class Anatomy:
    """All curves of one head in one moment, as N x 2 points in head units after turning the head."""

    def __init__(self, person: Person, units: ActionUnits, view: View) -> None:
        self.person, self.units, self.view = person, units, view
        self.outline = self._outline()
        self.ears = (self._ear(-1), self._ear(1))
        self.eyes = (self._eye(-1), self._eye(1))
        self.mouth = self._mouth()

    def turn(self, points: np.ndarray, lift: float = 0.0) -> np.ndarray:
        """Turn points that lie on the face, `lift` head units above its surface."""
        x, y = points[..., 0], points[..., 1]
        depth = 0.72 * np.sqrt(np.clip(1.0 - (x / 0.82) ** 2 - ((y + 0.1) / 1.4) ** 2, 0.0, None)) + lift
        yaw, pitch = self.view.yaw, self.view.pitch
        return np.stack(
            [x * np.cos(yaw) + depth * np.sin(yaw), y * np.cos(pitch) + depth * np.sin(pitch)], axis=-1
        )

    def face_points(self) -> np.ndarray:
        """What a tight box goes around: ears, cheeks and chin, and the hairline."""
        below = self.outline[self.outline[:, 1] >= HAIRLINE]
        top = np.array([[0.0, HAIRLINE]])
        return np.concatenate([below, top, *self.ears])

    def _outline(self) -> np.ndarray:
        person = self.person
        half = np.array(
            [
                (0.0, SKULL),
                (0.36, -1.23),
                (0.58, -1.0),
                (person.shape.width * 0.98, -0.6),
                (person.shape.width, -0.15),
                (person.shape.width * 0.965, 0.2),
                (person.shape.width * person.shape.jaw, 0.55),
                (person.shape.chin + 0.06, 0.86),
                (person.shape.chin * 0.55, 0.975),
            ]
        )
        left = half[:0:-1] * (-1.0, 1.0)
        points = smooth(np.concatenate([half, [(0.0, 1.0)], left]), each=6, closed=True)
        points[:, 1] += self._jaw_shift(points[:, 1])
        points[:, 0] += 0.12 * np.sin(self.view.yaw)
        # Seen from aside the chin stands out to the front.
        points[:, 0] += 0.22 * np.sin(self.view.yaw) * np.clip((points[:, 1] - 0.3) / 0.7, 0.0, 1.0)
        return points

    def _jaw_shift(self, y: np.ndarray) -> np.ndarray:
        way = np.clip((y - 0.25) / 0.6, 0.0, 1.0)
        shift: np.ndarray = 0.17 * self.units.jaw * way * way * (3 - 2 * way)
        return shift

    def _ear(self, side: int) -> np.ndarray:
        person, size = self.person, self.person.shape.ear
        knots = [
            (-0.1, -0.2),
            (0.03, -0.27),
            (0.1, -0.18),
            (0.085, 0.0),
            (0.05, 0.16),
            (-0.02, 0.2),
            (-0.1, 0.12),
        ]
        points = smooth(np.array(knots) * size, each=5, closed=True)
        points[:, 0] = side * (points[:, 0] + person.shape.width)
        points[:, 0] -= 0.1 * np.sin(self.view.yaw)
        points[:, 1] += 0.25 * np.sin(self.view.pitch) * -1.0
        return points

    def _eye(self, side: int) -> Eye:
        person, au = self.person, self.units
        t = np.linspace(-1.0, 1.0, 17)  # from the inner to the outer corner
        x = person.shape.eye_x + t * person.shape.eye_width
        base = person.shape.eye_y + 0.008 - (0.01 + person.shape.eye_slant) * t
        open_up = person.shape.eye_height * (1 + 0.75 * au.wide_lids - 0.42 * au.tight_lids - 0.3 * au.cheeks)
        open_up = max(open_up * (1 - 0.85 * au.droop), 0.012)
        open_down = (
            person.shape.eye_height
            * 0.72
            * (1 + 0.35 * au.wide_lids - 0.55 * au.tight_lids - 0.85 * au.cheeks)
        )
        slope = 0.04 * au.inner_brow * (1 - au.outer_brow) * t - 0.03 * au.frown * (1 - au.inner_brow) * t
        bow = 1 - np.abs(t) ** 2.3
        upper = base - open_up * bow + slope * bow
        lower = base + open_down * (1 - t**2)
        crease = upper - (0.035 + 0.02 * bow) * (1 - 0.5 * au.frown) + 0.012 * np.abs(t)
        gaze_x, gaze_y = self.view.gaze
        centre = (side * person.shape.eye_x + 0.035 * gaze_x, person.shape.eye_y + 0.002 + 0.02 * gaze_y)
        return Eye(
            side=side,
            upper=self._mirrored(x, upper, side),
            lower=self._mirrored(x, lower, side),
            crease=self._mirrored(x, crease, side),
            brow=self._brow(side),
            iris=self.turn(np.array(centre)),
            iris_radius=0.074,
        )

    def _mirrored(self, x: np.ndarray, y: np.ndarray, side: int) -> np.ndarray:
        points = np.stack([side * x, y], axis=1)
        return self.turn(points if side > 0 else points[::-1])

    def _brow(self, side: int) -> np.ndarray:
        person, au = self.person, self.units
        rest = person.shape.eye_y - 0.212 - person.shape.brow_lift
        lowered = au.frown * (1 - 0.75 * au.inner_brow)
        inner = rest + 0.006 - 0.165 * au.inner_brow + 0.14 * lowered
        mid = (
            rest - person.shape.brow_arch * 0.6 - 0.1 * au.inner_brow - 0.07 * au.outer_brow + 0.09 * lowered
        )
        peak = rest - person.shape.brow_arch - 0.03 * au.inner_brow - 0.13 * au.outer_brow + 0.045 * lowered
        outer = (
            rest + 0.035 + 0.03 * au.inner_brow * (1 - au.outer_brow) - 0.1 * au.outer_brow - 0.01 * lowered
        )
        closer = 0.05 * au.frown
        left, right = (
            person.shape.eye_x - person.shape.eye_width - 0.015,
            person.shape.eye_x + person.shape.eye_width + 0.06,
        )
        step = (right - left) / 3.0
        knots = [
            (left - closer, inner),
            (left + step - closer * 0.6, mid),
            (left + 2.05 * step, peak),
            (right, outer),
        ]
        points = smooth(np.array(knots) * (side, 1.0), each=6)
        return self.turn(points, lift=0.03)

    def _mouth(self) -> Mouth:
        person, au = self.person, self.units
        pressed = au.tight_lips
        round_mouth = au.jaw * (1 - au.smile)
        half = person.shape.mouth_width * (
            1 + 0.34 * au.smile - 0.24 * round_mouth - 0.1 * pressed + 0.06 * au.corners_down
        )
        half *= 1 + 0.12 * au.upper_lip
        smiling = au.smile
        # A raised chin (AU17) pushes the middle of the lips up, so that the mouth bends like a bow.
        middle = person.shape.mouth_y - 0.02 * smiling - 0.03 * au.chin + 0.05 * round_mouth
        corner = (
            middle + person.shape.mouth_curve - 0.135 * smiling + 0.125 * au.corners_down + 0.03 * round_mouth
        )
        upper_mid = middle - 0.055 * au.upper_lip - 0.015 * au.parted - 0.02 * round_mouth
        gap = 0.02 * au.parted + 0.3 * au.jaw + au.parted * (0.06 * smiling + 0.11 * au.upper_lip)
        gap *= min(6.0 * au.parted, 1.0)  # lips that are not parted stay closed
        lower_mid = upper_mid + gap
        square = 2.0 + 3.0 * au.upper_lip
        thin = 1 - 0.62 * pressed - 0.25 * smiling
        t = np.linspace(-1.0, 1.0, 33)
        x = t * half
        arch = 1 - np.abs(t) ** square
        upper_inner = corner + (upper_mid - corner) * arch
        lower_inner = corner + (lower_mid - corner) * (1 - np.abs(t) ** (square + 0.3))
        upper_inner = np.minimum(upper_inner, lower_inner)
        cupid = 1 + 0.2 * np.exp(-((np.abs(t) - 0.24) ** 2) / 0.02) - 0.12 * np.exp(-(t**2) / 0.01)
        upper_outer = upper_inner - person.shape.lip * 0.8 * thin * cupid * (1 - np.abs(t) ** 1.8)
        lower_outer = lower_inner + person.shape.lip * 1.15 * thin * (1 - t**2) ** 0.8
        edges = [
            self.turn(np.stack([x, y], axis=1), 0.03)
            for y in (upper_outer, upper_inner, lower_inner, lower_outer)
        ]
        return Mouth(edges[0], edges[1], edges[2], edges[3], gap)
