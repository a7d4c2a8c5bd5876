"""Where results go: an annotated video, a table; complete at the end, and never over a file of the user's."""

from __future__ import annotations

import csv
import errno
import json
import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Protocol

import cv2
import numpy as np

from emo.drawing import draw_faces
from emo.errors import UserError
from emo.live.state import Shown
from emo.view import ImageArray

_PHOTO_FPS = 1.0  # of a video made of photos
_CAMERA_FPS = 30.0  # of a camera that does not say
_SPARE_BYTES = 30_000_000  # the end of an mp4 holds its index, which needs room too
_CHECK_EVERY = 15  # frames between two looks at the disk


class Sink(Protocol):
    """Takes every processed frame."""

    path: Path

    def write(self, shown: Shown) -> None:
        """Take the next frame."""

    def close(self) -> None:
        """Complete the file; may be called twice."""


def claim(path: Path, overwrite: bool, suffixes: Sequence[str]) -> Path:
    """Make sure that a file may be written, and make its folder.

    Raises:
        UserError: it exists, has another ending, or its folder cannot be made.
    """
    if path.suffix.lower() not in suffixes:
        raise UserError(f"{path}: must end in {' or '.join(suffixes)}")
    if path.is_dir() or (path.exists() and not overwrite):
        raise UserError(f"{path}: exists already; choose another name, or overwrite=true")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise cannot_write(path, error) from error
    return path


def cannot_write(path: Path, error: OSError) -> UserError:
    """An error of the disk in one line."""
    full = error.errno in (errno.ENOSPC, errno.EDQUOT)
    return UserError(f"{path}: {'the disk is full' if full else f'cannot be written ({error.strerror})'}")


class VideoSink:
    """The annotated video, `FILE.part.mp4` until it is complete.

    Args:
        path: ends in .mp4.
        classes: names of the emotions.
        fps: of the source; None where nobody knows.
        live: frames come when they come, and are repeated so that the video keeps their time; otherwise each is
            written once.
        bars: draw a bar for each emotion.
        overwrite: replace an existing file.

    Raises:
        UserError: the file exists or cannot be written.
    """

    ENDINGS = (".mp4",)

    def __init__(
        self,
        path: Path,
        classes: Sequence[str],
        fps: float | None,
        live: bool = False,
        bars: bool = True,
        overwrite: bool = False,
    ) -> None:
        self.path = claim(path, overwrite, self.ENDINGS)
        self._part = path.with_suffix(".part.mp4")
        self._classes, self._live, self._bars, self._overwrite = classes, live, bars, overwrite
        self._fps = fps or (_CAMERA_FPS if live else _PHOTO_FPS)
        self._writer: cv2.VideoWriter | None = None
        self._size = (0, 0)
        self._start_s, self._written = 0.0, 0

    def write(self, shown: Shown) -> None:
        """Draw a frame and write it; all take the first one's size."""
        if self._written % _CHECK_EVERY == 0 and shutil.disk_usage(self.path.parent).free < _SPARE_BYTES:
            raise UserError(f"{self.path}: the disk is full, but for {_SPARE_BYTES // 10**6} MB")
        if self._writer is None:
            self._open(shown)
        assert self._writer is not None
        drawn = draw_faces(shown.frame, shown.faces, self._classes, shown.labels, self._bars)
        picture = cv2.cvtColor(_fit(drawn, self._size), cv2.COLOR_RGB2BGR)
        due = round((shown.time_s - self._start_s) * self._fps) + 1 - self._written if self._live else 1
        for _ in range(due):
            self._writer.write(picture)
        self._written += max(due, 0)

    def close(self) -> None:
        """Complete the video and give it its name."""
        if self._writer is None:
            return
        self._writer.release()
        self._writer = None
        if self.path.exists() and not self._overwrite:
            raise UserError(f"{self.path}: was made by someone else meanwhile; the video is in {self._part}")
        os.replace(self._part, self.path)

    def _open(self, shown: Shown) -> None:
        height, width = shown.frame.shape[:2]
        self._size = (max(width // 2 * 2, 2), max(height // 2 * 2, 2))  # the codec takes even sizes only
        self._start_s = shown.time_s
        codec = cv2.VideoWriter.fourcc(*"mp4v")  # the one that every build of OpenCV has
        self._writer = cv2.VideoWriter(str(self._part), codec, self._fps, self._size)
        if not self._writer.isOpened():
            self._writer = None
            raise UserError(f"{self.path}: cannot be written; is the folder writable?")


class TableSink:
    """A row for each face, and one with empty fields for a frame without any; flushed with every frame.

    Args:
        path: ends in .csv or .jsonl.
        classes: names of the emotions.
        overwrite: replace an existing file.

    Raises:
        UserError: the file exists or cannot be written.
    """

    ENDINGS = (".csv", ".jsonl")

    def __init__(self, path: Path, classes: Sequence[str], overwrite: bool = False) -> None:
        self.path = claim(path, overwrite, self.ENDINGS)
        box = ["x1", "y1", "x2", "y2"]
        self._columns = ["source", "frame", "time_s", "face", *box, "presence", "emotion", *classes]
        self._csv = path.suffix.lower() == ".csv"
        try:
            self._file: IO[str] = path.open("w" if overwrite else "x", encoding="utf-8", newline="")
            if self._csv:
                csv.writer(self._file).writerow(self._columns)
                self._file.flush()
        except OSError as error:
            if not overwrite and not isinstance(error, FileExistsError):
                path.unlink(missing_ok=True)  # an empty one would only be in the way of the next run
            raise cannot_write(path, error) from error

    def write(self, shown: Shown) -> None:
        """Write the rows of a frame."""
        try:
            for row in self._rows(shown):
                if self._csv:
                    csv.writer(self._file).writerow(["" if value is None else value for value in row])
                else:
                    record = dict(zip(self._columns, row, strict=True))
                    self._file.write(json.dumps(record, ensure_ascii=False) + "\n")
            self._file.flush()
        except OSError as error:
            raise cannot_write(self.path, error) from error

    def close(self) -> None:
        """Close the file."""
        try:
            self._file.close()
        except OSError as error:  # rows that did not fit onto the disk are still in the buffer
            raise cannot_write(self.path, error) from error

    def _rows(self, shown: Shown) -> list[list[str | int | float | None]]:
        frame: list[str | int | float | None] = [shown.source, shown.index, round(shown.time_s, 6)]
        faces = shown.faces
        if not len(faces):
            return [frame + [None] * (len(self._columns) - len(frame))]
        boxes, presence = (
            np.round(faces.boxes_xyxy.astype(float), 2),
            np.round(faces.presence.astype(float), 5),
        )
        emotions = np.round(faces.emotions.astype(float), 5)
        ids = range(len(faces)) if faces.track_ids is None else faces.track_ids.tolist()
        return [
            [*frame, face, *box, sure, label, *shares]
            for face, box, sure, label, shares in zip(
                ids, boxes.tolist(), presence.tolist(), shown.labels, emotions.tolist(), strict=True
            )
        ]


def _fit(image: ImageArray, size: tuple[int, int]) -> ImageArray:
    """An image in a frame of (width, height): cut by a pixel at most, or scaled onto black."""
    width, height = size
    if 0 <= image.shape[1] - width <= 1 and 0 <= image.shape[0] - height <= 1:
        return np.ascontiguousarray(image[:height, :width])
    scale = min(width / image.shape[1], height / image.shape[0])
    inner = max(1, int(image.shape[1] * scale)), max(1, int(image.shape[0] * scale))
    out = np.zeros((height, width, 3), np.uint8)
    x, y = (width - inner[0]) // 2, (height - inner[1]) // 2
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    out[y : y + inner[1], x : x + inner[0]] = cv2.resize(image, inner, interpolation=method)
    return out
