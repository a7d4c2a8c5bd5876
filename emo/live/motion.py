"""Where a face is going: what tells whose box is whose after a crossing, or after a second out of sight."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

# Of centre x, y, width and height, in units of the face's longer side and seconds. People walk across the picture
# sooner than they jump, and come nearer slowly.
_MEASURED = 0.08  # standard deviation of what is measured
_SPEED = np.array([2.0, 1.0, 0.2, 0.2])  # standard deviation of the speed of a face that was seen once
_PUSH = np.array([1.2, 0.5, 0.07, 0.07])  # by how much it grows with the root of the time
_GATE = 5.0  # standard deviations (over all four) beyond which a box is another face's


class _Belief(NamedTuple):
    """Of each of the four values: mean in pixels (a second), and variances in units of the face."""

    value: Array
    speed: Array
    value_variance: Array
    covariance: Array
    speed_variance: Array


class Motion:
    """A Kalman filter of a box at nearly constant speed.

    As in SORT (Bewley et al. 2016, https://arxiv.org/abs/1602.00763), but by time instead of by frames: cameras drop
    some.

    Args:
        box_cxcywh: the first, (4,) pixels.
        time_s: its time in seconds.
    """

    def __init__(self, box_cxcywh: Array, time_s: float) -> None:
        nothing = np.zeros(4)
        self._last = _Belief(box_cxcywh, nothing, nothing + _MEASURED**2, nothing, _SPEED**2)
        self._time_s = time_s

    def update(self, box_cxcywh: Array, time_s: float) -> None:
        """Take a measured box (4,) at a time, which is not before the last."""
        value, speed, value_variance, covariance, speed_variance = self._predict(time_s)
        share = value_variance / (value_variance + _MEASURED**2)
        speed_share = covariance / (value_variance + _MEASURED**2)
        self._last = _Belief(
            value + share * (box_cxcywh - value),
            speed + speed_share * (box_cxcywh - value),
            (1 - share) * value_variance,
            (1 - share) * covariance,
            speed_variance - speed_share * covariance,
        )
        self._time_s = time_s

    def surprise(self, boxes_cxcywh: Array, time_s: float) -> Array:
        """How little each of N boxes (N, 4) is expected at a time: the negative log-likelihood that it is this face.

        Infinite beyond the gate. Likelihoods rather than distances, or a face that is long out of sight, of which
        nobody knows where it is, would be near to everything.
        """
        expected = self._predict(time_s)
        unit = max(float(expected.value[2:].max()), 1.0)
        deviations = np.sqrt(expected.value_variance + _MEASURED**2) * unit
        squares = (((boxes_cxcywh - expected.value) / deviations) ** 2).sum(axis=1)
        return np.where(squares < _GATE**2, squares / 2 + np.log(deviations).sum(), np.inf)

    def _predict(self, time_s: float) -> _Belief:
        step = time_s - self._time_s
        value, speed, value_variance, covariance, speed_variance = self._last
        push = _PUSH**2
        return _Belief(
            value + step * speed,
            speed,
            value_variance + 2 * step * covariance + step**2 * speed_variance + push * step**3 / 3,
            covariance + step * speed_variance + push * step**2 / 2,
            speed_variance + push * step,
        )
