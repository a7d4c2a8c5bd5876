"""Repair what is safe in a labelme file; the original stays beside it."""

from __future__ import annotations

import copy
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from itertools import chain, count
from pathlib import Path
from typing import Any

from emo.checking.faults import is_unordered, usual_label
from emo.data.files import replace_file
from emo.data.images import ImageHeader, turn_box
from emo.data.labelme_json import declared_size, list_shapes
from emo.data.labels import LabelSet
from emo.data.shapes import clip_box, shape_box
from emo.errors import DataError

FIXABLE = frozenset(("size", "overhang", "order", "alias"))
"""Kinds of findings that are mended here."""


def repaired(content: Mapping[str, Any], header: ImageHeader, labels: LabelSet) -> dict[str, Any]:
    """A copy of a labelme file's content with true sizes, points inside and in order, and usual labels.

    Points that were drawn on pixels that EXIF had not yet turned are turned, as the reader does.

    Args:
        content: of a file that the reader understands.
        header: of its image.
        labels: the emotions and their other spellings.
    """
    mended = copy.deepcopy(dict(content))
    declared = declared_size(mended)
    turned = declared not in (None, header.size) and header.turn.swap and declared == header.stored_size
    for shape in list_shapes(mended):
        shape["label"] = usual_label(shape["label"], labels)
        if turned:
            shape["points"] = [
                list(turn_box((x, y, x, y), header.turn, header.size)[:2]) for x, y in shape["points"]
            ]
        _clip(shape, header)
    if declared is not None:
        mended["imageWidth"], mended["imageHeight"] = header.size
    return mended


def _clip(shape: dict[str, Any], header: ImageHeader) -> None:
    box = shape_box(shape)
    clipped = clip_box(box, *header.size)
    if shape.get("shape_type") == "mask":  # its pixels belong to its points
        return
    if shape.get("shape_type") == "circle":
        if clipped != box:  # a clipped circle is none
            shape |= {"shape_type": "rectangle", "points": [list(clipped[:2]), list(clipped[2:])]}
    elif clipped != box or is_unordered(shape):
        width, height = header.size
        points = [[min(max(x, 0), width), min(max(y, 0), height)] for x, y in shape["points"]]
        if shape.get("shape_type") == "rectangle" and len(points) == 2:
            points = [list(clipped[:2]), list(clipped[2:])]
        shape["points"] = points


def replace_json(json_file: Path, content: Mapping[str, Any]) -> Path:
    """Write a labelme file anew and keep the former one beside it; returns the path of that.

    Raises:
        DataError: the folder cannot be written; the file is as before.
    """
    kept = next(p for p in _backups(json_file) if not os.path.lexists(p))
    try:
        shutil.copy2(json_file, kept)
    except OSError as error:
        raise DataError(f"{json_file}: cannot be kept beside itself ({error.strerror or error})") from error
    replace_file(json_file, json.dumps(content, indent=2) + "\n")
    return kept


def _backups(json_file: Path) -> Iterator[Path]:
    return (json_file.with_name(f"{json_file.name}.bak{i}") for i in chain([""], count(2)))


def is_backup(path: Path) -> bool:
    """Whether a file is an original that a repair kept."""
    return ".json.bak" in path.name
