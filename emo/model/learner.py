"""What training any of the networks has in common: optimiser, schedule, frozen backbone, logging."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import lightning as L
from torch import Tensor, nn
from torch.optim import Optimizer

from emo.model.checkpoint import KEY, Network, describe
from emo.model.schedule import ScheduleFactory, make_schedule

OptimizerFactory = Callable[[Iterable[nn.Parameter]], Optimizer]

Intervals = Mapping[str, tuple[float, float]]
"""Figure to (low, high)."""


class Learner(L.LightningModule):
    """Trains a network under a loss; a subclass says how it is validated and tested.

    Args:
        network: the network.
        loss: gives the named terms from the network's outputs and a batch.
        optimizer: makes the optimiser from the parameters.
        scheduler: makes the learning rate schedule; None keeps the rate.
        frozen_epochs: epochs before the backbone is trained too.
        monitor: the figure of val that a schedule may watch.
    """

    network: Network
    tables: Any
    """By stage (val, test ...) what collects what was said; a subclass makes them."""

    def __init__(
        self,
        network: Network,
        loss: nn.Module,
        optimizer: OptimizerFactory,
        scheduler: ScheduleFactory | None = None,
        frozen_epochs: int = 0,
        monitor: str = "val/total",
    ) -> None:
        super().__init__()
        self.network, self.loss = network, loss
        self._optimizer, self._scheduler, self._frozen_epochs = optimizer, scheduler, frozen_epochs
        self._monitor = monitor
        self.results: dict[str, Any] = {}
        """The table of each stage's last run, for pictures and intervals."""

    def figures(self, table: Any) -> dict[str, float]:  # noqa: ANN401
        """All figures of a table of `results`; those that it cannot tell are left out."""
        raise NotImplementedError

    def intervals(self, table: Any, groups: Sequence[str], resamples: int) -> Intervals:  # noqa: ANN401
        """95 % intervals of the figures of a table, whose photos fall into groups, such as persons."""
        raise NotImplementedError

    def on_train_start(self) -> None:
        """Freeze the backbone where a resumed training goes on within an epoch, which then has no start."""
        self.on_train_epoch_start()

    def on_train_epoch_start(self) -> None:
        """Freeze or thaw the backbone; a frozen one keeps its batch norm statistics too."""
        frozen = self.current_epoch < self._frozen_epochs
        self.network.backbone.requires_grad_(not frozen)
        self.network.backbone.train(not frozen)

    def training_step(self, batch: Any, batch_idx: int) -> Tensor:  # noqa: ANN401
        """The loss of one step; its terms are logged as train/<term>."""
        terms = self.loss(self(batch.images), batch)
        self._log("train", terms, len(batch.images))
        total: Tensor = terms["total"]
        return total

    def on_validation_epoch_end(self) -> None:
        """Log the figures of the whole split as val/<figure>."""
        self._finish("val")

    def on_test_epoch_end(self) -> None:
        """Log the figures as test/<figure>, or under the name of what else was tested."""
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

    def _log(self, stage: str, terms: Mapping[str, Tensor], count: int) -> None:
        on_step = stage == "train"
        values = {f"{stage}/{name}": value.detach() for name, value in terms.items()}
        self.log_dict(values, on_step=on_step, on_epoch=not on_step, batch_size=count, sync_dist=not on_step)

    def _finish(self, stage: str) -> None:
        table = self.tables[stage]
        self.results[stage] = predictions = table.predictions()
        table.reset()
        figures = self.figures(predictions)
        # every process has the whole table, so that there is nothing to average
        self.log_dict({f"{stage}/{name}": value for name, value in figures.items()}, rank_zero_only=False)
