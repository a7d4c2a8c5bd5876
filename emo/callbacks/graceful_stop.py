"""The checkpoint to go on from: written before the first step, after every epoch, and at Ctrl-C."""

from __future__ import annotations

import signal
from pathlib import Path
from types import FrameType
from typing import Any

import lightning as L
from lightning.pytorch.callbacks import Checkpoint


class GracefulStop(Checkpoint):
    """Keeps `last.ckpt`. The first Ctrl-C (or SIGTERM) finishes the step and writes it; a second stops at once.

    Lightning's ModelCheckpoint writes its last checkpoint only together with a better best one.
    The last step of an epoch includes its validation, as a resumed training would not catch up on that. A `Checkpoint`
    to Lightning, which calls those last: what the others have learned of the epoch must be in the file.

    Args:
        checkpoint: where to write it.
    """

    def __init__(self, checkpoint: Path) -> None:
        self._checkpoint = checkpoint
        self._asked = False
        self._handlers: dict[int, Any] = {}

    def on_fit_start(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        """Take over the signals."""
        for number in (signal.SIGINT, signal.SIGTERM):
            self._handlers[number] = signal.signal(number, self._ask)

    def on_train_start(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        """Write a first checkpoint, so that there is one from now on, and a full disk shows at once."""
        if not self._checkpoint.exists():
            trainer.save_checkpoint(self._checkpoint)

    def on_train_batch_end(
        self,
        trainer: L.Trainer,
        pl_module: L.LightningModule,
        outputs: Any,  # noqa: ANN401
        batch: Any,  # noqa: ANN401
        batch_idx: int,
    ) -> None:
        """Stop here if asked to."""
        if not trainer.is_last_batch:
            self._stop_if_asked(trainer)

    def on_train_epoch_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        """Write the epoch's checkpoint; stop here if asked to in its last step or in its validation."""
        trainer.save_checkpoint(self._checkpoint)
        self._stop_if_asked(trainer, saved=True)

    def on_fit_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        """Give the signals back."""
        self._restore()

    def on_exception(
        self, trainer: L.Trainer, pl_module: L.LightningModule, exception: BaseException
    ) -> None:
        """Give the signals back."""
        self._restore()

    def _stop_if_asked(self, trainer: L.Trainer, saved: bool = False) -> None:
        asked = self._asked
        if trainer.world_size > 1:
            asked = trainer.strategy.reduce_boolean_decision(asked, all=False)
        if asked:
            if not saved:
                trainer.save_checkpoint(self._checkpoint)
            raise KeyboardInterrupt

    def _restore(self) -> None:
        while self._handlers:
            signal.signal(*self._handlers.popitem())

    def _ask(self, number: int, frame: FrameType | None) -> None:
        if self._asked:
            raise KeyboardInterrupt
        self._asked = True
        print("\nstopping after this step; press Ctrl-C again to stop at once", flush=True)
