"""YOLO folders (https://docs.ultralytics.com/datasets/detect/), such as Roboflow exports.

Own lines instead of the library `supervision` (0.31 was read), here and for COCO and VOC: it keeps every box of a
set in memory, ends at the first bad line where this reports it and goes on, decodes each VOC image at its full size
without a limit, leaves open where a path leads, and brings PyAV, SciPy and requests along. What is left to write
ourselves is one class of numbers a line.

`data.yaml` names the classes and the image folders (or text files that list images) of train, val and test. The
labels of `.../images/a.jpg` are in `.../labels/a.txt`: class, centre, width and height as parts of the image, or a
polygon, or a box followed by `kpt_shape` key points. An image without a label file shows no face.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]

from emo.data.files import open_file
from emo.data.images import IMAGE_SUFFIXES
from emo.data.walk import is_inside, walk_files
from emo.errors import DataError
from emo.importing.item import Box, ForeignFace, Format, Item, Read, find_inside, number, safe_name
from emo.importing.text import read_lines

_KEYS = {"train": "train", "val": "val", "valid": "val", "test": "test"}
_MAX_BYTES = 2**20  # of data.yaml and of a label file


def _yaml_file(source: Path) -> Path | None:
    files = (
        [source] if source.is_file() else [source / "data.yaml", source / "dataset.yaml", source / "data.yml"]
    )
    return next((f for f in files if f.is_file() and f.suffix in (".yaml", ".yml")), None)


def _read(source: Path) -> Read:
    file = _yaml_file(source)
    if file is None:
        raise DataError(f"{source}: no data.yaml")
    content = _parse(file)
    names, points = _names(file, content), _keypoints(content)
    root, base = file.parent, content.get("path")
    for key, split in _KEYS.items():
        for entry in _entries(content.get(key)):
            for image in _images(root, base if isinstance(base, str) else "", entry):
                try:
                    yield _item(root, image, split, names, points)
                except ValueError as error:
                    yield DataError(f"{_label_file(image)}: {error}")
                except DataError as error:
                    yield error


def _parse(file: Path) -> dict[str, Any]:
    with open_file(file, _MAX_BYTES) as stream:
        raw = stream.read()
    try:
        content = yaml.safe_load(raw)
    except Exception as error:  # damaged files raise whatever the parser happens to meet
        raise DataError(
            f"{file}: not YAML ({str(error).splitlines()[0] if str(error) else 'damaged'})"
        ) from error
    if not isinstance(content, dict):
        raise DataError(f"{file}: not a data.yaml of YOLO")
    return content


def _names(file: Path, content: dict[str, Any]) -> dict[int, str]:
    names = content.get("names")
    if isinstance(names, list):
        names = dict(enumerate(names))
    try:
        if not all(isinstance(name, (str, int, float)) for name in names.values()):  # type: ignore[union-attr]
            raise TypeError  # a list of lists of aliases would be written out as gigabytes
        return {int(index): str(name) for index, name in names.items()}  # type: ignore[union-attr]
    except (AttributeError, TypeError, ValueError, OverflowError) as error:
        raise DataError(f"{file}: `names` is no list of classes") from error


def _keypoints(content: dict[str, Any]) -> int:
    """How many numbers of key points follow a box."""
    shape = content.get("kpt_shape")
    whole = isinstance(shape, list) and len(shape) == 2 and all(type(n) is int and n > 0 for n in shape)
    return shape[0] * shape[1] if whole else 0  # type: ignore[index]  # checked by `whole`


def _entries(value: object) -> list[str]:
    return [entry for entry in (value if isinstance(value, list) else [value]) if isinstance(entry, str)]


def _images(root: Path, base: str, entry: str) -> Iterator[Path | str]:
    """The images of a folder or of a text file that lists them; in a list they may turn out not to exist."""
    # Roboflow writes `../train/images` where it means `train/images`, and `path` is often that of another machine
    inner = entry.lstrip("./") if entry.startswith("..") else entry
    places = [root / base / entry, root / entry, root / base / inner, root / inner]
    place = next((p for p in places if _usable(p, root)), None)
    if place is None:
        return
    if place.is_dir():
        yield from (path for path in walk_files(place) if path.suffix.lower() in IMAGE_SUFFIXES)
    elif place.suffix == ".txt":
        for line in read_lines(place):
            if listed := line.strip():
                yield next((p for p in (root / listed, place.parent / listed) if _usable(p, root)), listed)


def _usable(path: Path, root: Path) -> bool:
    try:
        return (is_inside(path, root) or path.resolve() == root.resolve()) and path.exists()
    except (OSError, ValueError, RuntimeError):
        return False


def _item(root: Path, image: Path | str, split: str, names: dict[int, str], points: int) -> Item:
    path = find_inside(root, [Path(image)] if isinstance(image, Path) else [], str(image))
    relative = Path(*path.resolve().relative_to(root.resolve()).parts)
    label_file = _label_file(path)
    faces: tuple[ForeignFace, ...] = ()
    if label_file.is_file() and label_file.stat().st_size:
        if not is_inside(label_file, root):
            raise DataError(f"{label_file}: leads out of {root}")
        with open_file(label_file, _MAX_BYTES) as stream:
            lines = stream.read().decode("utf-8-sig", "replace").splitlines()
        faces = tuple(_face(line, names, points) for line in lines if line.strip())
    name = "/".join(part for part in relative.with_suffix("").parts if part not in (*_KEYS, "images"))
    return Item(split, safe_name(name), faces, path, fractions=True)


def _label_file(image: Path | str) -> Path:
    parts = list(Path(image).parts)
    if "images" in parts:
        parts[len(parts) - 1 - parts[::-1].index("images")] = "labels"
    return Path(*parts).with_suffix(".txt")


def _face(line: str, names: dict[int, str], points: int) -> ForeignFace:
    values = [number(value) for value in line.split()]
    if len(values) < 5 or values[0] not in names:
        raise ValueError(f"{line.strip()[:60]!r} is not a known class and a box")
    return ForeignFace(names[int(values[0])], _box(values[1:], points))


def _box(values: list[float], points: int) -> Box:
    if len(values) in (4, 4 + points):
        x, y, width, height = values[:4]
        return x - width / 2, y - height / 2, x + width / 2, y + height / 2
    if len(values) % 2 or len(values) < 6:
        raise ValueError(f"{len(values)} numbers are neither a box nor a polygon")
    return min(values[::2]), min(values[1::2]), max(values[::2]), max(values[1::2])


YOLO = Format(
    lambda source: _yaml_file(source) is not None,
    _read,
    "The licence is whatever the makers of this set chose: see its README or `license` in data.yaml.",
)
