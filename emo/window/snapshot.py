"""Files that the window writes: pictures of what it shows, and names for videos."""

from __future__ import annotations

import itertools
import os
import time
from collections.abc import Sequence
from pathlib import Path

import cv2

from emo.drawing import draw_faces
from emo.errors import DataError
from emo.live.state import Shown


def free_name(folder: Path, suffix: str) -> Path:
    """A file named after the time of now, that does not exist yet, in a folder that is made if need be.

    Raises:
        DataError: the folder cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataError(f"{folder}: cannot be made ({error.strerror or error})") from error
    stem = time.strftime("%Y%m%d-%H%M%S")
    stems = itertools.chain([stem], (f"{stem}-{number}" for number in itertools.count(2)))
    return next(path for name in stems if not os.path.lexists(path := folder / f"{name}{suffix}"))


def save_snapshot(folder: Path, shown: Shown, classes: Sequence[str], bars: bool) -> Path:
    """Write a PNG of the annotated frame in its own size, not mirrored.

    Raises:
        DataError: the folder cannot be written, or the disk is full.
    """
    picture = draw_faces(shown.frame, shown.faces, classes, shown.labels, bars)
    encoded = cv2.imencode(".png", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))[1]
    file = free_name(folder, ".png")
    try:
        with file.open("xb") as stream:
            try:
                stream.write(encoded.tobytes())
            except OSError:
                file.unlink()
                raise
    except OSError as error:
        raise DataError(f"{file}: cannot be written ({error.strerror or error})") from error
    return file
