"""The training of the network as a LightningModule: steps, optimiser, figures."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import lightning as L
import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from emo.data.dataset import Batch
from emo.metrics import Predictions, PredictionTable, score
from emo.model.checkpoint import KEY, describe
from emo.model.looking import look_again, to_sighting
from emo.model.losses import FaceLoss
from emo.model.network import EmotionNetwork, Outputs
from emo.model.schedule import ScheduleFactory, make_schedule
from emo.model.ten_crop import ten_crop_logits
from emo.view import View

OptimizerFactory = Callable[[Iterable[nn.Parameter]], Optimizer]


class FaceModule(L.LightningModule):
    """Trains an EmotionNetwork under a FaceLoss.

    Args:
        network: the network.
        loss: gives the named terms.
        optimizer: makes the optimiser from the parameters.
        scheduler: makes the learning rate schedule; None keeps the rate.
        frozen_epochs: epochs before the backbone is trained too.
        constant_box_xyxy: (4,) the baseline of the box figures in [0, 1] of a whole view.
        monitor: the figure of val that a schedule may watch.
        look_twice: test with a second look; senseless where the training has no boxes.
        ten_crop: test with ten parts of each view too, of this side in pixels; None does not.
    """

    def __init__(
        self,
        network: EmotionNetwork,
        loss: FaceLoss,
        optimizer: OptimizerFactory,
        scheduler: ScheduleFactory | None = None,
        frozen_epochs: int = 0,
        constant_box_xyxy: Tensor | None = None,
        monitor: str = "val/total",
        look_twice: bool = True,
        ten_crop: int | None = None,
    ) -> None:
        super().__init__()
        self.network, self.loss = network, loss
        self._optimizer, self._scheduler, self._frozen_epochs = optimizer, scheduler, frozen_epochs
        self.constant_box_xyxy = (
            torch.tensor([0.25, 0.25, 0.75, 0.75]) if constant_box_xyxy is None else constant_box_xyxy
        )
        self._monitor, self._ten_crop = monitor, ten_crop
        # val takes one look; test others too
        wanted = {"val": True, "test": True, "test_zoom": look_twice, "test_ten_crop": ten_crop is not None}
        self.tables = nn.ModuleDict({stage: PredictionTable() for stage, used in wanted.items() if used})
        self.results: dict[str, Predictions] = {}
        """The table of each stage's last run, for pictures and intervals."""

    def forward(self, images: Tensor) -> Outputs:
        """The network's raw outputs for views (B, 3, S, S)."""
        outputs: Outputs = self.network(images)
        return outputs

    def on_train_start(self) -> None:
        """Freeze the backbone where a resumed training goes on within an epoch, which then has no start."""
        self.on_train_epoch_start()

    def on_train_epoch_start(self) -> None:
        """Freeze or thaw the backbone; a frozen one keeps its batch norm statistics too."""
        frozen = self.current_epoch < self._frozen_epochs
        self.network.backbone.requires_grad_(not frozen)
        self.network.backbone.train(not frozen)

    def training_step(self, batch: Batch, batch_idx: int) -> Tensor:
        """The loss of one step; its terms are logged as train/<term>."""
        terms = self.loss(self(batch.images), batch)
        self._log("train", terms, len(batch.images))
        total: Tensor = terms["total"]
        return total

    def validation_step(self, batch: Batch, batch_idx: int) -> None:
        """One look at each whole frame."""
        outputs = self(batch.images)
        self._log("val", self.loss(outputs, batch), len(batch.images))
        views = [View.whole(*frame.shape[1::-1]) for frame in batch.frames]
        self._table("val").update(to_sighting(outputs, batch.frames, views), batch)

    def on_validation_epoch_end(self) -> None:
        """Log the figures of the whole split as val/<figure>."""
        self._finish("val")

    def test_step(self, batch: Batch, batch_idx: int) -> None:
        """One look at each frame; two looks and ten parts of the view where they are wanted."""
        outputs = self(batch.images)
        self._log("test", self.loss(outputs, batch), len(batch.images))
        views = [View.whole(*frame.shape[1::-1]) for frame in batch.frames]
        first = to_sighting(outputs, batch.frames, views)
        self._table("test").update(first, batch)
        if "test_zoom" in self.tables:
            self._table("test_zoom").update(look_again(self.network, batch.frames, first), batch)
        if self._ten_crop is not None:
            logits = ten_crop_logits(self.network, batch.images, self._ten_crop)
            parts = to_sighting(outputs._replace(emotion_logits=logits), batch.frames, views)
            self._table("test_ten_crop").update(parts, batch)

    def on_test_epoch_end(self) -> None:
        """Log the figures as test/<figure> for one look, test_zoom/<figure> for two, test_ten_crop/<figure>."""
        for stage in self.tables:
            if stage != "val":
                self._finish(stage)

    def configure_optimizers(self) -> Any:  # noqa: ANN401
        """The optimiser and, where there is one, its schedule."""
        optimizer = self._optimizer(self.network.parameters())
        if self._scheduler is None:
            return optimizer
        every = self.trainer.check_val_every_n_epoch or 1
        schedule = make_schedule(self._scheduler, optimizer, self._total_steps(), self._monitor, every)
        return {"optimizer": optimizer, "lr_scheduler": schedule}

    def _total_steps(self) -> int:
        """Steps of the whole training.

        Lightning's estimated_stepping_batches would make the training loader before the checkpoint is read, and the
        loader would then not learn where in the epoch to go on.
        """
        trainer = self.trainer
        assert trainer.max_epochs is not None
        assert trainer.datamodule is not None  # type: ignore[attr-defined]
        steps = len(trainer.datamodule.train_dataloader())  # type: ignore[attr-defined]
        limit = trainer.limit_train_batches
        steps = min(steps, limit) if isinstance(limit, int) else int(steps * (limit or 1.0))
        return trainer.max_epochs * math.ceil(steps / trainer.accumulate_grad_batches)

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Say what network the weights belong to."""
        checkpoint[KEY] = describe(self.network)

    def _table(self, stage: str) -> PredictionTable:
        table = self.tables[stage]
        assert isinstance(table, PredictionTable)
        return table

    def _log(self, stage: str, terms: Mapping[str, Tensor], count: int) -> None:
        on_step = stage == "train"
        values = {f"{stage}/{name}": value.detach() for name, value in terms.items()}
        self.log_dict(values, on_step=on_step, on_epoch=not on_step, batch_size=count, sync_dist=not on_step)

    def _finish(self, stage: str) -> None:
        table = self._table(stage)
        self.results[stage] = predictions = table.predictions()
        table.reset()
        figures = score(predictions, self.network.classes, self.constant_box_xyxy)
        # every process has the whole table, so that there is nothing to average
        self.log_dict({f"{stage}/{name}": value for name, value in figures.items()}, rank_zero_only=False)
