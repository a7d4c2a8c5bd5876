"""A DataLoader that Lightning can stop and resume in the middle of an epoch."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from torch.utils.data import DataLoader

from emo.data.batched.crowd import PlannedCrowdBatch, PlannedCrowds
from emo.data.batched.planned import PlannedBatch, PlannedDataset
from emo.data.crowd_dataset import CrowdBatch, CrowdDataset
from emo.data.dataset import Batch, FaceDataset
from emo.data.sampler import TrainSampler


class ResumableLoader(DataLoader[Any]):
    """Counts the steps it served; after `load_state_dict` the next epoch starts behind them.

    Args:
        dataset: the photos.
        sampler: gives the views; its `first_step` is what a resumed epoch skips.
        options: everything else that DataLoader takes.
    """

    def __init__(
        self,
        dataset: FaceDataset | PlannedDataset | CrowdDataset | PlannedCrowds,
        sampler: TrainSampler,
        **options: Any,  # noqa: ANN401
    ) -> None:
        super().__init__(dataset, sampler=sampler, **options)
        self._served = 0

    def __len__(self) -> int:
        """Steps of a whole epoch, also where a resumed one has fewer left."""
        sampler = self.sampler
        assert isinstance(sampler, TrainSampler)
        return sampler.steps

    def __iter__(self) -> Iterator[Batch | PlannedBatch | CrowdBatch | PlannedCrowdBatch]:  # type: ignore[override]  # lazy: set_epoch comes between iter and next
        """The steps of the sampler's epoch."""
        sampler = self.sampler
        assert isinstance(sampler, TrainSampler)
        self._served = sampler.first_step
        for batch in super().__iter__():
            self._served += 1
            yield batch
            if self._served >= sampler.steps:
                break

    def state_dict(self) -> dict[str, int]:
        """Steps served in the present epoch; 0 between epochs."""
        sampler = self.sampler
        assert isinstance(sampler, TrainSampler)
        return {"served": self._served % sampler.steps}

    def load_state_dict(self, state: dict[str, int]) -> None:
        """Let the next epoch start behind the steps that were served."""
        sampler = self.sampler
        assert isinstance(sampler, TrainSampler)
        sampler.first_step = state["served"]
