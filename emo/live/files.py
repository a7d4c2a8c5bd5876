"""Videos and photos from files: every frame, in order, at its exact time."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np

from emo.data.images import IMAGE_SUFFIXES, load_image
from emo.errors import DataError, UserError
from emo.live.source import Frame

_BESIDE_PHOTOS = (".json",)  # labelme files belong there, so nobody needs to hear that they are no images


class VideoFile:
    """A video file, or the address of one. Implements `Source`.

    Raises:
        UserError: it cannot be read at all.
    """

    live, still, note = False, False, ""

    def __init__(self, name: str) -> None:
        self.name = name
        self.problems: list[str] = []
        self._capture = cv2.VideoCapture(name)
        if not self._capture.isOpened():
            empty = Path(name).is_file() and Path(name).stat().st_size == 0
            what = "the file is empty" if empty else "not a video that can be read, or cut short"
            raise UserError(f"{name}: {what}")
        fps, frames = self._capture.get(cv2.CAP_PROP_FPS), self._capture.get(cv2.CAP_PROP_FRAME_COUNT)
        self.fps = fps if 0 < fps < 1000 else None
        self.frames = int(frames) if frames > 0 else None

    def __iter__(self) -> Iterator[Frame]:
        """Every frame, with the time that the file says."""
        index, time_s = 0, -1.0
        while True:
            ok, image = self._capture.read()
            if not ok:
                break
            said_s = self._capture.get(cv2.CAP_PROP_POS_MSEC) / 1000
            # some containers hold no times; those of a broken one may stand still
            time_s = said_s if said_s > time_s else time_s + 1 / (self.fps or 30.0)
            rgb = np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2RGB), np.uint8)
            yield Frame(rgb, index, max(time_s, 0.0), self.name, time.perf_counter())
            index += 1
        if not index:
            raise UserError(f"{self.name}: no frame in it can be read")
        if self.frames is not None and index < 0.98 * self.frames - 1:  # some count one or two too many
            self.problems.append(f"{self.name}: ends after {index} of {self.frames} frames; cut short?")

    def close(self) -> None:
        """Close the file."""
        self._capture.release()


class Photos:
    """Image files, one after another; what cannot be read is named and skipped. Implements `Source`.

    Args:
        name: of all of them.
        paths: files of any kind.

    Raises:
        UserError: none of them is an image by its name.
    """

    live, still, note = False, True, ""
    fps: float | None = None

    def __init__(self, name: str, paths: Sequence[Path]) -> None:
        self.name = name
        self._paths = [path for path in paths if path.suffix.lower() in IMAGE_SUFFIXES]
        others = [path for path in paths if path.suffix.lower() not in (*IMAGE_SUFFIXES, *_BESIDE_PHOTOS)]
        self.problems = [f"{path}: skipped, not an image" for path in others]
        if not self._paths:
            raise UserError(
                f"{name}: {f'none of its {len(paths)} files is an image' if paths else 'empty folder'}"
            )
        self.frames: int | None = len(self._paths)

    def __iter__(self) -> Iterator[Frame]:
        """The photos that can be read, each as a source of its own."""
        good, broken = 0, DataError(self.name)
        for path in self._paths:
            try:
                image = load_image(path)
            except DataError as error:
                broken = error
                self.problems.append(f"{error}; skipped")
                continue
            good += 1
            yield Frame(image, 0, 0.0, str(path), time.perf_counter())
        if not good:
            several = f"{self.name}: none of its {len(self._paths)} images can be read, such as "
            raise UserError(f"{several if len(self._paths) > 1 else ''}{broken}")

    def close(self) -> None:
        """Nothing is open between two photos."""
