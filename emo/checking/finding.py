"""What can be wrong with a dataset, worst first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal, NamedTuple

from emo.data.shapes import Box

Level = Literal["error", "warning", "note"]

MOST_KEPT = 1000
"""Findings of a kind that are kept and reported one by one; beyond it they are only counted."""


class Kind(NamedTuple):
    """A kind of finding: how bad it is, a title, and what to do about it."""

    level: Level
    title: str
    advice: str


KINDS: dict[str, Kind] = {
    "unreadable": Kind("error", "files that cannot be read", "delete them, or get them anew"),
    "no_image": Kind(
        "error", "labelme files without their image", "put the image beside it, or delete the file"
    ),
    "outside": Kind("error", "files that lie outside of the folder", "copy them in; links are not followed"),
    "box": Kind("error", "boxes of no use", "draw them again in labelme"),
    "label": Kind("error", "unknown labels", "rename them in labelme, or add '++data.aliases.NAME=CLASS'"),
    "unusable": Kind("error", "labelme files that say nothing clear", "mend them in labelme"),
    "split_leak": Kind(
        "warning", "the same picture in two splits", "delete one: the test would be of no worth"
    ),
    "person_leak": Kind("warning", "one person in two splits", "move all photos of a person into one split"),
    "conflict": Kind("warning", "the same picture, labelled differently", "decide for one, delete the other"),
    "label_doubt": Kind("warning", "emotions that the model doubts", "look at them in labelme, worst first"),
    "box_doubt": Kind(
        "warning", "boxes that the model sees elsewhere", "look at them in labelme, worst first"
    ),
    "duplicate": Kind("warning", "the same file twice", "keep one"),
    "near_duplicate": Kind("warning", "nearly the same picture twice", "keep one, unless you meant it"),
    "balance": Kind("warning", "emotions that are rare", "add photos, or train with data.balance=0.5"),
    "centre": Kind(
        "warning", "all faces are in one place", "the network would learn that place: move the camera"
    ),
    "size": Kind(
        "warning", "sizes that are not those of the image", "fix=true mends it; look whether boxes fit"
    ),
    "overhang": Kind("warning", "boxes partly outside of the image", "fix=true clips them, as training does"),
    "tiny": Kind("warning", "tiny faces", "come closer, or delete the shape"),
    "overlap": Kind("warning", "several shapes in one place", "delete all but one in labelme"),
    "blurred": Kind("warning", "blurred pictures", "delete them, unless you want the network to read such"),
    "dark": Kind("warning", "nearly black or blank pictures", "delete them"),
    "unlabelled": Kind("warning", "images without a labelme file", "label them, or python -m emo.autolabel"),
    "stray": Kind(
        "warning", "files that are neither image nor label", "move them elsewhere, or convert them"
    ),
    "order": Kind("note", "points in the order they were drawn", "harmless; fix=true sorts them"),
    "alias": Kind("note", "labels in another spelling", "harmless; fix=true writes the usual one"),
    "suggested": Kind("note", "suggestions that nobody has confirmed", "look at them, take the flag away"),
    "repaired": Kind("note", "repaired now", "the original is beside it, as NAME.json.bak"),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong.

    Attributes:
        kind: key of `KINDS`.
        file: as the user would write it.
        text: what is wrong with it, one line.
        images: what to look at, at most two.
        boxes: of the first image, in pixels.
    """

    kind: str
    file: str
    text: str
    images: tuple[Path, ...] = ()
    boxes: tuple[Box, ...] = ()


@dataclass
class Findings:
    """All findings: every one is counted, the first of each kind are kept."""

    counts: Counter[str] = field(default_factory=Counter)
    kept: dict[str, list[Finding]] = field(default_factory=dict)

    def add(self, findings: Iterable[Finding]) -> None:
        """Take some in."""
        for finding in findings:
            self.counts[finding.kind] += 1
            kept = self.kept.setdefault(finding.kind, [])
            if len(kept) < MOST_KEPT:
                kept.append(replace(finding, file=printable(finding.file), text=printable(finding.text)))

    def __iter__(self) -> Iterator[Finding]:
        """Those that were kept, worst kind first."""
        for kind in KINDS:
            yield from self.kept.get(kind, [])

    def total(self, level: Level) -> int:
        """How many of a level there are."""
        return sum(count for kind, count in self.counts.items() if KINDS[kind].level == level)


def printable(text: str) -> str:
    """One line of valid Unicode, which the names of files need not be."""
    return " ".join(text.encode(errors="replace").decode().split())
