"""Read a dataset folder: every labelme file and every image under it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, get_args

from emo.data.images import IMAGE_SUFFIXES, image_size
from emo.data.labelme import read_photo
from emo.data.labels import LabelledPhoto, LabelSet
from emo.data.walk import is_inside, walk_files
from emo.errors import DataError, UserError

OnError = Literal["raise", "skip"]
Unlabelled = Literal["skip", "no_face"]


@dataclass(frozen=True, slots=True)
class Photo:
    """A labelled photo of a dataset.

    Attributes:
        labelled: the image, its size and its faces.
        name: path of the image relative to its dataset's folder, with forward slashes.
        source: index of the dataset's folder among those of a mix.
    """

    labelled: LabelledPhoto
    name: str
    source: int = 0

    @property
    def largest(self) -> int | None:
        """Index of the largest face, the one that a one-face network learns; None where there is no face."""
        areas = [_area(face.box_xyxy) for face in self.labelled.faces]
        return areas.index(max(areas)) if areas else None

    @property
    def emotion(self) -> str | None:
        """Emotion of the largest face; None where unknown."""
        return None if self.largest is None else self.labelled.faces[self.largest].emotion


@dataclass
class Folder:
    """What was found in a dataset's folder: the photos, and what could not be used, with reasons."""

    photos: list[Photo] = field(default_factory=list)
    problems: list[DataError] = field(default_factory=list)
    unlabelled: int = 0


def read_folder(
    root: Path,
    labels: LabelSet,
    unlabelled: Unlabelled = "skip",
    on_error: OnError = "raise",
    source: int = 0,
) -> Folder:
    """Read all photos under `root`, in the order of their names.

    Args:
        root: the dataset's folder.
        labels: classes and aliases.
        unlabelled: what an image without a labelme file is: left out, or a photo without a face.
        on_error: stop at the first file that cannot be used, or leave it out and report it in `problems`.
        source: index given to every photo.

    Raises:
        DataError: a file cannot be used and `on_error` is "raise"; the message names it.
        UserError: there is no such folder or no photo in it.
        ValueError: an option is none of its choices.
    """
    if unlabelled not in get_args(Unlabelled):
        raise ValueError(f"unlabelled must be one of {get_args(Unlabelled)}, not {unlabelled!r}")
    if on_error not in get_args(OnError):
        raise ValueError(f"on_error must be one of {get_args(OnError)}, not {on_error!r}")
    if not root.is_dir():
        raise UserError(
            f"{root}: no such folder; give the folder of your labelled photos as data.root=FOLDER"
        )
    json_files, images = _list_files(root)
    folder = Folder()
    used: set[str] = set()

    def add(image: Path, read: LabelledPhoto) -> None:
        folder.photos.append(Photo(read, Path(os.path.relpath(image, root)).as_posix(), source))

    for json_file in json_files:
        used.update(
            str(json_file.with_suffix(suffix)) for suffix in IMAGE_SUFFIXES
        )  # its own, even if broken
        try:
            _check_inside(json_file, root)
            photo = read_photo(json_file, root, labels)
        except DataError as error:
            if on_error == "raise":
                raise DataError(f"{error} (data.on_error=skip leaves such files out)") from error
            folder.problems.append(error)
            continue
        used.add(os.path.normpath(photo.image))
        add(photo.image, photo)
    for image in images:
        if str(image) in used:
            continue
        folder.unlabelled += 1
        if unlabelled == "no_face":
            try:
                _check_inside(image, root)
                add(image, LabelledPhoto(image, *image_size(image), faces=()))
            except DataError as error:
                if on_error == "raise":
                    raise
                folder.problems.append(error)
    if not folder.photos:
        raise UserError(f"{root}: {_nothing_found(folder, len(json_files))}")
    folder.photos.sort(key=lambda photo: photo.name)
    return folder


def _nothing_found(folder: Folder, json_files: int) -> str:
    if folder.problems:
        return f"none of its {json_files} labelme files can be used; the first says: {folder.problems[0]}"
    if folder.unlabelled:
        return f"{folder.unlabelled} images but no labelme file; label them with labelme, or data.unlabelled=no_face"
    return "no photos in this folder"


def _check_inside(path: Path, root: Path) -> None:
    if not is_inside(path, root):
        raise DataError(f"{path}: a link that leads out of {root}; copy the file in")


def _list_files(root: Path) -> tuple[list[Path], list[Path]]:
    json_files, images = [], []
    for path in walk_files(root):
        suffix = path.suffix.lower()
        if suffix == ".json":
            json_files.append(path)
        elif suffix in IMAGE_SUFFIXES:
            images.append(path)
    return json_files, images


def _area(box_xyxy: Sequence[float] | None) -> float:
    """Area in pixels; a face crop, whose box is unknown, fills its image."""
    if box_xyxy is None:
        return float("inf")
    return (box_xyxy[2] - box_xyxy[0]) * (box_xyxy[3] - box_xyxy[1])
