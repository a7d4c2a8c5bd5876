"""Smoothing that is steady at rest and does not lag behind what moves.

The one-euro filter of Casiez, Roussel and Vogel (CHI 2012, https://doi.org/10.1145/2207676.2208639): a low pass
whose cutoff grows with the speed.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


class OneEuro:
    """Filters a vector of values over time.

    Args:
        value: the first, (D,).
        time_s: its time in seconds.
        cutoff_hz: cutoff at rest; lower is steadier.
        beta: growth of the cutoff with the speed (in units a second); higher lags less.
        speed_cutoff_hz: cutoff of the speed itself.
    """

    def __init__(
        self, value: Array, time_s: float, cutoff_hz: float, beta: float, speed_cutoff_hz: float = 3.0
    ) -> None:
        self._value, self._time_s = value.astype(np.float64), time_s
        self._speed: Array = np.zeros_like(self._value)
        self._cutoff_hz, self._beta, self._speed_cutoff_hz = cutoff_hz, beta, speed_cutoff_hz

    def update(self, value: Array, time_s: float, unit: float = 1.0) -> Array:
        """The filtered value (D,) at a time.

        Args:
            value: measured, (D,).
            time_s: not before the last; at the same time the value is taken as it is.
            unit: size of one unit in those of the value, so that one `beta` fits near and far faces.
        """
        step = time_s - self._time_s
        if step <= 0:
            self._value = value.astype(np.float64)
            return self._value
        measured = (value - self._value) / step
        self._speed += follow(step, 1 / (2 * math.pi * self._speed_cutoff_hz)) * (measured - self._speed)
        cutoffs = self._cutoff_hz + self._beta * np.abs(self._speed) / unit
        shares = 1 / (1 + 1 / (2 * math.pi * cutoffs * step))
        self._value, self._time_s = self._value + shares * (value - self._value), time_s
        return self._value


def follow(step_s: float, time_constant_s: float) -> float:
    """Share of the way to a new value that a low pass goes within a step, whatever the frame rate.

    >>> follow(0.1, 0.0)
    1.0
    >>> two = 1 - (1 - follow(0.05, 0.2)) ** 2
    >>> round(two - follow(0.1, 0.2), 12)
    0.0
    """
    return 1.0 if time_constant_s <= 0 else 1 - math.exp(-step_s / time_constant_s)
