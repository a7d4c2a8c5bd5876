"""How many training samples a second."""

from __future__ import annotations

import time
from typing import Any

import lightning as L


class Speed(L.Callback):
    """Logs train/samples_per_second over each epoch, waiting for data included, validation excluded."""

    def __init__(self) -> None:
        self._start = 0.0
        self._samples = 0

    def on_train_epoch_start(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        """Start the clock."""
        self._start, self._samples = time.perf_counter(), 0

    def on_train_batch_end(
        self,
        trainer: L.Trainer,
        pl_module: L.LightningModule,
        outputs: Any,  # noqa: ANN401
        batch: Any,  # noqa: ANN401
        batch_idx: int,
    ) -> None:
        """Count, and log at the end of the epoch's last step."""
        self._samples += len(batch.images) * trainer.world_size
        if trainer.is_last_batch:
            seconds = time.perf_counter() - self._start
            speed = self._samples / seconds
            pl_module.log(
                "train/samples_per_second",
                speed,
                on_step=False,
                on_epoch=True,
                batch_size=1,
                rank_zero_only=True,
            )
