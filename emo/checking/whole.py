"""What is wrong with a dataset as a whole: duplicates, people in two splits, rare emotions, blurred pictures."""

from __future__ import annotations

import os
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from emo.checking.duplicates import exact_groups, near_groups
from emo.checking.finding import Finding
from emo.checking.inspection import Inspected
from emo.data.folder import Photo
from emo.data.splits import person_of, split_folder, split_photos
from emo.errors import UserError

FEW = 10
"""Photos below which an emotion is too rare to learn."""

RARE = 5.0
"""How many times rarer than the commonest an emotion may be."""

BLURRED = 0.08
"""Sharpness, in units of the dataset's median, below which a picture is blurred."""

CENTRED = 0.05
"""Spread of the faces' centres, in units of the frame, below which they are all in one place."""

_ENOUGH = 20  # photos before spread and median mean anything


@dataclass
class Pool:
    """What has to be kept of all files to judge the whole: about 600 bytes of numbers a picture, and its photo."""

    photos: list[Photo] = field(default_factory=list)
    labelled: list[bool] = field(default_factory=list)
    digests: list[bytes] = field(default_factory=list)
    sharpness: list[float] = field(default_factory=list)
    hashes: bytearray = field(default_factory=bytearray)
    whole: bytearray = field(default_factory=bytearray)
    face: bytearray = field(default_factory=bytearray)

    def add(self, inspected: Inspected, root: Path, source: int, no_face: bool) -> None:
        """Keep what is needed of a file; nothing of one without pixels.

        Args:
            inspected: the file.
            root: folder of its dataset.
            source: number of that.
            no_face: an image without a labelme file counts as one without a face.
        """
        if inspected.photo is None or inspected.prints is None:
            return
        name = Path(os.path.relpath(inspected.photo.image, root)).as_posix()
        self.photos.append(Photo(inspected.photo, name, source))
        self.labelled.append(no_face or inspected.file.suffix.lower() == ".json")
        self.digests.append(inspected.digest)
        self.sharpness.append(0.0 if inspected.prints.dark else inspected.prints.sharpness)
        self.hashes += inspected.prints.hash
        self.whole += inspected.prints.whole
        self.face += inspected.prints.face


def divide(pool: Pool, shares: Mapping[str, float], group_pattern: str | None, seed: int) -> list[str]:
    """The split of each photo as a training would divide them; empty where it could not, or has no labels."""
    splits = [""] * len(pool.photos)
    used = [index for index, labelled in enumerate(pool.labelled) if labelled]
    try:
        split = split_photos([pool.photos[index] for index in used], shares, group_pattern, seed)
    except UserError:  # too few photos to divide, which the training says
        return splits
    for name, indices in split.items():
        for index in indices:
            splits[used[index]] = name
    return splits


def duplicates(pool: Pool, splits: Sequence[str]) -> Iterator[Finding]:
    """The same or nearly the same picture twice, graver where the labels or the splits differ."""
    exact = [_files(pool, group) for group in exact_groups(pool.digests)]
    near = [
        _files(pool, group) for group in near_groups(bytes(pool.hashes), bytes(pool.whole), bytes(pool.face))
    ]
    same = {frozenset(group) for group in exact}
    for kind, groups in (("duplicate", exact), ("near_duplicate", near)):
        for group in groups:
            if len(group) > 1 and not (kind == "near_duplicate" and frozenset(group) in same):
                yield _duplicate(pool, splits, group, kind)


def _files(pool: Pool, group: Sequence[int]) -> list[int]:
    """One index for each file: a labelme file elsewhere may mean an image that was looked at by itself too."""
    files = {
        os.path.normpath(pool.photos[i].labelled.image): i
        for i in sorted(group, key=pool.labelled.__getitem__)
    }
    return sorted(files.values())


def _duplicate(pool: Pool, splits: Sequence[str], group: Sequence[int], kind: str) -> Finding:
    emotions = {pool.photos[i].emotion for i in group} - {None}
    first = group[0]
    other = group[1]
    if len(emotions) > 1:
        kind, other = (
            "conflict",
            next(i for i in group if pool.photos[i].emotion != pool.photos[first].emotion),
        )
    if len({splits[i] for i in group} - {""}) > 1:
        kind, other = "split_leak", next(i for i in group if splits[i] != splits[first])
    words = [" ".join(filter(None, (splits[i], pool.photos[i].emotion))) for i in group[:5]]
    names = [
        f"{pool.photos[i].labelled.image}{f' ({word})' if word else ''}"
        for i, word in zip(group[:5], words, strict=True)
    ]
    more = f" and {len(group) - 5} more" if len(group) > 5 else ""
    images = tuple(pool.photos[i].labelled.image for i in (first, other))
    return Finding(kind, str(images[0]), "is also " + ", ".join(names[1:]) + more, images)


def people(pool: Pool, group_pattern: str | None) -> Iterator[Finding]:
    """People whom a dataset's own folders put into two splits."""
    if not group_pattern:
        return
    pattern = re.compile(group_pattern)
    seen: dict[tuple[int, str], dict[str, Photo]] = defaultdict(dict)
    for photo in pool.photos:
        split, person = split_folder(photo.name)[0], person_of(photo.name, pattern)
        if split and person:
            seen[photo.source, person].setdefault(split, photo)
    for (_, person), photos in seen.items():
        if len(photos) > 1:
            images = tuple(photo.labelled.image for photo in photos.values())
            yield Finding(
                "person_leak", str(images[0]), f"{person!r} is in {' and '.join(photos)}", images[:2]
            )


def balance(pool: Pool, classes: Sequence[str], root: str) -> Iterator[Finding]:
    """Emotions with too few photos, alone or beside the others."""
    counts = Counter(photo.emotion for photo in pool.photos if photo.emotion)
    if not counts:
        return
    most = max(counts.values())
    for name in classes:
        if counts[name] < FEW:
            yield Finding("balance", root, f"{name}: {counts[name]} photos; {FEW} are the least")
        elif most > RARE * counts[name]:
            yield Finding("balance", root, f"{name}: {counts[name]} photos, the commonest emotion has {most}")


def blurred(pool: Pool) -> Iterator[Finding]:
    """Pictures far less sharp than the others, worst first."""
    if len(pool.sharpness) < _ENOUGH:
        return
    values = np.array(pool.sharpness)
    median = float(np.median(values[values > 0])) if (values > 0).any() else 0.0
    for index in np.argsort(values):
        if values[index] >= BLURRED * median:
            return
        if values[index] > 0:  # a dark or blank one is reported as such
            image = pool.photos[index].labelled.image
            share = values[index] / median
            yield Finding("blurred", str(image), f"{share:.0%} of the usual sharpness", (image,))


def centred(pool: Pool, root: str) -> Iterator[Finding]:
    """All faces in one place of the frame, as in LFW, so that a constant would do for the network."""
    centres = face_boxes(pool.photos)[:, :2]
    if len(centres) < _ENOUGH:
        return
    (x, y), spread = centres.mean(axis=0), centres.std(axis=0)
    if spread.max() < CENTRED:
        yield Finding("centre", root, f"at {x:.2f}, {y:.2f} of the frame, give or take {spread.max():.3f}")


def face_boxes(photos: Sequence[Photo]) -> np.ndarray:
    """Boxes (N, 4) of the largest face of each photo: centre, width and height in units of the frame."""
    rows = []
    for photo in photos:
        boxes = [face.box_xyxy for face in photo.labelled.faces if face.box_xyxy]
        if boxes:
            x1, y1, x2, y2 = max(boxes, key=lambda box: (box[2] - box[0]) * (box[3] - box[1]))
            w, h = photo.labelled.width, photo.labelled.height
            rows.append(((x1 + x2) / 2 / w, (y1 + y2) / 2 / h, (x2 - x1) / w, (y2 - y1) / h))
    return np.array(rows, np.float64).reshape(-1, 4)
