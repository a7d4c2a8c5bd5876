"""Where frames come from: the one thing that all sources share, and which source a text means."""

from __future__ import annotations

import glob
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from urllib.parse import urlparse

import cv2

from emo.data.images import IMAGE_SUFFIXES
from emo.errors import UserError
from emo.view import ImageArray

_VIDEO_SUFFIXES = (".mp4", ".mov", ".avi", ".mkv", ".webm", ".m4v", ".mpg", ".ts")

# What goes wrong is said by us, in one line; these would add a dozen of their own.
os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)


@dataclass(frozen=True, eq=False)
class Frame:
    """One picture on its way to the predictor.

    Args:
        image: RGB, H x W x 3.
        index: within its source, from 0; those that were dropped are counted too.
        time_s: within its source, in seconds.
        source: what it came from.
        arrived_s: when, by `time.perf_counter`.
    """

    image: ImageArray
    index: int
    time_s: float
    source: str
    arrived_s: float


class Source(Protocol):
    """Gives frames; a camera only the newest, a file every one."""

    name: str
    live: bool
    """Whether time goes on by itself, and frames nobody takes are dropped."""
    still: bool
    """Whether the frames are photos that have nothing to do with each other."""
    fps: float | None
    """Frames a second, not rounded; None where nobody knows."""
    frames: int | None
    """How many there will be; None where nobody knows."""
    problems: list[str]
    """What could not be read, one line each."""

    @property
    def note(self) -> str:
        """What the person in front of it should know now; mostly empty."""

    def __iter__(self) -> Iterator[Frame | None]:
        """All frames; None where there is nothing new yet, so that the window stays alive."""

    def close(self) -> None:
        """Let go of the device or the file; may be called twice."""


def open_source(wanted: int | str | None, open_camera: Callable[[int | str], Source]) -> Source:
    """Open what a text means.

    Args:
        wanted: a camera's number or name, a video, an image, a folder, a pattern such as `photos/*.jpg`, the
            address of a stream, `sample`, `sample_many`, or None for the first camera.
        open_camera: opens a camera by number, or a stream by address.

    Raises:
        UserError: there is no such thing, or it cannot be read.
    """
    from emo.live.files import Photos, VideoFile
    from emo.live.sample import SAMPLES, Sample

    text = "" if wanted is None else str(wanted)
    if not text:
        return _first_camera(open_camera)
    if text in SAMPLES:
        return Sample(text)
    if "://" in text:
        return VideoFile(text) if urlparse(text).path.lower().endswith(_VIDEO_SUFFIXES) else open_camera(text)
    if text.isdecimal():
        return open_camera(int(text))
    path = Path(text).expanduser()
    if path.is_dir():
        return Photos(text, sorted(entry for entry in path.iterdir() if entry.is_file()))
    if path.is_file():
        return Photos(text, [path]) if path.suffix.lower() in IMAGE_SUFFIXES else VideoFile(text)
    if matches := sorted(Path(match) for match in glob.glob(str(path), recursive=True)):
        return Photos(text, [match for match in matches if match.is_file()])
    return open_camera(_camera_called(text))


def _first_camera(open_camera: Callable[[int | str], Source]) -> Source:
    try:
        return open_camera(0)
    except UserError as error:
        raise UserError(
            f"no camera found ({error}); `python demo.py source=sample` shows a drawn clip"
        ) from error


def _camera_called(text: str) -> int:
    from emo.live.camera import cameras

    known = cameras()
    for number, name in known.items():
        if text.lower() in name.lower() or text == f"/dev/video{number}":
            return number
    here = ", ".join(f"{number} ({name})" for number, name in known.items()) or "none"
    raise UserError(f"{text}: no such file, folder or camera; cameras here: {here}")
