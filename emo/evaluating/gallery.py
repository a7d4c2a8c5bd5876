"""The photos of an evaluation as a network sees them: decoded once, looked at by any network, under any corruption."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import albumentations as A
import torch
from torch.utils.data import DataLoader

from emo.data.augment import Pipeline
from emo.data.cache import FrameCache
from emo.data.datamodule import FaceDataModule
from emo.data.dataset import Batch, FaceDataset, collate
from emo.data.folder import Photo
from emo.data.sampler import EvalSampler, ViewKey
from emo.metrics import Predictions, PredictionTable
from emo.model.looking import Sighting, look, look_again
from emo.model.network import EmotionNetwork
from emo.progress import progress
from emo.view import ImageArray, View

LOOKS = ("one_look", "two_looks")
Tables = dict[str, Predictions]
"""The table of each of LOOKS."""


class Gallery:
    """N photos and how they are looked at.

    A photo of a scene is looked at as the demo does: whole, then around the face that was found. Of a face crop one
    knows where the face is: it fills it. So it is looked at once, as the second look would see it, in a view `ZOOM`
    times as large with grey around: training places crops in views like that, and a crop that fills the whole view is
    larger than any face the network has learned to read. Its one look counts for both.

    Args:
        data: how photos are decoded and loaded; its `eval_transforms` are applied to scenes, not to crops.
        photos: the photos.
    """

    def __init__(self, data: FaceDataModule, photos: Sequence[Photo]) -> None:
        self._data, self.photos = data, photos
        self._frames = FrameCache([photo.labelled for photo in photos], data.max_side, data.cache_mb)
        self._seeds = EvalSampler(len(photos), data.seed).seeds()  # the same views as in a training's test
        self._crops = [is_crop(photo) for photo in photos]

    def look(
        self,
        network: EmotionNetwork,
        what: str,
        corruption: A.BasicTransform | None = None,
        rows: Sequence[int] | None = None,
    ) -> Tables:
        """Look at all photos, or at some.

        Args:
            network: in evaluation mode, on its device.
            what: a word for the progress bar.
            corruption: what is done to each frame before; the same for the same photo, whatever else is looked at.
            rows: indices of the photos; None takes all.

        Returns:
            A table for each of LOOKS, in the order of the indices.
        """
        tables = {name: PredictionTable() for name in LOOKS}
        chosen = list(range(len(self.photos)) if rows is None else rows)
        steps = [
            (crops, batch)
            for crops in (False, True)
            if (batch := [i for i in chosen if self._crops[i] == crops])
        ]
        for crops, indices in steps:
            loader = self._loader(crops, indices, corruption)
            for batch in progress(loader, what):
                for table, sighting in zip(tables.values(), _sight(network, batch, crops), strict=True):
                    table.update(sighting, batch)
        return {name: table.predictions() for name, table in tables.items()}

    def frame(self, row: int) -> ImageArray:
        """The frame that was looked at, uncorrupted, H x W x 3."""
        dataset = self._dataset(self._crops[row], None)
        return dataset.augment(ViewKey(row, self._seeds[row])).frame

    def _dataset(self, crops: bool, corruption: A.BasicTransform | None) -> FaceDataset:
        transforms = [*([] if crops else self._data.eval_transforms), *([corruption] if corruption else [])]
        return FaceDataset(
            self.photos,
            self._data.classes,
            self._frames,
            Pipeline(transforms),
            self._data.size,
            keep_frames=True,
        )

    def _loader(
        self, crops: bool, rows: Sequence[int], corruption: A.BasicTransform | None
    ) -> DataLoader[Batch]:
        options = self._data.loader_options() | {"collate_fn": collate, "persistent_workers": False}
        return DataLoader(
            self._dataset(crops, corruption),  # type: ignore[arg-type]  # collate makes batches of samples
            sampler=[ViewKey(i, self._seeds[i]) for i in rows],
            batch_size=self._data.eval_batch_size,
            **options,
        )


def is_crop(photo: Photo) -> bool:
    """Whether the photo is a face crop, of which only the emotion is known."""
    return bool(photo.labelled.faces) and all(face.box_xyxy is None for face in photo.labelled.faces)


def _sight(network: EmotionNetwork, batch: Batch, crops: bool) -> Iterator[Sighting]:
    """The sightings of one look and of two."""
    sizes = [frame.shape[1::-1] for frame in batch.frames]
    with torch.inference_mode():
        if crops:
            first = look(network, batch.frames, [View.around((0, 0, *size)) for size in sizes])
            yield from (first, first)
        else:
            first = look(network, batch.frames, [View.whole(*size) for size in sizes])
            yield from (first, look_again(network, batch.frames, first))
