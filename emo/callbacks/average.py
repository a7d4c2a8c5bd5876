"""A running mean of the weights that is not held back by where they began."""

from __future__ import annotations

import torch
from lightning.pytorch.callbacks import WeightAveraging
from torch import Tensor


class RunningAverage(WeightAveraging):
    """Validate, test and keep an exponential moving average of the weights, which follows quickly at first.

    After n updates the old average keeps the part min(decay, (1 + n) / (10 + n)), as TensorFlow's
    ExponentialMovingAverage does. With the same decay from the start on, a short training would be averaged with the
    random weights that it began with: after 300 steps at 0.998 they would still make up half.

    Args:
        decay: part that the average keeps in the long run, in [0, 1).

    Raises:
        ValueError: decay is out of its range.
    """

    def __init__(self, decay: float = 0.998) -> None:
        if not 0 <= decay < 1:
            raise ValueError(f"decay must lie in [0, 1), not {decay}")

        def average(averaged: Tensor, current: Tensor, updates: Tensor) -> Tensor:
            kept = torch.clamp((1 + updates) / (10 + updates), max=decay)
            return kept * averaged + (1 - kept) * current

        super().__init__(avg_fn=average)
