"""ExpW (Zhang et al. 2018, http://mmlab.ie.cuhk.edu.hk/projects/socialrelation/): photos with boxes.

A line of `label.lst` reads: image_name face_id_in_image face_box_top face_box_left face_box_right face_box_bottom
face_box_confidence expression_label. The images lie in `image`, or in `image/origin`. Lines of the same image
follow each other; what comes later under the same name is a mistake that the importer reports.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from emo.errors import DataError
from emo.importing.item import ForeignFace, Format, Item, Read, find_inside, number, safe_name
from emo.importing.text import read_lines

LABELS = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")
_LISTS = ("label/label.lst", "label.lst")
_FOLDERS = ("image", "image/origin", "images", "origin", "")


def _list(source: Path) -> Path | None:
    return next((source / name for name in _LISTS if (source / name).is_file()), None)


def _read(source: Path) -> Read:
    file = _list(source)
    if file is None:
        raise DataError(f"{source}: no label.lst")
    for name, lines in groupby(read_lines(file), key=lambda line: line.partition(" ")[0].strip()):
        try:
            yield _item(source, name, lines)
        except ValueError as error:
            yield DataError(f"{file}: {name[:100]!r}: {error}")
        except DataError as error:
            yield error


def _item(source: Path, name: str, lines: Iterator[str]) -> Item:
    faces = tuple(_face(line) for line in lines)
    image = find_inside(source, [source / folder / name for folder in _FOLDERS], name)
    return Item("", safe_name(name.rpartition(".")[0]), faces, image)


def _face(line: str) -> ForeignFace:
    values = line.split()
    if len(values) != 8:
        raise ValueError(f"{len(values)} values instead of 8")
    top, left, right, bottom, _, label = (number(value) for value in values[2:])
    if label not in range(len(LABELS)):
        raise ValueError(f"expression {values[7]!r} is none of 0 to {len(LABELS) - 1}")
    return ForeignFace(LABELS[int(label)], (left, top, right, bottom))


EXPW = Format(
    lambda source: _list(source) is not None,
    _read,
    "ExpW was gathered from the web and is for non-commercial research only.",
)
