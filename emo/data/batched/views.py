"""What `data.augment_on=gpu` is: the loading processes plan, the device that trains makes the views, batch by batch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import albumentations as A

from emo.data.batched.augmenter import Augmenter, split_steps
from emo.data.batched.crowd import CrowdAugmenter, PlannedCrowdBatch, PlannedCrowds
from emo.data.batched.frames import FramePyramid
from emo.data.batched.moves import Mover, Steps
from emo.data.batched.planned import PlannedBatch, PlannedDataset, collate_plans
from emo.data.crowd import Crowd
from emo.data.crowd_dataset import CrowdDataset
from emo.data.dataset import FaceDataset
from emo.errors import ConfigError

Planned: TypeAlias = PlannedDataset | PlannedCrowds
AnyPlans: TypeAlias = PlannedBatch | PlannedCrowdBatch


class BatchedViews:
    """Plans the training views of one dataset, and makes them.

    Args:
        steps: of the training's pipeline.
        size: side of the network's input in pixels.
        crowds: whether all faces are learned, of frames that `crowd` makes; otherwise a photo's largest.
        crowd: None where there is none.

    Raises:
        ConfigError: one of the steps cannot be done for whole batches, or not with crowds.
    """

    def __init__(self, steps: Steps, size: int, crowds: bool, crowd: Crowd | None) -> None:
        self._moves, self._light = split_steps(steps, size)
        self._size, self._crowd = size, crowd
        if crowds and not (
            crowd
            and (crowd.width, crowd.height) == (size, size)
            and all(isinstance(step, A.HorizontalFlip) for step in self._moves)
        ):
            raise ConfigError(
                "data.augment_on=gpu: with data.faces=all the frames are those of data.train_crowd as they are, "
                f"{size} x {size}, and moved by HorizontalFlip alone; or set data.augment_on=cpu"
            )
        self._frames: FramePyramid | None = None
        self._augmenter: Augmenter | CrowdAugmenter | None = None

    def plan(self, dataset: FaceDataset | CrowdDataset) -> tuple[Planned, Callable[..., AnyPlans]]:
        """The plans of a dataset's views, and what makes batches of them; always of the same dataset."""
        if self._frames is None:
            self._frames = FramePyramid(dataset.frames, len(dataset))
        mover = Mover(self._moves, self._light)
        if isinstance(dataset, FaceDataset):
            self._augmenter = Augmenter(self._frames, self._size, self._light)
            return PlannedDataset(dataset, mover), collate_plans
        assert self._crowd is not None
        self._augmenter = CrowdAugmenter(self._frames, self._crowd, self._light)
        crowds = PlannedCrowds(dataset, self._crowd, mover)
        return crowds, crowds.collate

    def make(self, batch: Any) -> Any:  # noqa: ANN401  # as Lightning gives it
        """The `Batch` or `CrowdBatch` of a batch of plans, on the device where it is; any other batch as it is."""
        if not isinstance(batch, PlannedBatch | PlannedCrowdBatch):
            return batch
        assert self._augmenter is not None
        return self._augmenter(batch)  # type: ignore[arg-type]  # it was made with the loader of these batches
