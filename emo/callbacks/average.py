"""A running mean of the weights that is not held back by where they began."""

from __future__ import annotations

from itertools import chain
from typing import Any

import lightning as L
from lightning.pytorch.callbacks import WeightAveraging
from torch import Tensor, nn
from torch.optim.swa_utils import get_ema_multi_avg_fn


class RunningAverage(WeightAveraging):
    """Validate, test and keep an exponential moving average of the weights, which follows quickly at first.

    After n updates the old average keeps the part min(decay, (1 + n) / (10 + n)), as TensorFlow's
    ExponentialMovingAverage does. With the same decay from the start on, a short training would be averaged with the
    random weights that it began with: after 300 steps at 0.998 they would still make up half.

    Lightning's own update would make a GPU wait for the processor after each step, and keep the average in the
    processor's memory, as the weights are not on the GPU yet when it makes its copy.

    Args:
        decay: part that the average keeps in the long run, in [0, 1).

    Raises:
        ValueError: decay is out of its range.
    """

    def __init__(self, decay: float = 0.998) -> None:
        if not 0 <= decay < 1:
            raise ValueError(f"decay must lie in [0, 1), not {decay}")
        super().__init__()
        self._decay = decay
        self._updates = 0

    def on_train_start(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        """Follow the weights to where they are trained; go on counting where a resumed training had stopped."""
        assert self._average_model is not None
        self._average_model.to(pl_module.device)
        self._updates = int(self._average_model.n_averaged)

    def on_train_batch_end(
        self,
        trainer: L.Trainer,
        pl_module: L.LightningModule,
        outputs: Any,  # noqa: ANN401
        batch: Any,  # noqa: ANN401
        batch_idx: int,
    ) -> None:
        """Take in the weights after each step of the optimiser."""
        if trainer.global_step > self._latest_update_step:
            assert self._average_model is not None
            kept = min(self._decay, (1 + self._updates) / (10 + self._updates)) if self._updates else 0.0
            average(self._average_model.module, pl_module, kept)
            self._average_model.n_averaged += 1
            self._updates += 1
            self._latest_update_step = trainer.global_step


def average(averaged: nn.Module, current: nn.Module, kept: float) -> None:
    """Keep a part, in [0, 1], of averaged parameters and buffers, and take the rest from the current ones.

    Whole numbers, such as batch norm's count of batches, are taken as they are.
    """
    pairs = list(zip(_tensors(averaged), _tensors(current), strict=True))
    fractions = [(old, new) for old, new in pairs if old.is_floating_point()]
    blend = get_ema_multi_avg_fn(kept)  # type: ignore[no-untyped-call]
    blend([old for old, _ in fractions], [new for _, new in fractions], None)
    for old, new in pairs:
        if not old.is_floating_point():
            old.copy_(new)


def _tensors(module: nn.Module) -> list[Tensor]:
    return [tensor.detach() for tensor in chain(module.parameters(), module.buffers())]
