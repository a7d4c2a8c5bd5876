"""Pascal VOC XML (http://host.robots.ox.ac.uk/pascal/VOC/voc2012/devkit_doc.pdf); why without a library, `yolo` says.

Each XML describes one image, beside it (Roboflow) or in `JPEGImages` next to `Annotations`. The split is that of the
top folder, else that of the list in `ImageSets/Main` that names the image. A pixel is counted from 1 and belongs to
the box on both ends, so its left edge is one less.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

from emo.data.files import open_file
from emo.data.images import IMAGE_SUFFIXES
from emo.data.walk import is_inside, walk_files
from emo.errors import DataError
from emo.importing.item import Box, ForeignFace, Format, Item, Read, find_inside, number, safe_name, split_of
from emo.importing.text import read_lines

_MAX_BYTES = 2**20


class _NoDoctype(ET.TreeBuilder):
    """Refuses documents that define entities: a few bytes of those can grow to gigabytes."""

    def doctype(self, name: str, pubid: str | None, system: str | None) -> None:
        raise ValueError("it has a DOCTYPE, which VOC files need not")


def _recognises(source: Path) -> bool:
    return source.is_dir() and any(path.suffix.lower() == ".xml" for path in walk_files(source))


def _read(source: Path) -> Read:
    splits = _listed_splits(source)
    for file in walk_files(source):
        if file.suffix.lower() != ".xml":
            continue
        try:
            yield _item(source, file, splits)
        except ValueError as error:
            yield DataError(f"{file}: {error}")
        except DataError as error:
            yield error


def _listed_splits(source: Path) -> dict[str, str]:
    splits: dict[str, str] = {}
    for split in ("train", "val", "test"):
        for path in sorted(source.glob(f"**/ImageSets/Main/{split}.txt")):
            if is_inside(path, source):
                splits |= {words[0]: split for line in read_lines(path) if (words := line.split())}
    return splits


def _item(source: Path, file: Path, splits: dict[str, str]) -> Item:
    if not is_inside(file, source):
        raise DataError(f"{file}: leads out of {source}")
    root = _parse(file)
    named = Path((root.findtext("filename") or "").replace("\\", "/")).name
    folders = (file.parent, file.parent.parent / "JPEGImages", file.parent.parent / "images")
    candidates = [folder / named for folder in folders if named]
    candidates += [folder / (file.stem + end) for folder in folders for end in sorted(IMAGE_SUFFIXES)]
    image = find_inside(source, candidates, named or file.stem)
    faces = tuple(_face(node) for node in root.iter("object"))
    parts = file.relative_to(source).with_suffix("").parts
    split = (split_of(parts[0]) if len(parts) > 1 else "") or splits.get(file.stem, "")
    name = "/".join(part for part in parts if part != "Annotations" and not split_of(part))
    return Item(split, safe_name(name), faces, image)


def _parse(file: Path) -> Any:  # noqa: ANN401  # ElementTree's element; its generic differs between versions
    with open_file(file, _MAX_BYTES) as stream:
        raw = stream.read()
    try:
        root = ET.fromstring(raw, ET.XMLParser(target=_NoDoctype()))
    except (ET.ParseError, ValueError, LookupError) as error:  # LookupError: an unknown encoding
        raise DataError(f"{file}: not XML that can be read ({error})") from error
    if root.tag != "annotation":
        raise DataError(f"{file}: not a VOC annotation but a {root.tag[:40]!r}")
    return root


def _face(node: Any) -> ForeignFace:  # noqa: ANN401  # as in _parse
    label = (node.findtext("name") or "").strip()
    if not label:
        raise ValueError("an object without a name")
    return ForeignFace(label, _box(node))


def _box(node: Any) -> Box:  # noqa: ANN401  # as in _parse
    x1, y1, x2, y2 = (number(node.findtext(f"bndbox/{key}")) for key in ("xmin", "ymin", "xmax", "ymax"))
    return x1 - 1, y1 - 1, x2, y2


VOC = Format(
    _recognises,
    _read,
    "The licence is whatever the makers of this set chose: see its README.",
)
