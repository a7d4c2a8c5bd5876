"""Check datasets: every file once, then the whole."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from emo.checking.finding import Finding, Findings
from emo.checking.inspection import Inspector
from emo.checking.repair import is_backup
from emo.checking.whole import Pool, balance, blurred, centred, divide, duplicates, people
from emo.data.images import IMAGE_SUFFIXES
from emo.data.labels import LabelSet
from emo.data.walk import walk_files
from emo.errors import ConfigError, UserError
from emo.parallel import parallel_map

_SHARES = {"train": 0.7, "val": 0.15, "test": 0.15}


@dataclass
class Checked:
    """What a check found.

    Attributes:
        roots: the folders.
        classes: the emotions, in their order.
        findings: what is wrong.
        pool: all pictures that can be decoded.
        splits: of each of them, as a training would divide them.
        group_pattern: finds the person and session in a photo's name.
    """

    roots: list[Path]
    classes: tuple[str, ...]
    group_pattern: str | None
    findings: Findings = field(default_factory=Findings)
    pool: Pool = field(default_factory=Pool)
    splits: list[str] = field(default_factory=list)

    def short(self, text: str) -> str:
        """A text with the names of files as they are within the folder, where there is but one."""
        return text.replace(os.path.join(self.roots[0], ""), "") if len(self.roots) == 1 else text


def check(
    root: str | Sequence[str],
    classes: Sequence[str],
    aliases: Mapping[str, str],
    group_pattern: str | None = None,
    shares: Mapping[str, float] | None = None,
    seed: int = 1,
    unlabelled: str = "skip",
    tiny: float = 24,
    fix: bool = False,
    workers: int | None = None,
) -> Checked:
    """Check one folder or several that are trained on together.

    Args:
        root: the folder or folders.
        classes: the emotions.
        aliases: other spellings of labels.
        group_pattern: regular expression that finds the person (and session) in a photo's name.
        shares: of train, val and test where the folders do not say.
        seed: of that division.
        unlabelled: with `no_face`, images without a labelme file are wanted.
        tiny: least side of a face's box in pixels.
        fix: repair what is safe, keeping the originals.
        workers: processes; None takes one for each core.

    Raises:
        UserError: a folder does not exist or holds nothing.
    """
    roots = [Path(root)] if isinstance(root, str) else [Path(one) for one in root]
    labels = LabelSet(tuple(classes), aliases)
    try:
        re.compile(group_pattern or "")
    except re.error as error:
        raise ConfigError(f"data.group_pattern: not a regular expression: {error}") from error
    checked = Checked(roots, labels.classes, group_pattern)
    inspector = Inspector(labels, tiny, fix)
    for source, folder in enumerate(roots):
        if not folder.is_dir():
            raise UserError(f"{folder}: no such folder; give one as data.root=FOLDER")
        _check_files(checked, folder, source, inspector, unlabelled == "no_face", workers)
    names = ", ".join(map(str, roots))
    if not checked.pool.photos and not checked.findings.counts:
        raise UserError(f"{names}: no photos in this folder")
    checked.splits = divide(checked.pool, shares or _SHARES, group_pattern, seed)
    for findings in (
        duplicates(checked.pool, checked.splits),
        people(checked.pool, group_pattern),
        balance(checked.pool, labels.classes, names),
        blurred(checked.pool),
        centred(checked.pool, names),
    ):
        checked.findings.add(findings)
    return checked


def _check_files(
    checked: Checked, root: Path, source: int, inspector: Inspector, wanted: bool, workers: int | None
) -> None:
    """Look at every file of a folder."""
    lonely: list[int] = []  # images without a labelme file of their name; one elsewhere may mean them
    meant: set[str] = set()
    jobs = _jobs(root, checked.findings)
    with Progress(console=Console(stderr=True), disable=not sys.stderr.isatty(), transient=True) as progress:
        task = progress.add_task(f"checking {root}", total=None)
        for inspected in parallel_map(inspector, jobs, workers):
            progress.advance(task)
            checked.findings.add(inspected.findings)
            before = len(checked.pool.photos)
            checked.pool.add(inspected, root, source, wanted)
            if inspected.photo is None or inspected.file.suffix.lower() != ".json":
                lonely += range(before, len(checked.pool.photos))
            elif (
                inspected.photo.image.stem != inspected.file.stem
                or inspected.photo.image.parent != inspected.file.parent
            ):
                meant.add(os.path.normpath(inspected.photo.image))
    images = [checked.pool.photos[index].labelled.image for index in lonely]
    if not wanted:
        loose = (image for image in images if os.path.normpath(image) not in meant)
        checked.findings.add(Finding("unlabelled", str(i), "no labelme file beside it", (i,)) for i in loose)


def _jobs(root: Path, findings: Findings) -> Iterator[tuple[Path, Path]]:
    """The files to look at; what is no data at all is reported on the way."""
    for path in walk_files(root):
        suffix = path.suffix.lower()
        if suffix == ".json" or (suffix in IMAGE_SUFFIXES and not os.path.lexists(path.with_suffix(".json"))):
            yield path, root
        elif suffix not in IMAGE_SUFFIXES and not is_backup(path):
            findings.add([Finding("stray", str(path), f"a file of the kind {suffix or 'without an ending'}")])
