"""One file of a dataset under the glass: its labels, its pixels, and if asked its repair."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from emo.checking.faults import Fault, face_faults, shape_faults
from emo.checking.finding import KINDS, Finding
from emo.checking.prints import Prints, take_prints
from emo.checking.repair import FIXABLE, repaired, replace_json
from emo.data.files import open_file
from emo.data.find_image import find_image
from emo.data.images import image_header, load_image
from emo.data.labelme import read_photo
from emo.data.labelme_json import read_json
from emo.data.labels import LabelledPhoto, LabelSet
from emo.data.shapes import Box
from emo.data.walk import is_inside
from emo.errors import DataError

_MAX_SIDE = 640  # pixels; enough to measure sharpness by


@dataclass(frozen=True, slots=True)
class Inspected:
    """What is known of a file afterwards.

    Attributes:
        file: the labelme file, or an image without one.
        photo: what training would read; None where it would refuse the file.
        findings: what is wrong.
        prints: of the pixels; None where they cannot be decoded.
        digest: of the image file's bytes.
    """

    file: Path
    photo: LabelledPhoto | None
    findings: tuple[Finding, ...]
    prints: Prints | None = None
    digest: bytes = b""


@dataclass(frozen=True)
class Inspector:
    """Looks at a labelme file with its image, or at an image that has none.

    Args:
        labels: the emotions and their other spellings.
        tiny: least side of a face's box in pixels.
        fix: repair what is safe.
    """

    labels: LabelSet
    tiny: float
    fix: bool

    def __call__(self, job: tuple[Path, Path]) -> Inspected:
        """Look at one file; `job` is the file and the dataset's folder."""
        file, root = job
        if not is_inside(file, root):
            return Inspected(
                file, None, (Finding("outside", str(file), "a link that leads out of the folder"),)
            )
        if file.suffix.lower() != ".json":
            return self._image(file)
        faults: list[Fault] = []
        try:
            faults += self._faults(file, root)
            photo = read_photo(file, root, self.labels)
        except DataError as error:
            if not any(KINDS[kind].level == "error" for kind, _ in faults):
                faults.append(("unusable", _without(str(error), file)))
            return Inspected(file, None, _findings(file, faults))
        if self.fix and any(kind in FIXABLE for kind, _ in faults):
            faults = self._repair(file, root, faults)
        faults += face_faults(photo.faces, self.tiny)
        boxes = tuple(face.box_xyxy for face in photo.faces if face.box_xyxy)
        return self._pixels(file, photo, _findings(file, faults, photo.image, boxes))

    def _faults(self, file: Path, root: Path) -> list[Fault]:
        try:
            content = read_json(file)
        except DataError as error:
            return [("unreadable", _without(str(error), file))]
        try:
            _, header = find_image(file, root, content)
        except DataError as error:
            about_image = not str(error).startswith(f"{file}:")
            return [("unreadable" if about_image else "no_image", _without(str(error), file))]
        faults: list[Fault] = []
        try:
            faults.extend(shape_faults(content, header, self.labels))
        except ValueError as error:
            faults.append(("unusable", str(error)))
        return faults

    def _repair(self, file: Path, root: Path, faults: list[Fault]) -> list[Fault]:
        content = read_json(file)
        _, header = find_image(file, root, content)
        try:
            replace_json(file, repaired(content, header, self.labels))
        except DataError as error:
            return [*faults, ("unreadable", str(error))]
        mended = ", ".join(sorted({kind for kind, _ in faults if kind in FIXABLE}))
        return [*self._faults(file, root), ("repaired", mended)]

    def _image(self, file: Path) -> Inspected:
        try:
            width, height = image_header(file).size
        except DataError as error:
            return Inspected(file, None, _findings(file, [("unreadable", _without(str(error), file))]))
        return self._pixels(file, LabelledPhoto(file, width, height, ()), ())

    def _pixels(self, file: Path, photo: LabelledPhoto, findings: tuple[Finding, ...]) -> Inspected:
        try:
            frame = load_image(photo.image, _MAX_SIDE)
            digest = _digest(photo.image)
        except DataError as error:
            broken = _findings(file, [("unreadable", _without(str(error), file))])
            return Inspected(file, None, findings + broken)
        box = _largest(photo)
        scale = frame.shape[1] / photo.width
        prints = take_prints(frame, None if box is None else _scaled(box, scale))
        if prints.dark:
            findings += _findings(file, [("dark", "nearly black or without content")], photo.image)
        return Inspected(file, photo, findings, prints, digest)


def _largest(photo: LabelledPhoto) -> Box | None:
    boxes = [face.box_xyxy for face in photo.faces if face.box_xyxy is not None]
    return max(boxes, key=lambda box: (box[2] - box[0]) * (box[3] - box[1]), default=None)


def _scaled(box: Box, scale: float) -> Box:
    return box[0] * scale, box[1] * scale, box[2] * scale, box[3] * scale


def _findings(
    file: Path, faults: Iterable[Fault], image: Path | None = None, boxes: tuple[Box, ...] = ()
) -> tuple[Finding, ...]:
    images = () if image is None else (image,)
    return tuple(Finding(kind, str(file), text, images, boxes) for kind, text in faults)


def _without(message: str, file: Path) -> str:
    """The message of an error without the file's name, which stands beside it anyway."""
    return message.removeprefix(f"{file}: ")


def _digest(image: Path) -> bytes:
    digest = hashlib.blake2b(digest_size=16)
    with open_file(image) as stream:
        while block := stream.read(2**20):
            digest.update(block)
    return digest.digest()
