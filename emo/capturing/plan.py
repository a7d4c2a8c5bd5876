"""What a capture session wants, and how much of it the folder holds already."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from emo.data.labels import LabelledFace
from emo.data.new_photo import NewPhoto, write_new_photo
from emo.errors import UserError
from emo.view import ImageArray

NO_FACE = "noface"
"""Label, in names of files only, of photos that show no face."""


def clean_name(text: str) -> str:
    """A person's name as it stands in names of files: `_` separates there, so it becomes `-`.

    >>> clean_name(" Anna_Lena M. ")
    'anna-lena-m'

    Raises:
        UserError: nothing is left of it.
    """
    words = "".join(sign if sign.isalnum() else " " for sign in str(text).lower()).split()
    if not words:
        raise UserError(f"person: {text!r} has no letter or digit; give a name such as person=anna")
    return "-".join(words)


@dataclass(frozen=True)
class Plan:
    """The photos of one person in one session, `anna_s1_happy_003.jpg`.

    `^([^_]+)_` finds the person in such a name, `^([^_]+_[^_]+)_` the person and the session.

    Args:
        folder: where they lie.
        person: as `clean_name` gives it.
        session: number or word; another day, another light, other clothes.
        classes: the emotions, in the order of asking.
        photos: of each emotion.
        no_face: photos without a face.
    """

    folder: Path
    person: str
    session: str
    classes: Sequence[str]
    photos: int
    no_face: int

    @property
    def labels(self) -> tuple[str, ...]:
        """The emotions, then `NO_FACE`."""
        return (*self.classes, NO_FACE)

    def goal(self, label: str) -> int:
        """How many photos there are to be."""
        return self.no_face if label == NO_FACE else self.photos

    def taken(self, label: str) -> int:
        """How many there are, with their labelme files; what an interruption cut in two does not count."""
        images = self.folder.glob(f"{self._prefix(label)}*.jpg")
        return sum(image.with_suffix(".json").is_file() for image in images)

    def save(self, label: str, frame: ImageArray, face: LabelledFace | None) -> NewPhoto:
        """Write one photo beside those that are there.

        Raises:
            DataError: the folder cannot be written, or the disk is full.
        """
        stems = (f"{self._prefix(label)}{number:03d}" for number in itertools.count(1))
        return write_new_photo(self.folder, stems, frame, () if face is None else (face,))

    def _prefix(self, label: str) -> str:
        return f"{self.person}_s{self.session}_{label}_"


def proposed_session(plan: Plan) -> str:
    """The person's last numbered session where photos are missing in it, else the number after it.

    Args:
        plan: whose `session` does not count.
    """
    parts = (image.stem.split("_") for image in plan.folder.glob(f"{plan.person}_s*_*.jpg"))
    last = max((int(part[1][1:]) for part in parts if part[1][1:].isdecimal()), default=0)
    if last == 0:
        return "1"
    latest = replace(plan, session=str(last))
    complete = all(latest.taken(label) >= latest.goal(label) for label in latest.labels)
    return str(last + 1 if complete else last)
