"""Validation and test without torch.compile."""

from __future__ import annotations

import lightning as L
import torch


class EagerEvaluation(L.Callback):
    """Compiles the training step alone: an evaluation is short, and would be compiled for each size of its batches."""

    def on_validation_start(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        """Look without the compiler."""
        torch.compiler.set_stance("force_eager")

    def on_validation_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        """Train with it again."""
        torch.compiler.set_stance("default")

    def on_test_start(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        """Look without the compiler."""
        torch.compiler.set_stance("force_eager")

    def on_test_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        """Leave all as it was."""
        torch.compiler.set_stance("default")

    def on_exception(
        self,
        trainer: L.Trainer,
        pl_module: L.LightningModule,
        exception: BaseException,
    ) -> None:
        """Leave all as it was."""
        torch.compiler.set_stance("default")
