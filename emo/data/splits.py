"""Divide photos into train, val and test so that nobody is in two of them."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

import numpy as np

from emo.data.folder import Photo
from emo.errors import ConfigError, UserError

SPLITS = ("train", "val", "test")

FOLDER_NAMES = {
    "train": "train", "training": "train",
    "val": "val", "valid": "val", "validation": "val", "publictest": "val",
    "test": "test", "testing": "test", "privatetest": "test",
}  # fmt: skip

Split = dict[str, list[int]]
"""Indices into the photos for each of train, val and test, in ascending order."""


def split_photos(
    photos: Sequence[Photo], shares: Mapping[str, float], group_pattern: str | None, seed: int
) -> Split:
    """Split by the folders train, val and test where they exist, else by group, balanced over the emotions.

    Args:
        photos: the photos to divide, of one dataset or several.
        shares: parts of the whole for train, val and test; they sum to 1.
        group_pattern: regular expression that finds the person and session, see `person_of`; photos of the same are
            kept together. None: every photo by itself.
        seed: decides between equally good divisions.

    Raises:
        ConfigError: the shares or the pattern make no sense.
        UserError: there are too few groups, or a split would be empty.
    """
    if (
        set(shares) != set(SPLITS)
        or any(s < 0 for s in shares.values())
        or abs(sum(shares.values()) - 1) > 1e-6
    ):
        raise ConfigError(f"data.shares: train, val and test must be given and sum to 1, not {dict(shares)}")
    split: Split = {name: [] for name in SPLITS}
    remaining: list[int] = []
    for i, photo in enumerate(photos):
        name, _ = split_folder(photo.name)
        (split[name] if name else remaining).append(i)
    if any(split.values()) and not split["val"] and split["test"]:
        split["val"], split["test"] = (
            split["test"],
            [],
        )  # two folders: select on one, and test by another dataset
    if remaining:
        _divide(photos, remaining, shares, _compile(group_pattern), seed, split)
    for name in ("train", "val"):
        if not split[name]:
            raise UserError(
                f"the {name} split would be empty: {len(photos)} photos are too few, or data.group_pattern puts them "
                "into too few groups"
            )
    return {name: sorted(indices) for name, indices in split.items()}


def split_folder(name: str) -> tuple[str, str]:
    """The split that the top folder of a photo's name means, or an empty text, and the name below that folder.

    >>> split_folder("Training/happy/p1_3.jpg"), split_folder("anna/p1_3.jpg")
    (('train', 'happy/p1_3.jpg'), ('', 'anna/p1_3.jpg'))
    """
    top, _, rest = name.partition("/")
    split = FOLDER_NAMES.get(top.lower(), "") if rest else ""
    return split, rest if split else name


def person_of(name: str, pattern: re.Pattern[str] | None) -> str:
    """The person (and session) in a photo's name; an empty text where there is none.

    The pattern is searched in the path below a folder train, val or test, and if it is not there, in the file's name
    alone, so that `^` means what it seems to in every folder. What its groups match (all of it where it has none) is
    the person.

    >>> person_of("train/happy/p1_3.jpg", re.compile("^(p[0-9]+)_")), person_of("anna/3.jpg", re.compile("^(.+)/"))
    ('p1', 'anna')
    """
    path = split_folder(name)[1]
    match = pattern and (pattern.search(path) or pattern.search(path.rpartition("/")[2]))
    return ("/".join(part or "" for part in match.groups()) or match.group()) if match else ""


def group_of(photo: Photo, pattern: re.Pattern[str] | None) -> str:
    """The person and session that a photo's name gives; the name itself where it gives none."""
    return person_of(photo.name, pattern) or photo.name


def _compile(pattern: str | None) -> re.Pattern[str] | None:
    try:
        return re.compile(pattern) if pattern else None
    except re.error as error:
        raise ConfigError(f"data.group_pattern: not a regular expression: {error}") from error


def _divide(
    photos: Sequence[Photo],
    indices: Sequence[int],
    shares: Mapping[str, float],
    pattern: re.Pattern[str] | None,
    seed: int,
    split: Split,
) -> None:
    """Give each group, the largest first, to the split that lacks its emotions most."""
    groups: dict[tuple[int, str], list[int]] = defaultdict(list)
    for i in indices:
        groups[(photos[i].source, group_of(photos[i], pattern))].append(i)
    order = list(groups.values())
    np.random.default_rng(seed).shuffle(order)
    order.sort(key=len, reverse=True)
    totals = Counter(stratum for i in indices for stratum in _strata(photos[i]))
    missing = {
        name: {stratum: total * shares[name] for stratum, total in totals.items()}
        for name in SPLITS
        if shares[name]
    }
    for group in order:
        strata = Counter(stratum for i in group for stratum in _strata(photos[i]))
        name = max(missing, key=lambda name: _need(missing[name], strata, totals, shares[name]))
        split[name].extend(group)
        for stratum, count in strata.items():
            missing[name][stratum] -= count


def _need(
    missing: Mapping[str, float], strata: Mapping[str, int], totals: Mapping[str, int], share: float
) -> float:
    """How much of its own share a split still lacks, averaged over the photos of a group; rare emotions count more."""
    return sum(count * missing[s] / (totals[s] ** 2 * share) for s, count in strata.items())


def _strata(photo: Photo) -> tuple[str, str]:
    """What is spread evenly: emotions (or no face, or no emotion) within each source, and, weighing little, all photos.

    The latter divides sources that are one person's each.
    """
    return f"{photo.source}/{photo.emotion or ('face' if photo.labelled.faces else 'no face')}", "all"
