"""COCO detection JSON (https://cocodataset.org/#format-data); why without a library, `yolo` says.

Roboflow's layout has `train/_annotations.coco.json` beside the images, COCO's own
`annotations/instances_train2017.json` with the images in `train2017`. A JSON is read as a whole, so one of more
than 512 MB is refused; the images are not held.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from emo.data.files import open_file
from emo.data.walk import walk_files
from emo.errors import DataError
from emo.importing.item import ForeignFace, Format, Item, Read, find_inside, number, safe_name, split_of

_MAX_BYTES = 512 * 2**20
_HEAD = 2**16


def _files(source: Path) -> Iterator[Path]:
    if source.is_file():
        yield from [source] if source.suffix.lower() == ".json" else []
        return
    for path in walk_files(source):
        if path.suffix.lower() == ".json" and (path.parent.name == "annotations" or _looks_like(path)):
            yield path


def _looks_like(path: Path) -> bool:
    """Told from labelme's files by the keys that come first, without reading the whole."""
    try:
        with open_file(path) as stream:
            head = stream.read(_HEAD)
    except DataError:
        return False
    return b'"shapes"' not in head and any(
        key in head for key in (b'"images"', b'"annotations"', b'"categories"')
    )


def _read(source: Path) -> Read:
    found = False
    for file in _files(source):
        found = True
        content = _parse(file)
        root = source.parent if source.is_file() else source
        yield from _items(root, file, content)
    if not found:
        raise DataError(f"{source}: no COCO annotations in it")


def _parse(file: Path) -> dict[str, Any]:
    with open_file(file, _MAX_BYTES) as stream:
        raw = stream.read()
    try:
        content = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise DataError(f"{file}: not JSON ({error})") from error
    if not isinstance(content, dict) or not all(
        isinstance(content.get(key), list) and all(isinstance(row, dict) for row in content[key])
        for key in ("images", "annotations", "categories")
    ):
        raise DataError(f"{file}: not COCO (lists of images, annotations and categories)")
    return content


def _items(root: Path, file: Path, content: dict[str, Any]) -> Read:
    names = {_text(row, "id"): _text(row, "name") for row in content["categories"]}
    of_image: dict[str, list[dict[str, Any]]] = {}
    for row in content["annotations"]:
        of_image.setdefault(_text(row, "image_id"), []).append(row)
    split = _split(file)
    for image in content["images"]:
        try:
            yield _item(root, file, split, image, of_image.get(_text(image, "id"), []), names)
        except ValueError as error:
            yield DataError(f"{file}: image {_text(image, 'file_name')[:100]!r}: {error}")
        except DataError as error:
            yield error


def _text(row: dict[str, Any], key: str) -> str:
    """A name or number as text; empty for anything else."""
    value = row.get(key)
    return str(value) if isinstance(value, (str, int)) else ""


def _split(file: Path) -> str:
    words = [file.parent.name, *re.findall(r"[a-z]+", file.stem.lower())]
    return next((split for word in words if (split := split_of(word))), "")


def _item(
    root: Path,
    file: Path,
    split: str,
    image: dict[str, Any],
    rows: list[dict[str, Any]],
    names: dict[str, str],
) -> Item:
    name = _text(image, "file_name").replace("\\", "/")
    own = file.stem.rpartition("_")[2]  # train2017 of instances_train2017
    folders = [file.parent, root, root / "images", root / own, root / "images" / own, root / split]
    path = find_inside(root, [folder / name for folder in folders], name)
    return Item(split, safe_name(name.rpartition(".")[0]), tuple(_face(row, names) for row in rows), path)


def _face(row: dict[str, Any], names: dict[str, str]) -> ForeignFace:
    category, box = _text(row, "category_id"), row.get("bbox")
    if category not in names:
        raise ValueError(f"category {category[:20]} is not listed")
    if not isinstance(box, list) or len(box) != 4:
        raise ValueError("bbox is not [x, y, width, height]")
    x, y, width, height = (number(value) for value in box)
    return ForeignFace(names[category], (x, y, x + width, y + height))


COCO = Format(
    lambda source: next(_files(source), None) is not None,
    _read,
    "The licence is whatever the makers of this set chose: see its README, or `licenses` in the JSON.",
    own_json=True,
)
