"""Which photos are evaluated, and which of them the checkpoint has seen in its training."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal, NamedTuple, get_args

from emo.data.datamodule import FaceDataModule
from emo.data.folder import Photo
from emo.data.splits import FOLDER_NAMES, SPLITS, group_of, split_photos
from emo.errors import ConfigError, UserError

SplitChoice = Literal["unseen", "all", "train", "val", "test"]


class Chosen(NamedTuple):
    """The photos of an evaluation.

    Attributes:
        photos: N photos in the order of their folders and names.
        groups: (N,) the person of each, or its own name where none is known: what intervals draw from.
        split: what was chosen, in a word.
        learned: how many of the photos the checkpoint was trained on.
        selected: how many its training watched to choose the best weights.
    """

    photos: list[Photo]
    groups: list[str]
    split: str
    learned: int
    selected: int

    @property
    def people(self) -> int | None:
        """How many people there are; None where the photos do not tell."""
        count = len(set(self.groups))
        return count if count < len(self.photos) else None


def choose_photos(data: FaceDataModule, split: SplitChoice, checkpoint: Path) -> Chosen:
    """Read the folders of `data` and choose among their photos.

    Args:
        data: not set up yet; its photos and its split afterwards are those of the whole folders.
        split: `all`; `train`, `val` or `test` as the run's split.json says, else as the folders are divided, else by
            `data.shares`; or `unseen`: all but what the run was trained and selected on, which is everything in a
            folder that is foreign to it.
        checkpoint: its split.json lies beside it, if any.

    Raises:
        UserError: a folder or a file is not usable, or no photo is left.
    """
    if split not in get_args(SplitChoice):
        raise ConfigError(f"split: must be one of {', '.join(get_args(SplitChoice))}, not {split}")
    data.read()
    places = _places(data, read_split(checkpoint.with_name("split.json")))
    if split == "unseen":
        chosen, split = _unseen(places)
    elif split == "all":
        chosen = list(range(len(places)))
    elif any(places):
        chosen = [i for i, place in enumerate(places) if place == split]
    else:
        chosen = _divided(data, split)
    if not chosen:
        raise UserError(f"split={split}: none of the {len(places)} photos; split=all takes them all")
    photos = [data.photos[i] for i in chosen]
    pattern = re.compile(data.group_pattern) if data.group_pattern else None
    groups = [f"{photo.source}/{group_of(photo, pattern)}" for photo in photos]
    seen = [places[i] for i in chosen]
    return Chosen(photos, groups, split, seen.count("train"), seen.count("val"))


def read_split(path: Path) -> dict[str, str]:
    """Photo to split, as a training has written it; empty where there is no such file.

    Raises:
        UserError: the file is none of a training's.
    """
    if not path.is_file():
        return {}
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return {name: split for split in SPLITS for name in content.get(split, [])}
    except (OSError, ValueError, AttributeError, TypeError) as error:
        raise UserError(f"{path}: not a split that a training wrote; move it away") from error


def _places(data: FaceDataModule, known: Mapping[str, str]) -> list[str | None]:
    """The split of the run in which each photo was; None where the run does not know it.

    A run names its photos FOLDER/PATH, so the end of a photo's path tells, wherever the folders lie now and whether all
    of the folder is evaluated or a part of it.
    """
    if not known:
        return [None] * len(data.photos)
    roots = [root.resolve() for root in data.roots]
    return [_place((roots[photo.source] / photo.name).parts, known) for photo in data.photos]


def _place(parts: Sequence[str], known: Mapping[str, str]) -> str | None:
    ends = ("/".join(parts[-count:]) for count in range(2, len(parts)))
    return next((known[end] for end in ends if end in known), None)


def _unseen(places: Sequence[str | None]) -> tuple[list[int], SplitChoice]:
    """What the run was not trained on; nor selected on, if anything is left then."""
    for kept, name in (((None, "test"), "test"), ((None, "test", "val"), "val")):
        chosen = [i for i, place in enumerate(places) if place in kept]
        if chosen:
            return chosen, name if any(places) else "all"  # type: ignore[return-value]  # both are choices
    return list(range(len(places))), "all"


def _divided(data: FaceDataModule, split: str) -> list[int]:
    """The photos in folders of that name, or where there are no such folders, the share of the photos."""
    first = [photo.name.split("/")[0].lower() if "/" in photo.name else "" for photo in data.photos]
    if any(name in FOLDER_NAMES for name in first):
        return [i for i, name in enumerate(first) if FOLDER_NAMES.get(name) == split]
    return split_photos(data.photos, data.shares, data.group_pattern, data.seed)[split]
