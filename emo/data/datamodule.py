"""All photos of a training: folders mixed, people divided, samples weighted, loaders made for the machine."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, TypeAlias, get_args

import albumentations as A
import lightning as L
import numpy as np
import numpy.typing as npt
import torch
from torch.utils.data import DataLoader

from emo.data.augment import Pipeline
from emo.data.batched.views import BatchedViews
from emo.data.cache import FrameCache
from emo.data.crowd import Crowd
from emo.data.crowd_dataset import CrowdDataset, collate_crowds
from emo.data.dataset import FaceDataset, collate
from emo.data.folder import OnError, Photo, Unlabelled, read_folder
from emo.data.labels import LabelSet
from emo.data.loader import ResumableLoader
from emo.data.sampler import EvalSampler, TrainSampler
from emo.data.splits import SPLITS, Split, split_photos
from emo.data.workers import default_workers, start_worker
from emo.errors import ConfigError, DataError, UserError
from emo.named import named_parts

Transforms = Mapping[str, A.BasicTransform | A.BaseCompose | None]
FacesOfPhoto = Literal["largest", "all"]
AugmentOn = Literal["cpu", "gpu"]
AnyDataset: TypeAlias = FaceDataset | CrowdDataset


class FaceDataModule(L.LightningDataModule):
    """Photos from one or several dataset folders as train, val and test loaders.

    Args:
        root: a dataset's folder, or a list of them that are mixed.
        classes: names of the emotions, in the order of the network's outputs.
        aliases: other spellings of labels, without regard to case.
        size: side of the network's input in pixels.
        train_transforms: Albumentations pipeline of the training views, in order, each step with a name; None is none.
        eval_transforms: that of the val and test frames; empty leaves the photos as they are.
        faces: what is learned of a photo, its largest face or all.
        train_crowd: makes the training frames of several photos each, before the transforms; with all faces alone.
        eval_crowd: makes the val and test frames; None takes the photos by themselves.
        weights: share of each folder in the training samples; None takes every photo equally often.
        shares: parts of the photos for train, val and test.
        group_pattern: regular expression that finds the person (and session) in a photo's name.
        unlabelled: what an image without a labelme file is.
        on_error: what happens to a file that cannot be used.
        copies: augmented views of a photo in each epoch.
        balance: 0 draws each photo equally often, 1 each emotion (and no face) within a folder; between: a power.
        batch_size: views of one training step, over all processes.
        eval_batch_size: photos of one evaluation step.
        max_side: frames are kept with at most this many pixels on their longer side.
        cache_mb: memory for decoded frames, in megabytes.
        workers: loading processes; None chooses by the machine.
        augment_on: cpu: the loading processes make the training views; gpu: they only draw what is to be done, and the
            device that trains does it, batch by batch, from frames that it keeps. The boxes are the same to the digit;
            light and dirt have the same distributions.
        seed: of the split, the order and the augmentation.

    Raises:
        ConfigError: a number is out of its range.
    """

    def __init__(
        self,
        root: str | Sequence[str],
        classes: Sequence[str],
        aliases: Mapping[str, str],
        size: int,
        train_transforms: Transforms,
        eval_transforms: Transforms,
        faces: FacesOfPhoto = "largest",
        train_crowd: Crowd | None = None,
        eval_crowd: Crowd | None = None,
        weights: Sequence[float] | None = None,
        shares: Mapping[str, float] | None = None,
        group_pattern: str | None = None,
        unlabelled: Unlabelled = "skip",
        on_error: OnError = "raise",
        copies: int = 100,
        balance: float = 0.0,
        batch_size: int = 128,
        eval_batch_size: int = 64,
        max_side: int = 640,
        cache_mb: int = 2000,
        workers: int | None = None,
        augment_on: AugmentOn = "cpu",
        seed: int = 1,
    ) -> None:
        super().__init__()
        self.roots = [Path(root)] if isinstance(root, str) else [Path(r) for r in root]
        counts = {"copies": copies, "batch_size": batch_size, "eval_batch_size": eval_batch_size}
        for name, value in counts.items():
            if value < 1:
                raise ConfigError(f"data.{name}: must be at least 1, not {value}")
        if faces not in get_args(FacesOfPhoto) or (faces == "largest" and (train_crowd or eval_crowd)):
            raise ConfigError(f"data.faces: must be largest, or all, which crowds need; not {faces}")
        if not 0 <= balance <= 1:
            raise ConfigError(f"data.balance: must lie in [0, 1], not {balance}")
        if weights is not None and (len(weights) != len(self.roots) or min(weights) < 0 or sum(weights) <= 0):
            raise ConfigError(
                f"data.weights: one share above 0 for each of the {len(self.roots)} folders, not {list(weights)}"
            )
        if max_side < size:
            raise ConfigError(f"data.max_side: {max_side} is less than the network's input of {size}")
        self.classes, self.labels = tuple(classes), LabelSet(tuple(classes), dict(aliases))
        self.size, self.weights, self.group_pattern = size, weights, group_pattern
        self.shares = dict(shares or {"train": 0.7, "val": 0.15, "test": 0.15})
        self.unlabelled, self.on_error, self.copies, self.balance = unlabelled, on_error, copies, balance
        self.batch_size, self.eval_batch_size = batch_size, eval_batch_size
        self.max_side, self.cache_mb, self.seed = max_side, cache_mb, seed
        self.workers = default_workers() if workers is None else workers
        self.faces, self.train_crowd, self.eval_crowd = faces, train_crowd, eval_crowd
        if augment_on not in get_args(AugmentOn):
            raise ConfigError(f"data.augment_on: must be cpu or gpu, not {augment_on}")
        kinds = (A.BasicTransform, A.BaseCompose)
        train = named_parts(train_transforms, kinds, "data.train_transforms", "augment")
        self.eval_transforms = named_parts(eval_transforms, kinds, "data.eval_transforms", "augment")
        self._train_pipeline = Pipeline(train)
        self._batched = (
            BatchedViews(train, size, faces == "all", train_crowd) if augment_on == "gpu" else None
        )
        self._eval_pipeline = Pipeline(self.eval_transforms)
        self.photos: list[Photo] = []
        self.problems: list[DataError] = []
        self.split: Split = {}
        self._datasets: dict[str, AnyDataset] = {}

    def setup(self, stage: str | None = None) -> None:
        """Read and divide the folders, once.

        Raises:
            UserError: a folder, a file or the division is not usable; the message names it.
        """
        if self.photos:
            return
        self.read()
        present = {photo.emotion for photo in self.photos} - {None}
        if not present:
            folders = ", ".join(map(str, self.roots))
            raise UserError(
                f"{folders}: no photo has a known emotion; label some with {', '.join(self.classes)}"
            )
        self.split = split_photos(self.photos, self.shares, self.group_pattern, self.seed)

    def read(self) -> None:
        """Read the folders alone: what an evaluation needs, which may be of photos without a single emotion.

        Raises:
            UserError: a folder or a file is not usable; the message names it.
        """
        for source, root in enumerate(self.roots):
            folder = read_folder(root, self.labels, self.unlabelled, self.on_error, source)
            self.photos += folder.photos
            self.problems += folder.problems

    def photos_of(self, split: str) -> list[Photo]:
        """The photos of train, val or test."""
        return [self.photos[i] for i in self.split[split]]

    def relabel(self, change: Callable[[Sequence[Photo]], Sequence[Photo]]) -> None:
        """Put others in the place of the training photos, one for each.

        Raises:
            RuntimeError: a dataset was made of them already.
        """
        if "train" in self._datasets:
            raise RuntimeError("the training photos are in use already")
        for index, photo in zip(self.split["train"], change(self.photos_of("train")), strict=True):
            self.photos[index] = photo

    def dataset(self, split: str) -> AnyDataset:
        """The dataset of train, val or test; made once, so that its frames are decoded once."""
        if split not in self._datasets:
            photos = self.photos_of(split)
            share = self.cache_mb * len(photos) // max(1, len(self.photos))
            frames = FrameCache([photo.labelled for photo in photos], self.max_side, share)
            training = split == "train"
            pipeline = self._train_pipeline if training else self._eval_pipeline
            shared = photos, self.classes, frames, pipeline, self.size
            if self.faces == "largest":
                self._datasets[split] = FaceDataset(*shared, keep_frames=not training)
            else:
                crowd, weights = (
                    (self.train_crowd, self.sample_weights()) if training else (self.eval_crowd, None)
                )
                self._datasets[split] = CrowdDataset(*shared, crowd, weights, keep_frames=not training)
        return self._datasets[split]

    def train_dataloader(self) -> ResumableLoader:
        """Weighted, augmented views; the same for the same seed and epoch, whatever the workers."""
        rank, world = self._rank()
        if self.batch_size % world:
            raise ConfigError(f"data.batch_size: {self.batch_size} cannot be shared among {world} processes")
        dataset = self.dataset("train")
        sampler = TrainSampler(
            len(dataset), self.copies, self.seed, self.sample_weights(), self.batch_size, rank, world
        )
        options = {"batch_size": self.batch_size // world, **self.loader_options()}
        if self._batched is None:
            return ResumableLoader(dataset, sampler, **options)
        plans, options["collate_fn"] = self._batched.plan(dataset)
        return ResumableLoader(plans, sampler, **options)

    def on_after_batch_transfer(self, batch: Any, dataloader_idx: int) -> Any:  # noqa: ANN401
        """Make the views of a batch that the loading processes have only planned; Lightning calls this."""
        return batch if self._batched is None else self._batched.make(batch)

    def val_dataloader(self) -> DataLoader[Any]:
        """The photos of val, each once."""
        return self.eval_dataloader("val")

    def test_dataloader(self) -> DataLoader[Any]:
        """The photos of test, each once."""
        return self.eval_dataloader("test")

    def eval_dataloader(self, split: str) -> DataLoader[Any]:
        """The photos of any split, each once and in order."""
        rank, world = self._rank()
        dataset = self.dataset(split)
        sampler = EvalSampler(len(dataset), self.seed, rank, world)
        return DataLoader(dataset, sampler=sampler, batch_size=self.eval_batch_size, **self.loader_options())

    def sample_weights(self) -> npt.NDArray[np.float64] | None:
        """How often each training photo is drawn, (photos,); None where all are drawn alike."""
        if self.weights is None and self.balance == 0:
            return None
        photos = self.photos_of("train")
        kinds = [(photo.source, photo.emotion, bool(photo.labelled.faces)) for photo in photos]
        counts = Counter(kinds)
        weights = np.array([counts[kind] ** -self.balance for kind in kinds])
        if self.weights is not None:
            sources = np.array([photo.source for photo in photos])
            for source, share in enumerate(self.weights):
                weights[sources == source] *= share / max(weights[sources == source].sum(), 1e-12)
        return weights

    def constant_box_xyxy(self) -> npt.NDArray[np.float32]:
        """The mean known box of the training photos, (4,) in [0, 1] of a whole view.

        The baseline of every box figure: a network that beats it has looked at the picture.
        """
        dataset = self.dataset("train")
        dataset = FaceDataset(dataset.photos, self.classes, dataset.frames, self._eval_pipeline, self.size)
        keys = list(EvalSampler(len(dataset), self.seed))[:: max(1, len(dataset) // 200)]  # 200 tell the mean
        samples = [dataset[key] for key in keys]
        boxes = [sample.box_cxcywh.numpy() for sample in samples if sample.has_box]
        if not boxes:
            return np.array([0.25, 0.25, 0.75, 0.75], np.float32)
        x, y, width, height = np.mean(boxes, axis=0)
        return np.array([x - width / 2, y - height / 2, x + width / 2, y + height / 2], np.float32)

    def split_names(self) -> dict[str, list[str]]:
        """The division as file names, to be written beside the checkpoint."""
        return {
            name: [f"{self.roots[p.source].name}/{p.name}" for p in self.photos_of(name)] for name in SPLITS
        }

    def _rank(self) -> tuple[int, int]:
        return (self.trainer.global_rank, self.trainer.world_size) if self.trainer else (0, 1)

    def loader_options(self) -> dict[str, Any]:
        """What every DataLoader of these photos takes beside its dataset, sampler and batch size."""
        return {
            "collate_fn": collate if self.faces == "largest" else collate_crowds,
            "num_workers": self.workers,
            "worker_init_fn": start_worker,
            "pin_memory": torch.cuda.is_available(),
            "persistent_workers": self.workers > 0,
            "prefetch_factor": 4 if self.workers else None,
        }
