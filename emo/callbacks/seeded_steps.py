"""Dropout and its kin as a function of seed and step."""

from __future__ import annotations

from typing import Any

import lightning as L
import numpy as np
import torch


class SeededSteps(L.Callback):
    """Seeds torch before each step, so that a resumed training draws what an uninterrupted one would have drawn.

    Args:
        seed: of the training.
    """

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def on_train_batch_start(
        self,
        trainer: L.Trainer,
        pl_module: L.LightningModule,
        batch: Any,  # noqa: ANN401
        batch_idx: int,
    ) -> None:
        """Each process draws numbers of its own."""
        entropy = (self._seed, trainer.current_epoch, batch_idx, trainer.global_rank)
        torch.manual_seed(int(np.random.SeedSequence(entropy).generate_state(1)[0]))
