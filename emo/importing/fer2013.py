"""FER2013 as CSV, and the FERPlus votes for it.

FER2013: `fer2013.csv` (emotion,pixels,Usage) or `icml_face_data.csv` (emotion, Usage, pixels, with spaces in the
names) of https://www.kaggle.com/c/challenges-in-representation-learning-facial-expression-recognition-challenge:
48 x 48 grey values a row. Its folder layouts are read by `class_folders`.

FERPlus: `fer2013new.csv` of https://github.com/microsoft/FERPlus beside it has the same rows in the same order and
ten votes for each (Barsoum et al. 2016, https://arxiv.org/abs/1608.01041). With `ferplus` the label is what more than
half of all votes say. With `ferplus_soft` it is what most say, and the network learns how the votes are spread over our
emotions. The votes as they are go into the labelme file under `votes`.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import zip_longest
from pathlib import Path

from emo.errors import DataError
from emo.importing.item import ForeignFace, Format, Item, Read, number, split_of
from emo.importing.text import has_columns, read_table

LABELS = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")
VOTES = (
    "neutral",
    "happiness",
    "surprise",
    "sadness",
    "anger",
    "disgust",
    "fear",
    "contempt",
    "unknown",
    "NF",
)
UNSURE = "unsure"
"""Label of a face that no majority of the FERPlus votes agrees on."""

_NAMES = ("fer2013.csv", "icml_face_data.csv")
_VOTES_NAME = "fer2013new.csv"
_COLUMNS = frozenset(("emotion", "pixels", "Usage"))
_VOTE_COLUMNS = frozenset(("Usage", *VOTES))


def _pixels_file(source: Path) -> Path | None:
    candidates = [source] if source.is_file() else [source / name for name in _NAMES]
    return next((path for path in candidates if path.is_file() and has_columns(path, _COLUMNS)), None)


def _votes_file(source: Path) -> Path:
    return (source.parent if source.is_file() else source) / _VOTES_NAME


def _read(source: Path) -> Read:
    for index, row in enumerate(read_table(_needed(source), _COLUMNS)):
        try:
            face = ForeignFace(LABELS[_index(row["emotion"], len(LABELS))])
        except ValueError as error:
            yield DataError(f"{source}: row {index + 1}: {error}")
        else:
            yield _item(row, index, face)


def _read_votes(source: Path, face: Callable[[dict[str, int]], ForeignFace]) -> Read:
    pixels, votes = _needed(source), _votes_file(source)
    both = zip_longest(read_table(pixels, _COLUMNS), read_table(votes, _VOTE_COLUMNS))
    for index, (row, vote) in enumerate(both):
        if row is None or vote is None or row["Usage"].strip() != vote["Usage"].strip():
            raise DataError(
                f"{votes}: row {index + 1} does not belong to that of {pixels.name}; get both anew"
            )
        try:
            counts = {name: _index(vote[name] or "0", 100) for name in VOTES}
        except ValueError as error:
            yield DataError(f"{votes}: row {index + 1}: {error}")
        else:
            yield _item(row, index, face(counts), {"votes": {k: v for k, v in counts.items() if v}})


def majority(counts: dict[str, int]) -> ForeignFace:
    """What more than half of all votes say, else `unsure`.

    >>> majority({"happiness": 6, "neutral": 4}).label, majority({"sadness": 5, "neutral": 5}).label
    ('happiness', 'unsure')
    """
    best = max(counts, key=lambda name: counts[name])
    return ForeignFace(best if 2 * counts[best] > sum(counts.values()) else UNSURE)


def soft(counts: dict[str, int]) -> ForeignFace:
    """What most votes say, with all votes; `unsure` where there are none.

    >>> soft({"happiness": 0, "sadness": 5, "neutral": 5})
    ForeignFace(label='sadness', box_xyxy=None, votes=(('sadness', 5), ('neutral', 5)))
    """
    votes = tuple((name, count) for name, count in counts.items() if count)
    return ForeignFace(max(votes, key=lambda vote: vote[1])[0] if votes else UNSURE, votes=votes)


def _item(row: dict[str, str], index: int, face: ForeignFace, extra: dict[str, object] | None = None) -> Item:
    split = split_of(row["Usage"])
    return Item(split, f"fer{index:07d}", (face,), grey=row["pixels"], extra=extra or {})


def _index(text: str, limit: int) -> int:
    value = number(text)
    if value not in range(limit):
        raise ValueError(f"{text[:30]!r} is no whole number below {limit}")
    return int(value)


def _needed(source: Path) -> Path:
    path = _pixels_file(source)
    if path is None:
        raise DataError(f"{source}: neither {' nor '.join(_NAMES)} with the columns {', '.join(_COLUMNS)}")
    return path


_LICENCE = (
    "FER2013 was gathered by a web search for the ICML 2013 challenge; the photos belong to others and no licence "
    "is stated. Use it for research."
)
FER2013 = Format(lambda source: _pixels_file(source) is not None, _read, _LICENCE)
_PLUS_LICENCE = f"{_LICENCE} The FERPlus votes are under the MIT licence."


def _has_votes(source: Path) -> bool:
    return _votes_file(source).is_file() and _pixels_file(source) is not None


FERPLUS = Format(_has_votes, lambda source: _read_votes(source, majority), _PLUS_LICENCE)
FERPLUS_SOFT = Format(_has_votes, lambda source: _read_votes(source, soft), _PLUS_LICENCE)
