"""Facial expressions as settings of action units (AUs).

Which AUs make which emotion follows the Facial Action Coding System, P. Ekman, W. V. Friesen and J. C. Hager
(2002), Investigator's Guide, table of emotion prototypes, and the shares measured by S. Du, Y. Tao and
A. M. Martinez, "Compound facial expressions of emotion", PNAS 111 (2014), table 1.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields

import numpy as np

WEAKEST = 0.35


@dataclass(frozen=True)
class ActionUnits:
    """How far each action unit is engaged, 0 (rest) to 1 (as far as it goes)."""

    inner_brow: float = 0.0  # AU1 inner brow raiser
    outer_brow: float = 0.0  # AU2 outer brow raiser
    frown: float = 0.0  # AU4 brow lowerer
    wide_lids: float = 0.0  # AU5 upper lid raiser
    cheeks: float = 0.0  # AU6 cheek raiser
    tight_lids: float = 0.0  # AU7 lid tightener
    nose: float = 0.0  # AU9 nose wrinkler
    upper_lip: float = 0.0  # AU10 upper lip raiser
    smile: float = 0.0  # AU12 lip corner puller
    corners_down: float = 0.0  # AU15 lip corner depressor
    chin: float = 0.0  # AU17 chin raiser
    tight_lips: float = 0.0  # AU23 lip tightener and AU24 lip pressor
    parted: float = 0.0  # AU25 lips part
    jaw: float = 0.0  # AU26 jaw drop, AU27 mouth stretch
    droop: float = 0.0  # AU43 eyes closing

    def values(self) -> np.ndarray:
        """All settings in the order of the fields, shape (15,)."""
        return np.array([getattr(self, field.name) for field in fields(self)], dtype=np.float64)

    def towards(self, other: "ActionUnits", share: float) -> "ActionUnits":
        """The face on its way to `other`: 0 is this one, 1 the other one."""
        mixed = self.values() * (1.0 - share) + other.values() * share
        return ActionUnits(*mixed.tolist())


Ranges = Mapping[str, tuple[float, float]]

# Each emotion has one or more ways to show; each way gives the range of every engaged AU at full intensity.
WAYS: Mapping[str, tuple[Ranges, ...]] = {
    "happy": (
        {"smile": (0.85, 1.0), "cheeks": (0.8, 1.0), "parted": (0.7, 1.0), "jaw": (0.05, 0.3)},
        {"smile": (0.85, 1.0), "cheeks": (0.7, 1.0), "parted": (0.0, 0.1)},
    ),
    "sad": (
        {
            "inner_brow": (0.85, 1.0),
            "frown": (0.35, 0.6),
            "corners_down": (0.8, 1.0),
            "chin": (0.4, 0.9),
            "droop": (0.25, 0.45),
        },
    ),
    "angry": (
        {"frown": (0.9, 1.0), "tight_lids": (0.6, 1.0), "wide_lids": (0.1, 0.4), "tight_lips": (0.8, 1.0)},
        {
            "frown": (0.9, 1.0),
            "tight_lids": (0.6, 1.0),
            "wide_lids": (0.1, 0.4),
            "nose": (0.4, 0.9),
            "upper_lip": (0.7, 1.0),
            "parted": (0.8, 1.0),
            "tight_lips": (0.2, 0.5),
        },
    ),
    "surprise": (
        {
            "inner_brow": (0.85, 1.0),
            "outer_brow": (0.85, 1.0),
            "wide_lids": (0.75, 1.0),
            "parted": (0.5, 1.0),
            "jaw": (0.65, 1.0),
        },
    ),
    "neutral": ({},),
}

JITTER = 0.05


def sample_expression(
    rng: np.random.Generator, emotion: str, intensity: float | None = None, way: int | None = None
) -> ActionUnits:
    """Draw one setting of the action units for an emotion.

    Args:
        rng: Source of chance.
        emotion: One of the keys of `WAYS`.
        intensity: 0 to 1 scales the whole expression; drawn from `WEAKEST` to 1 if not given.
        way: Which of the emotion's ways to show it; drawn if not given.

    Raises:
        ValueError: The emotion is not known.
    """
    if emotion not in WAYS:
        raise ValueError(f"unknown emotion {emotion!r}; known: {', '.join(WAYS)}")
    if intensity is None:
        intensity = float(rng.uniform(WEAKEST, 1.0))
    ways = WAYS[emotion]
    ranges = ways[int(rng.integers(len(ways))) if way is None else way]
    settings: dict[str, float] = {}
    for field in fields(ActionUnits):
        low, high = ranges.get(field.name, (0.0, 0.0))
        # A resting face is never quite still: a little of every unit is always there.
        settings[field.name] = intensity * float(rng.uniform(low, high)) + float(rng.uniform(0.0, JITTER))
    return ActionUnits(**{name: min(value, 1.0) for name, value in settings.items()})
