"""Write the augmented training set to disk, for those who want files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
from rich.progress import track

from emo.data.datamodule import FaceDataModule
from emo.data.dataset import FaceDataset
from emo.data.labelme import write_photo
from emo.data.labels import LabelledPhoto, LabelSet
from emo.data.sampler import ViewKey
from emo.data.splits import SPLITS
from emo.errors import ConfigError, UserError


def write_copies(data: FaceDataModule, folder: Path) -> None:
    """Write `data.copies` augmented views of every training photo, and the val and test photos as they are.

    The folder is a dataset of its own with the same division: train/, val/ and test/ hold PNG and labelme files.
    Interrupted and started again it goes on where it was; nothing that is there is written again.

    Args:
        data: the photos, after `setup`.
        folder: where to.

    Raises:
        UserError: the folder cannot be written.
    """
    for split in SPLITS:
        dataset = data.dataset(split)
        if not isinstance(dataset, FaceDataset):
            raise ConfigError(
                "offline_copies: goes with data.faces=largest; crowds are made in training alone"
            )
        copies = data.copies if split == "train" else 1
        target = folder / split
        try:
            target.mkdir(parents=True, exist_ok=True)
            for index in track(range(len(dataset) * copies), description=f"writing {split}"):
                photo, copy = divmod(index, copies)
                source = dataset.photos[photo]
                name = (
                    f"{source.source}_" * (len(data.roots) > 1)
                    + source.name.replace("/", "_").rpartition(".")[0]
                )
                json_file = target / (f"{name}_{copy:03d}.json" if split == "train" else f"{name}.json")
                if not json_file.exists():
                    seed = np.random.default_rng((data.seed, photo, copy)).integers(2**63)
                    _write_view(dataset, ViewKey(photo, int(seed)), json_file, data.labels)
        except OSError as error:
            raise UserError(f"{error.filename or target}: cannot be written ({error.strerror})") from error
    print(f"written; train on it by: python train.py data.root={folder} data.copies=1 augment=none")


def _write_view(dataset: FaceDataset, key: ViewKey, json_file: Path, labels: LabelSet) -> None:
    augmented = dataset.augment(key)
    faces = []
    for face, box, visible in zip(
        dataset.photos[key.photo].labelled.faces, augmented.boxes_xyxy, augmented.visible, strict=True
    ):
        if visible > 0:
            x1, y1, x2, y2 = (float(value) for value in box)
            faces.append(replace(face, box_xyxy=(x1, y1, x2, y2) if face.box_xyxy else None, suggested=False))
    image = json_file.with_suffix(".png")
    encoded = cv2.imencode(".png", np.ascontiguousarray(augmented.frame[:, :, ::-1]))[1]
    image.write_bytes(encoded.tobytes())
    height, width = augmented.frame.shape[:2]
    write_photo(json_file, LabelledPhoto(image, width, height, tuple(faces)), labels=labels)
