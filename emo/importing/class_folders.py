"""Folders named after classes, with face crops inside, with or without a folder for each split around them.

So comes FER2013 (`train/ test/`, or `Training/ PublicTest/ PrivateTest/`), and so do most face crops.
"""

from __future__ import annotations

import os
from pathlib import Path

from emo.data.images import IMAGE_SUFFIXES
from emo.data.walk import is_inside, walk_files
from emo.errors import DataError
from emo.importing.item import ForeignFace, Format, Item, Read, split_of


def _recognises(source: Path) -> bool:
    return source.is_dir() and any(path.suffix.lower() in IMAGE_SUFFIXES for path in walk_files(source))


def _read(source: Path) -> Read:
    top = _top(source)
    for path in walk_files(top):
        if path.suffix.lower() not in IMAGE_SUFFIXES:
            continue
        parts = path.relative_to(top).parts
        split = split_of(parts[0]) if len(parts) > 1 else ""
        folders = parts[1:-1] if split else parts[:-1]
        if not folders:
            yield DataError(f"{path}: lies in no folder that is named after a class")
        elif not is_inside(path, source):
            yield DataError(f"{path}: leads out of {source}")
        else:
            name = "/".join((*folders, path.stem))
            yield Item(split, name, (ForeignFace(folders[0]),), path)


def _top(source: Path) -> Path:
    """Step down through folders that hold nothing but one folder, as archives often begin."""
    while True:
        entries = _entries(source)
        if len(entries) != 1 or not entries[0].is_dir(follow_symlinks=False) or split_of(entries[0].name):
            return source
        inner = Path(entries[0].path)
        if not any(entry.is_dir(follow_symlinks=False) for entry in _entries(inner)):
            return source  # a single class
        source = inner


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        return [entry for entry in os.scandir(folder) if not entry.name.startswith(".")]
    except OSError:  # may not be read; the walk leaves it out
        return []


CLASS_FOLDERS = Format(
    _recognises,
    _read,
    "Folders state no licence: ask where the photos come from, and whether the people in them agreed. "
    "(FER2013 in folders: from a web search, for research.)",
)
