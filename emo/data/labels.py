"""What is known about a photo, and the names that labels go by."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from emo.errors import UserError

FACE_LABEL = "face"
"""Label of a face whose emotion is unknown: it trains the box, not the emotion."""


@dataclass(frozen=True, slots=True)
class LabelledFace:
    """One face of a photo.

    Attributes:
        box_xyxy: pixels of the upright image, clipped to it; None where the box is unknown (a face crop).
        emotion: one of the classes; None where it is unknown (label `face`).
        suggested: a model's guess that nobody has confirmed yet.
        votes: how many people saw which emotion, `emotion` being the commonest; empty where nobody counted. It trains
            by these shares instead of `emotion` alone.
    """

    box_xyxy: tuple[float, float, float, float] | None
    emotion: str | None
    suggested: bool = False
    votes: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class LabelledPhoto:
    """One image and the faces in it.

    Attributes:
        image: the image file, or the labelme file itself where the pixels exist only inside it.
        width: pixels of the upright image, that is after its EXIF orientation.
        height: pixels of the upright image.
        faces: empty where the photo shows no face.
    """

    image: Path
    width: int
    height: int
    faces: tuple[LabelledFace, ...]


@dataclass(frozen=True, slots=True)
class LabelSet:
    """The emotions of a dataset and the other spellings they go by, without regard to case.

    An alias of an emotion that is not among the classes is left out, so that one table of aliases serves
    every list of classes; a label spelt that way is then unknown.

    Attributes:
        classes: names of the emotions, in the order of the network's outputs.
        aliases: other spelling -> class name or `face`.

    Raises:
        UserError: there are no classes, or two names would mean the same label.
    """

    classes: tuple[str, ...]
    aliases: Mapping[str, str] = field(default_factory=dict)
    _emotions: dict[str, str | None] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Copy to plain types (a config's containers do not pickle well) and index the spellings."""
        object.__setattr__(self, "classes", tuple(self.classes))
        object.__setattr__(self, "aliases", dict(self.aliases))
        emotions: dict[str, str | None] = {FACE_LABEL: None}
        for spelling, emotion in self._spellings():
            if emotions.setdefault(_key(spelling), emotion) != emotion:
                both = f"{emotion or FACE_LABEL!r} and {emotions[_key(spelling)] or FACE_LABEL!r}"
                raise UserError(f"label {spelling!r} means both {both}; check the classes and the aliases")
        if not self.classes:
            raise UserError("labels: the list of classes is empty")
        object.__setattr__(self, "_emotions", emotions)

    def _spellings(self) -> Iterator[tuple[str, str | None]]:
        by_key = {_key(name): name for name in self.classes}
        if len(by_key) < len(self.classes):
            raise UserError(f"labels: a class is listed twice in {', '.join(self.classes)}")
        yield from ((name, name) for name in self.classes)
        for spelling, target in self.aliases.items():
            if _key(target) == FACE_LABEL:
                yield spelling, None
            elif _key(target) in by_key:
                yield spelling, by_key[_key(target)]

    def resolve(self, label: str) -> str | None:
        """Return the class that a label means, or None for a face of unknown emotion.

        Raises:
            KeyError: the label is unknown.
        """
        return self._emotions[_key(label)]

    def knows(self, label: str) -> bool:
        """Tell whether a label means a class or a face of unknown emotion."""
        return _key(label) in self._emotions


def apply_votes(
    faces: list[LabelledFace], votes: Mapping[str, float], labels: LabelSet
) -> list[LabelledFace]:
    """The faces with the votes of a photo, which are those for its only face.

    They count as long as the face's emotion has the most of them: else somebody has corrected it since.
    """
    known: dict[str, float] = {}
    for name, count in votes.items():
        emotion = labels.resolve(name) if labels.knows(name) else None
        if emotion is not None:
            known[emotion] = known.get(emotion, 0.0) + count
    if len(faces) == 1 and known and known.get(faces[0].emotion or "") == max(known.values()):
        return [replace(faces[0], votes=tuple(known.items()))]
    return faces


def _key(spelling: str) -> str:
    return spelling.strip().casefold()
