"""One item of a source into the new dataset: its image and its labelme file."""

from __future__ import annotations

import errno
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import cv2
import numpy as np

from emo.data.files import put_file, whole_file
from emo.data.images import IMAGE_SUFFIXES, image_size
from emo.data.labelme import write_photo
from emo.data.labels import FACE_LABEL, LabelledFace, LabelledPhoto, LabelSet
from emo.data.shapes import clip_box
from emo.errors import DataError, UserError
from emo.importing.class_map import DROP, ClassMap
from emo.importing.item import ForeignFace, Item

Images = Literal["copy", "link", "in_place"]
NO_FACE = "no face"

_HOPELESS = (
    errno.ENOSPC,
    errno.EDQUOT,
    errno.EXDEV,
    errno.EROFS,
    errno.EACCES,
    errno.EPERM,
)  # it would be so for every image


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an item.

    Attributes:
        kind: written now, already there from an earlier run, dropped by the class map, or not usable.
        split: of the item.
        labels: what the faces that were written are called; `no face` where there are none.
        problem: why it was not usable.
    """

    kind: Literal["written", "there", "dropped", "problem"]
    split: str = ""
    labels: tuple[str, ...] = ()
    problem: str = ""


@dataclass(frozen=True)
class Writer:
    """Writes items; a file that exists is left as it is.

    A face whose class is dropped takes its photo with it, unless there are others in the photo: then it stays as
    `face`, for a face without a box would teach that there is none.

    Args:
        folder: of the new dataset.
        classes: what becomes of the source's classes.
        images: copied, hard-linked, or left where they are with the labelme file beside them.
        labels: our emotions.
    """

    folder: Path
    classes: ClassMap
    images: Images
    labels: LabelSet

    def __call__(self, item: Item | DataError) -> Outcome:
        """Write one."""
        if isinstance(item, DataError):
            return Outcome("problem", problem=str(item))
        votes = [self._votes(face) for face in item.faces]
        targets = tuple(self._target(face, cast) for face, cast in zip(item.faces, votes, strict=True))
        if targets and set(targets) == {DROP}:
            return Outcome("dropped", item.split)
        labels = tuple(FACE_LABEL if target == DROP else target for target in targets)
        json_file = json_path(item, self.folder, self.images)
        outcome = Outcome("written", item.split, labels or (NO_FACE,))
        if os.path.lexists(json_file):
            return Outcome("there", item.split, outcome.labels)
        try:
            self._write(item, json_file, labels, votes)
        except DataError as error:
            return Outcome("problem", problem=str(error))
        return outcome

    def _votes(self, face: ForeignFace) -> dict[str, float]:
        """The votes of people for each of our emotions."""
        votes: dict[str, float] = {}
        for name, count in face.votes:
            if (target := self.classes[name]) not in (DROP, FACE_LABEL):
                votes[target] = votes.get(target, 0) + count
        return votes

    def _target(self, face: ForeignFace, votes: Mapping[str, float]) -> str:
        target = self.classes[face.label]
        if not votes or target in (DROP, FACE_LABEL):
            return target
        return max(votes, key=votes.__getitem__)  # two of the source's classes may have become one

    def _write(
        self, item: Item, json_file: Path, labels: tuple[str, ...], votes: Sequence[Mapping[str, float]]
    ) -> None:
        if item.image is not None and item.image.suffix.lower() not in IMAGE_SUFFIXES:
            raise DataError(f"{item.image}: not an image file that emo reads")
        pixels = _square(item) if item.image is None else None
        if item.image is not None:
            width, height = image_size(item.image)
        elif pixels is not None:
            height, width = pixels.shape
        where = item.image or f"{item.split}/{item.name}"
        faces = tuple(
            replace(
                _labelled(f, label, (width, height), item.fractions, str(where)),
                votes=() if label == FACE_LABEL else tuple(cast.items()),
            )
            for f, label, cast in zip(item.faces, labels, votes, strict=True)
        )
        if len(faces) > 1 and any(face.box_xyxy is None for face in faces):
            raise DataError(f"{where}: several faces, and not each has a box")
        image = item.image
        if self.images != "in_place" or image is None:
            image = json_file.with_suffix(".png" if item.image is None else item.image.suffix)
            self._place(item, image, pixels)
        write_photo(
            json_file, LabelledPhoto(image, width, height, faces), keep=item.extra, labels=self.labels
        )

    def _place(self, item: Item, image: Path, pixels: np.ndarray | None) -> None:
        """Put the image there; what an interrupted run left is whole, and stays."""
        if os.path.lexists(image):
            return
        try:
            if item.image is not None:
                put_file(item.image, image, link=self.images == "link")
            elif pixels is not None:
                image.parent.mkdir(parents=True, exist_ok=True)
                with whole_file(image) as part:
                    part.write_bytes(cv2.imencode(".png", pixels)[1].tobytes())
        except OSError as error:
            message = f"{image}: cannot be written ({error.strerror or error})"
            if error.errno not in _HOPELESS:  # a name that this system does not take
                raise DataError(message) from error
            hint = "; images=copy needs no links" if self.images == "link" else ""
            raise UserError(message + hint) from error


def json_path(item: Item, folder: Path, images: Images) -> Path:
    """Where the labelme file of an item belongs."""
    if images == "in_place" and item.image is not None:
        return item.image.with_suffix(".json")
    return folder / item.split / f"{item.name}.json"


def _square(item: Item) -> np.ndarray:
    try:
        values = np.array((item.grey or "").split(), np.int64)
        side = round(len(values) ** 0.5)
        if not side or side * side != len(values) or values.min() < 0 or values.max() > 255:
            raise ValueError(f"{len(values)} values from 0 to 255 in a square were expected")
    except (ValueError, OverflowError) as error:
        raise DataError(f"{item.name}: its pixels are damaged ({str(error)[:100]})") from error
    return values.astype(np.uint8).reshape(side, side)


def _labelled(
    face: ForeignFace, label: str, size: tuple[int, int], fractions: bool, where: str
) -> LabelledFace:
    emotion = None if label == FACE_LABEL else label
    if face.box_xyxy is None:
        return LabelledFace(None, emotion)
    x, y = size if fractions else (1, 1)
    x1, y1, x2, y2 = face.box_xyxy
    try:
        box = clip_box((x1 * x, y1 * y, x2 * x, y2 * y), *size)
    except ValueError as error:
        raise DataError(f"{where}: the box of a face {face.label[:30]!r}: {error}") from error
    left, top, right, bottom = (round(value, 2) for value in box)
    return LabelledFace((left, top, right, bottom), emotion)
