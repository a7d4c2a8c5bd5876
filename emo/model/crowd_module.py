"""The training of a network for many faces."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from torch import Tensor

from emo.bootstrap import intervals
from emo.crowd_metrics import match, score_crowd
from emo.crowd_table import CrowdPredictions, CrowdTable, find_faces
from emo.data.crowd_dataset import CrowdBatch
from emo.model.grid import GridNetwork, GridOutputs
from emo.model.learner import Intervals, Learner


class CrowdModule(Learner):
    """Trains a GridNetwork, which answers for all faces.

    Args:
        network: the network.
        loss: one of `emo.model.grid_losses`.
        options: see `Learner`.
    """

    network: GridNetwork

    def __init__(self, network: GridNetwork, loss: Any, **options: Any) -> None:  # noqa: ANN401
        super().__init__(network, loss, **options)
        self.tables = {stage: CrowdTable() for stage in ("val", "test")}

    def forward(self, images: Tensor) -> GridOutputs:
        """The network's raw outputs for views (B, 3, S, S)."""
        outputs: GridOutputs = self.network(images)
        return outputs

    def validation_step(self, batch: CrowdBatch, batch_idx: int) -> None:
        """One look at each frame."""
        self._look("val", batch)

    def test_step(self, batch: CrowdBatch, batch_idx: int) -> None:
        """One look at each frame."""
        self._look("test", batch)

    def figures(self, table: CrowdPredictions) -> dict[str, float]:
        """See `score_crowd`."""
        return score_crowd(match(table), self.network.classes)

    def intervals(self, table: CrowdPredictions, groups: Sequence[str], resamples: int) -> Intervals:
        """By drawing frames: each shows several people, so that `groups` do not matter."""
        matches, frames = match(table), [str(int(photo)) for photo in table.photos]
        return intervals(
            lambda rows: score_crowd(matches, self.network.classes, rows=rows), frames, resamples
        )

    def _look(self, stage: str, batch: CrowdBatch) -> None:
        outputs = self(batch.images)
        self._log(stage, self.loss(outputs, batch), len(batch.images))
        self.tables[stage].update(find_faces(outputs, batch.frames), batch)
