"""What every reader of a foreign format yields: one image and the faces in it, as the source has them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

from emo.data.splits import FOLDER_NAMES
from emo.data.walk import is_inside
from emo.errors import DataError

Box: TypeAlias = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class ForeignFace:
    """A face under the name that the source has for its class; no box where the image is a face crop.

    Where several people judged it and all their votes are to count, `votes` has how many saw each class.
    """

    label: str
    box_xyxy: Box | None = None
    votes: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Item:
    """One image of a source.

    Attributes:
        split: train, val or test; empty where the source does not divide its images.
        name: path of the image within its split, with forward slashes and without its ending.
        faces: empty where the image shows none.
        image: its file; None where the pixels are in `grey`.
        grey: the grey values of a square image, row by row, as text with spaces between (FER2013).
        fractions: the boxes are parts of the image's width and height instead of pixels.
        extra: further keys for the labelme file.
    """

    split: str
    name: str
    faces: tuple[ForeignFace, ...]
    image: Path | None = None
    grey: str | None = None
    fractions: bool = False
    extra: Mapping[str, Any] = field(default_factory=dict)


Read: TypeAlias = Iterator[Item | DataError]
"""Items, and in their place what cannot be used, with the reason; the reader goes on behind it."""


@dataclass(frozen=True)
class Format:
    """A format that can be read.

    Attributes:
        recognises: whether a source (file or folder) is of this format, judged by its characteristic files.
        read: its items; raises DataError where nothing can be read at all.
        licence: what the user is reminded of.
        own_json: the format's own JSON files lie among the images, where they would be taken for labelme's.
    """

    recognises: Callable[[Path], bool]
    read: Callable[[Path], Read]
    licence: str
    own_json: bool = False


def split_of(folder_name: str) -> str:
    """The split that a folder or file name of the usual spellings means, or an empty text."""
    return FOLDER_NAMES.get(folder_name.strip().lower(), "")


def safe_name(path: str) -> str:
    """A path that stays in the folder it is joined to, on every system and in sight.

    >>> safe_name("../.hidden/a:b.c")
    'hidden/a_b.c'
    """
    parts = (re.sub(r'[<>:"|?*\\\x00-\x1f\x7f\ud800-\udfff]', "_", part) for part in path.split("/"))
    return "/".join(name for part in parts if (name := _shortened(part.strip(" .")))) or "image"


def _shortened(name: str) -> str:
    return name.encode()[:150].decode(errors="ignore")  # file systems count bytes


def find_inside(source: Path, candidates: Iterator[Path] | list[Path], wanted: str) -> Path:
    """The first of some files that exists, links followed, in the source.

    Raises:
        DataError: none does.
    """
    for path in candidates:
        try:
            if is_inside(path, source) and path.is_file():
                return path
        except (OSError, ValueError):  # a name that no file can have
            continue
    raise DataError(f"{source}: there is no image {wanted[:200]!r} in it")


def number(text: object) -> float:
    """A finite number from a text of unknown origin.

    Raises:
        ValueError: it is none.
    """
    if not isinstance(text, (str, int, float)):  # not even to be printed: it may be nested without end
        raise ValueError("a number is missing")
    value = float(str(text))
    if not abs(value) < 1e9:  # also true of NaN
        raise ValueError(f"{str(text)[:30]} is no sensible number")
    return value
