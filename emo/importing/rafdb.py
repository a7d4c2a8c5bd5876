"""RAF-DB (http://www.whdeng.cn/RAF/model1.html), its basic emotions: the original photos with boxes, or the crops.

`EmoLabel/list_patition_label.txt` (so spelt) holds lines such as `train_00001.jpg 5`. The photos are
`Image/original/train_00001.jpg` with `Annotation/boundingbox/train_00001_boundingbox.txt` (x1 y1 x2 y2), the crops
`Image/aligned/train_00001_aligned.jpg`. All may lie in a folder `basic`.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from emo.data.files import open_file
from emo.errors import DataError
from emo.importing.item import Box, ForeignFace, Format, Item, Read, find_inside, number, safe_name, split_of
from emo.importing.text import read_lines

LABELS = ("surprise", "fear", "disgust", "happiness", "sadness", "anger", "neutral")  # numbered from 1
_LIST = "EmoLabel/list_patition_label.txt"


def _base(source: Path) -> Path | None:
    return next((base for base in (source, source / "basic") if (base / _LIST).is_file()), None)


def _has(source: Path, folder: str) -> bool:
    base = _base(source)
    return base is not None and (base / "Image" / folder).is_dir()


def _read(source: Path, folder: str, face: Callable[[Path, str, str], Item]) -> Read:
    base = _base(source)
    if base is None or not _has(source, folder):
        raise DataError(f"{source}: no {_LIST} with Image/{folder}")
    for index, line in enumerate(read_lines(base / _LIST), 1):
        try:
            name, label = line.split()
            if label not in map(str, range(1, len(LABELS) + 1)):
                raise ValueError(f"{label[:20]!r} is none of 1 to {len(LABELS)}")
            yield face(base, name.rpartition(".")[0], LABELS[int(label) - 1])
        except ValueError as error:
            yield DataError(f"{base / _LIST}: line {index}: {error}")
        except DataError as error:
            yield error


def _original(base: Path, stem: str, label: str) -> Item:
    image = find_inside(base, [base / f"Image/original/{stem}.jpg"], stem)
    file = find_inside(
        base, [base / f"Annotation/boundingbox/{stem}_boundingbox.txt"], f"{stem}_boundingbox.txt"
    )
    return _item(stem, ForeignFace(label, _read_box(file)), image)


def _aligned(base: Path, stem: str, label: str) -> Item:
    return _item(
        stem, ForeignFace(label), find_inside(base, [base / f"Image/aligned/{stem}_aligned.jpg"], stem)
    )


def _item(stem: str, face: ForeignFace, image: Path) -> Item:
    return Item(split_of(stem.partition("_")[0]), safe_name(stem), (face,), image)


def _read_box(file: Path) -> Box:
    with open_file(file, 2**20) as stream:
        values = stream.read().split()
    try:
        x1, y1, x2, y2 = (number(value.decode("ascii")) for value in values)
    except ValueError as error:
        raise DataError(f"{file}: not four numbers ({error})") from error
    return x1, y1, x2, y2


_LICENCE = "RAF-DB is for non-commercial research only, by agreement with its authors; do not pass it on."
RAFDB = Format(lambda s: _has(s, "original"), lambda s: _read(s, "original", _original), _LICENCE)
RAFDB_ALIGNED = Format(lambda s: _has(s, "aligned"), lambda s: _read(s, "aligned", _aligned), _LICENCE)
