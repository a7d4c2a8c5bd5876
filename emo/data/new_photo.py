"""A new photo and its labelme file. What is already there under such a name is never touched."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

from emo.data.files import whole_file
from emo.data.labelme import write_photo
from emo.data.labels import LabelledFace, LabelledPhoto
from emo.errors import DataError, UserError
from emo.view import ImageArray

# Colour at full resolution, as faces are small in a webcam's frame; 640 x 480 pixels take about 100 KB.
_QUALITY = (
    *(cv2.IMWRITE_JPEG_QUALITY, 95),
    *(cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444),
)


@dataclass(frozen=True)
class NewPhoto:
    """A photo that was written just now and can still be taken back.

    Attributes:
        image: the image file; its labelme file lies beside it.
        faces: what the labelme file says.
        written: content of the labelme file, to see whether somebody has worked on it since.
    """

    image: Path
    faces: tuple[LabelledFace, ...]
    written: bytes = field(repr=False)

    def delete(self) -> None:
        """Take it back.

        Raises:
            UserError: the labelme file was changed since; both files stay.
        """
        json_file = self.image.with_suffix(".json")
        try:
            if json_file.exists() and json_file.read_bytes() != self.written:
                raise UserError(f"{json_file}: changed since it was saved, so it stays")
            json_file.unlink(missing_ok=True)
            self.image.unlink(missing_ok=True)
        except OSError as error:
            raise DataError(f"{self.image}: cannot be deleted ({error.strerror or error})") from error


def write_new_photo(
    folder: Path, stems: Iterable[str], frame: ImageArray, faces: Sequence[LabelledFace]
) -> NewPhoto:
    """Write `STEM.jpg`, then `STEM.json`, each at once or not at all.

    Args:
        folder: made if it does not exist.
        stems: names in the order of preference, usually endless; the first that is free is taken.
        frame: H x W x 3 RGB uint8.
        faces: boxes in pixels of the frame; empty where it shows no face.

    Raises:
        DataError: the folder cannot be written, or the disk is full; nothing is left behind.
        ValueError: none of `stems` is free.
    """
    encoded = cv2.imencode(".jpg", cv2.cvtColor(frame, cv2.COLOR_RGB2BGR), _QUALITY)[1]
    image = _claim(folder, stems)
    json_file = image.with_suffix(".json")
    try:
        _fill(image, encoded)
        height, width = frame.shape[:2]
        photo = LabelledPhoto(image, width, height, tuple(faces))
        write_photo(json_file, photo, keep={})
        return NewPhoto(image, photo.faces, json_file.read_bytes())
    except BaseException:
        if not json_file.exists():  # Ctrl-C may come when both are written
            image.unlink(missing_ok=True)
        raise


def _claim(folder: Path, stems: Iterable[str]) -> Path:
    """Make the empty image file: that fails where there is one, even if another program makes it just now."""
    for stem in stems:
        image = folder / f"{stem}.jpg"
        if os.path.lexists(image.with_suffix(".json")):
            continue
        try:
            folder.mkdir(parents=True, exist_ok=True)
            image.open("xb").close()
        except FileExistsError as error:
            if not folder.is_dir():
                raise DataError(f"{folder}: not a folder; choose another one") from error
        except OSError as error:
            raise DataError(f"{image}: cannot be written ({error.strerror or error})") from error
        else:
            return image
    raise ValueError("none of the names is free")


def _fill(image: Path, encoded: np.ndarray) -> None:
    try:
        with whole_file(image) as part:
            part.write_bytes(encoded.tobytes())
    except OSError as error:
        raise DataError(f"{image}: cannot be written ({error.strerror or error})") from error
