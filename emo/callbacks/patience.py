"""Early stopping that stays stopped."""

from __future__ import annotations

import lightning as L
from lightning.pytorch.callbacks import EarlyStopping


class Patience(EarlyStopping):
    """Lightning's EarlyStopping; a training that it has ended does not go on for an epoch when it is resumed."""

    def on_train_start(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        """Stop at once where the patience was at its end before."""
        trainer.should_stop = trainer.should_stop or self.wait_count >= self.patience
