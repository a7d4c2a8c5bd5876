"""The training of a network for one face."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from emo.data.dataset import Batch
from emo.metrics import Predictions, PredictionTable, bootstrap, score
from emo.model.learner import Intervals, Learner, OptimizerFactory
from emo.model.looking import look_again, to_sighting
from emo.model.losses import FaceLoss
from emo.model.network import EmotionNetwork, Outputs
from emo.model.schedule import ScheduleFactory
from emo.model.ten_crop import ten_crop_logits
from emo.view import View


class FaceModule(Learner):
    """Trains an EmotionNetwork, which answers for the largest face, under a FaceLoss.

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

    network: EmotionNetwork

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
        super().__init__(network, loss, optimizer, scheduler, frozen_epochs, monitor)
        self.constant_box_xyxy = (
            torch.tensor([0.25, 0.25, 0.75, 0.75]) if constant_box_xyxy is None else constant_box_xyxy
        )
        self._ten_crop = ten_crop
        # val takes one look; test others too
        wanted = {"val": True, "test": True, "test_zoom": look_twice, "test_ten_crop": ten_crop is not None}
        self.tables = nn.ModuleDict({stage: PredictionTable() for stage, used in wanted.items() if used})

    def forward(self, images: Tensor) -> Outputs:
        """The network's raw outputs for views (B, 3, S, S)."""
        outputs: Outputs = self.network(images)
        return outputs

    def validation_step(self, batch: Batch, batch_idx: int) -> None:
        """One look at each whole frame."""
        outputs = self(batch.images)
        self._log("val", self.loss(outputs, batch), len(batch.images))
        views = [View.whole(*frame.shape[1::-1]) for frame in batch.frames]
        self._table("val").update(to_sighting(outputs, batch.frames, views), batch)

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

    def figures(self, table: Predictions) -> dict[str, float]:
        """See `score`."""
        return score(table, self.network.classes, self.constant_box_xyxy)

    def intervals(self, table: Predictions, groups: Sequence[str], resamples: int) -> Intervals:
        """See `bootstrap`."""
        return bootstrap(table, self.network.classes, self.constant_box_xyxy, groups, resamples)

    def _table(self, stage: str) -> PredictionTable:
        table = self.tables[stage]
        assert isinstance(table, PredictionTable)
        return table
