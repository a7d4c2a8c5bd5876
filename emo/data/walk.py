"""The files of a folder, one after another, and never one that lies elsewhere."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path


def walk_files(root: Path) -> Iterator[Path]:
    """Yield all files under a folder in the order of their names, without hidden ones.

    Only one folder's names are in memory at a time. Folders that are links are not entered; links to files are
    yielded, and `is_inside` tells where they lead.
    """
    for folder, subfolders, names in os.walk(root):
        subfolders[:] = sorted(name for name in subfolders if not name.startswith("."))
        for name in sorted(names):
            if not name.startswith("."):
                yield Path(os.path.normpath(os.path.join(folder, name)))


def is_inside(path: Path, root: Path) -> bool:
    """Tell whether a file, links followed, lies in a folder."""
    try:
        return os.path.realpath(path).startswith(os.path.join(os.path.realpath(root), ""))
    except (OSError, ValueError):  # a name that no file can have
        return False
