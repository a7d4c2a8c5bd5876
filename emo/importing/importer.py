"""Import a data set: look at all of it first, then write it, and say what became of what."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import get_args

from emo.data.files import replace_file
from emo.data.labels import LabelSet
from emo.errors import ConfigError, DataError, UserError
from emo.importing.class_map import ClassMap
from emo.importing.formats import choose_format
from emo.importing.item import Format, Item
from emo.importing.writer import NO_FACE, Images, Outcome, Writer, json_path
from emo.parallel import parallel_map
from emo.progress import progress

MARKER = ".emo_import.json"
"""Hidden file in the new folder: what was imported, and how. Only the same import goes on there."""

_MOST_PROBLEMS = 20  # that are kept in memory and printed; the rest is counted

Counts = Counter[tuple[str, str]]
"""Faces (or images without any) by split and label."""


@dataclass
class Report:
    """What an import found and did.

    Attributes:
        format: name of the source's format.
        licence: reminder of the source's terms.
        folder: of the dataset.
        before: in the source, under its own class names.
        after: in the dataset, under ours, from this run and earlier ones.
        images: how many of each outcome.
        problems: the first of those that could not be used.
    """

    format: str
    licence: str
    folder: Path
    before: Counts = field(default_factory=Counter)
    after: Counts = field(default_factory=Counter)
    images: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)

    def add(self, outcome: Outcome) -> None:
        """Count one."""
        self.images[outcome.kind] += 1
        self.after.update((outcome.split, label) for label in outcome.labels)
        if outcome.problem and len(self.problems) < _MOST_PROBLEMS:
            self.problems.append(
                outcome.problem.encode(errors="replace").decode()
            )  # names need not be Unicode


def import_data(
    source: str,
    folder: str,
    classes: Sequence[str],
    map: Mapping[str, str],
    format: str = "auto",
    images: Images = "copy",
    workers: int | None = None,
) -> Report:
    """Turn a data set of others into a labelme dataset; what is there already is never touched.

    An import that was interrupted goes on where it stopped when it is started again.

    Args:
        source: its folder or file.
        folder: of the dataset; made if it does not exist.
        classes: our emotions.
        map: the source's class -> one of ours, `face` or `drop`.
        format: name of the source's format, or `auto`.
        images: `copy`, `link` (hard links: no copy, on the same file system only), or `in_place`: the labelme files
            go beside the images of the source, and `folder` is not used.
        workers: processes; None takes one for each core.

    Raises:
        UserError: the source is of no known format, has unknown classes or nothing of use, or the folder holds
            something else.
    """
    if images not in get_args(Images):
        raise ConfigError(f"images={images}: one of {', '.join(get_args(Images))}")
    root, target = Path(source), Path(folder)
    name, kind = choose_format(format, root)
    if images == "in_place":
        target = _in_place(root, name, kind)
    class_map = ClassMap(classes, map)
    report = Report(name, kind.licence, target)
    total, labels = _survey(kind, root, report)
    class_map.check(labels)
    _claim(
        target,
        {"format": name, "source": str(root.resolve()), "classes": list(classes), "map": dict(map)},
        images,
    )
    writer = Writer(target, class_map, images, LabelSet(tuple(classes)))
    items = _distinct(kind.read(root), target, images)
    outcomes = parallel_map(writer, items, workers)
    for outcome in progress(outcomes, "importing", total):
        report.add(outcome)
    if not report.after:
        first = f"; the first problem: {report.problems[0]}" if report.problems else ""
        raise UserError(f"{source}: nothing of it can be used{first}")
    return report


def _survey(kind: Format, source: Path, report: Report) -> tuple[int, dict[str, None]]:
    """Count what is there; returns the number of images and problems, and the classes."""
    total = 0
    labels: dict[str, None] = {}
    for item in kind.read(source):
        total += 1
        if isinstance(item, Item):
            labels |= dict.fromkeys(name for face in item.faces for name in (face.label, *dict(face.votes)))
            report.before.update((item.split, face.label) for face in item.faces)
            if not item.faces:
                report.before[item.split, NO_FACE] += 1
    if not total:
        raise UserError(f"{source}: no images of the format {report.format} in it")
    return total, labels


def _in_place(source: Path, name: str, kind: Format) -> Path:
    if source.is_file() or kind.own_json or name in ("fer2013", "ferplus", "ferplus_soft"):
        raise ConfigError(f"images=in_place: not with the format {name}; take images=link or images=copy")
    return source


def _claim(folder: Path, settings: dict[str, object], images: Images) -> None:
    """Leave the marker in the folder, or see that it is there from the same import."""
    marker = folder / MARKER
    try:
        if marker.is_file():
            if json.loads(marker.read_text("utf-8")) != settings:
                raise UserError(
                    f"{folder}: holds another import, or one with other settings; take another folder"
                )
            return
        folder.mkdir(parents=True, exist_ok=True)
        if images != "in_place" and any(folder.iterdir()):
            raise UserError(f"{folder}: is not empty; choose a new folder=FOLDER")
    except (OSError, ValueError) as error:
        raise UserError(f"{folder}: cannot be used ({error}); choose another folder") from error
    replace_file(marker, json.dumps(settings, indent=2) + "\n")


def _distinct(items: Iterator[Item | DataError], folder: Path, images: Images) -> Iterator[Item | DataError]:
    """Tell apart items whose labelme files would have one name, such as those of a.jpg and a.png."""
    seen: set[int] = set()  # hashes, for a million names would take much more
    for item in items:
        if isinstance(item, DataError):
            yield item
            continue
        key = hash(str(json_path(item, folder, images)).casefold())
        count = 1
        while key in seen and images != "in_place":
            count += 1
            item = Item(item.split, f"{_stem(item, count)}_{count}", item.faces, item.image, item.grey, item.fractions,
                        item.extra)  # fmt: skip
            key = hash(str(json_path(item, folder, images)).casefold())
        if key in seen:
            yield DataError(f"{item.image}: another image has this name with another ending")
            continue
        seen.add(key)
        yield item


def _stem(item: Item, count: int) -> str:
    return item.name if count == 2 else item.name.removesuffix(f"_{count - 1}")
