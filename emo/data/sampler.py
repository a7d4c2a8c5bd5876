"""Which view of which photo comes when: a pure function of seed, epoch and position.

Nothing depends on the number of workers or processes or on what ran before, so that an interrupted training goes
on as if nothing had happened, and two processes see together exactly what one would see alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from torch.utils.data import Sampler


class ViewKey(NamedTuple):
    """Asks a dataset for one view: the photo's index and the seed of its augmentation."""

    photo: int
    seed: int


class TrainSampler(Sampler[ViewKey]):
    """`copies` differently augmented views of every photo each epoch, in random order.

    Args:
        photos: number of photos.
        copies: views of each photo in an epoch.
        seed: with the epoch it fixes the order and every augmentation.
        weights: (photos,) how often each photo is drawn; None draws each exactly `copies` times.
        batch_size: the views of one step, over all processes; incomplete last steps are dropped.
        rank: which of the `world` processes this is.
        world: number of processes that share each step.
    """

    def __init__(
        self,
        photos: int,
        copies: int,
        seed: int,
        weights: npt.NDArray[np.float64] | None,
        batch_size: int,
        rank: int = 0,
        world: int = 1,
    ) -> None:
        self.photos, self.copies, self.seed, self.weights = photos, copies, seed, weights
        self.batch_size, self.rank, self.world = batch_size, rank, world
        self.epoch = 0
        self.first_step = 0

    def set_epoch(self, epoch: int) -> None:
        """Choose the epoch; Lightning calls this before each."""
        self.epoch = epoch

    @property
    def steps(self) -> int:
        """Steps of a whole epoch; at least one, even where the photos do not fill a batch."""
        return max(1, self.photos * self.copies // self.batch_size)

    def __len__(self) -> int:
        """Views that this process takes in an epoch."""
        return len(range(self.rank, min(self.steps * self.batch_size, self.photos * self.copies), self.world))

    def __iter__(self) -> Iterator[ViewKey]:
        """The epoch's views from `first_step` on."""
        rng = np.random.default_rng((self.seed, self.epoch))
        views = self.photos * self.copies
        if self.weights is None:
            order = rng.permutation(views) % self.photos
        else:
            order = rng.choice(self.photos, size=views, p=self.weights / self.weights.sum())
        seeds = rng.integers(2**63, size=views)
        # taken, so that the next epoch starts at its beginning again
        start, self.first_step = self.first_step * self.batch_size, 0
        for i in range(start + self.rank, min(self.steps * self.batch_size, views), self.world):
            yield ViewKey(int(order[i]), int(seeds[i]))


class EvalSampler(Sampler[ViewKey]):
    """Every photo once and in order, shared among processes without repeating any.

    The seed of a photo's view depends on its index alone: every evaluation sees the same views.
    """

    def __init__(self, photos: int, seed: int, rank: int = 0, world: int = 1) -> None:
        self.photos, self.seed, self.rank, self.world = photos, seed, rank, world

    def __len__(self) -> int:
        """Photos of this process."""
        return len(self._mine())

    def __iter__(self) -> Iterator[ViewKey]:
        """This process's share of the photos."""
        seeds = self.seeds()
        for i in self._mine():
            yield ViewKey(i, seeds[i])

    def _mine(self) -> range:
        """Every world-th photo; a process for which none is left takes the first, as the others wait for its result."""
        mine = range(self.rank, self.photos, self.world)
        return mine or range(min(1, self.photos))

    def seeds(self) -> list[int]:
        """The seed of each photo's view."""
        seeds: list[int] = np.random.default_rng(self.seed).integers(2**63, size=self.photos).tolist()
        return seeds
