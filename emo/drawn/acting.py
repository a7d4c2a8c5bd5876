"""Who does what in a clip: what each person shows over time, and where they go."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from emo.drawn.anatomy import View
from emo.drawn.expression import ActionUnits, sample_expression
from emo.drawn.scene import Place
from emo.faces import EMOTIONS

SCRIPTS = ("expressions", "leaves", "crossing", "group")

# Height of the face as a share of the frame's shorter side; then shares of the time, the width and the height.
_Cast = Sequence[tuple[float, Sequence[tuple[float, float, float]]]]
_CROSSING: _Cast = (  # two cross behind a third who stays, so that each is hidden for a while
    (0.2, ((0.1, 0.15, 0.3), (0.7, 0.85, 0.3))),
    (0.28, ((0.2, 0.85, 0.42), (0.8, 0.15, 0.42))),
    (0.36, ((0.3, 0.5, 0.54), (0.9, 0.5, 0.54))),
)
_GROUP: _Cast = (  # one stays, two pass behind them and each other, one leaves and comes back
    (0.2, ((0.05, 0.1, 0.4), (0.5, 0.9, 0.4))),
    (0.24, ((0.55, 0.74, 0.42), (0.9, 0.27, 0.42))),
    (0.34, ((0.0, 0.5, 0.45), (1.0, 0.5, 0.45))),
    (0.3, ((0.25, 0.14, 0.65), (0.35, -0.2, 0.65), (0.6, -0.2, 0.65), (0.7, 0.14, 0.65))),
)
_CHANGE = 0.4  # seconds from one expression to the next
_BLINK = 0.16  # seconds


@dataclass(frozen=True)
class Expressions:
    """What a person shows over time: one expression after another with smooth changes, and blinks."""

    emotions: Sequence[str]
    units: Sequence[ActionUnits]
    hold: float
    blinks: Sequence[float]

    @classmethod
    def draw(cls, rng: np.random.Generator, seconds: float) -> "Expressions":
        """Neutral first, then every emotion once in any order, then neutral again, within the time."""
        order = [
            "neutral",
            *(str(name) for name in rng.permutation([e for e in EMOTIONS if e != "neutral"])),
            "neutral",
        ]
        units = [sample_expression(rng, name, float(rng.uniform(0.7, 1.0))) for name in order]
        blinks = np.cumsum(rng.uniform(1.5, 5.0, int(seconds / 1.5) + 1))
        return cls(order, units, seconds / len(order), blinks.tolist())

    def at(self, time: float) -> tuple[ActionUnits, str]:
        """The action units at a time in seconds, and the emotion that has the larger share."""
        last = len(self.units) - 1
        index = min(int(time / self.hold), last)
        share = _ease((time - (index + 1) * self.hold) / _CHANGE + 1.0) if index < last else 0.0
        units = self.units[index].towards(self.units[min(index + 1, last)], share)
        closing = max((1.0 - abs(time - blink) / (_BLINK / 2) for blink in self.blinks), default=0.0)
        if closing > 0.0:
            units = replace(units, droop=max(units.droop, min(1.3 * closing, 1.0)))
        return units, self.emotions[index if share <= 0.5 else index + 1]


@dataclass(frozen=True)
class Path:
    """Where a head goes: keys of time, x, y and height (seconds, pixels), with some sway."""

    keys: np.ndarray
    sway: np.ndarray

    @classmethod
    def draw(cls, rng: np.random.Generator, keys: Sequence[tuple[float, float, float, float]]) -> "Path":
        """A path through the keys with a person's own slow sway."""
        sway = np.stack([rng.uniform(0.1, 0.45, 6), rng.uniform(0.0, 2 * np.pi, 6)])
        return cls(np.array(keys, dtype=np.float64), sway)

    def at(self, time: float) -> Place:
        """The place at a time in seconds."""
        times = self.keys[:, 0]
        index = int(np.clip(np.searchsorted(times, time, side="right") - 1, 0, len(times) - 2))
        share = _ease((time - times[index]) / (times[index + 1] - times[index]))
        x, y, height = (self.keys[index, 1:] * (1 - share) + self.keys[index + 1, 1:] * share).tolist()
        wave = np.sin(2 * np.pi * self.sway[0] * time + self.sway[1]).tolist()
        view = View(0.22 * wave[0], 0.07 * wave[1], (0.3 * wave[2], 0.15 * wave[1]))
        return Place(x + 0.08 * height * wave[3], y + 0.04 * height * wave[4], height, 0.1 * wave[5], view)


def draw_paths(rng: np.random.Generator, seconds: float, size: tuple[int, int], script: str) -> list[Path]:
    """The paths of everybody in a script, see `render_clip`."""
    width, height = size
    tall = float(rng.uniform(0.35, 0.5)) * min(height, width)
    x, y = width * float(rng.uniform(0.42, 0.58)), height * float(rng.uniform(0.42, 0.5))
    if script == "expressions":
        return [
            Path.draw(rng, [(0, x, y, tall), (seconds / 2, width - x, y, tall * 0.85), (seconds, x, y, tall)])
        ]
    if script == "leaves":
        away = width + 1.2 * tall if rng.random() < 0.5 else -1.2 * tall
        times = (0.0, 0.3, 0.45, 0.55, 0.7, 1.0)
        stops = (x, x, away, away, x, x)
        keys = [(seconds * time, stop, y, tall) for time, stop in zip(times, stops, strict=True)]
        return [Path.draw(rng, keys)]
    cast = _CROSSING if script == "crossing" else _GROUP
    return [
        Path.draw(
            rng,
            [(seconds * t, width * across, height * down, share * min(size)) for t, across, down in keys],
        )
        for share, keys in cast
    ]


def _ease(share: float) -> float:
    """From 0 to 1 with a soft start and end."""
    held = min(max(share, 0.0), 1.0)
    return held * held * (3.0 - 2.0 * held)
