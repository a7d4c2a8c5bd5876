"""Short clips of people before a webcam, with the truth about every frame."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from emo.drawn.anatomy import View
from emo.drawn.camera import Camera
from emo.drawn.expression import ActionUnits, sample_expression
from emo.drawn.person import Person
from emo.drawn.scene import Box, DrawnFace, Place, Setting, cut, draw_person
from emo.faces import EMOTIONS

SCRIPTS = ("expressions", "leaves", "crossing")
LEAST_VISIBLE = 0.4  # a face of which less is to be seen is no longer in the truth
_CHANGE = 0.4  # seconds from one expression to the next
_BLINK = 0.16  # seconds


@dataclass(frozen=True)
class Expressions:
    """What a person shows over time: one expression after another with smooth changes, and blinks."""

    emotions: Sequence[str]
    units: Sequence[ActionUnits]
    hold: float
    blinks: Sequence[float]

    @classmethod
    def draw(cls, rng: np.random.Generator, seconds: float) -> "Expressions":
        """Neutral first, then every emotion once in any order, then neutral again, within the time."""
        order = [
            "neutral",
            *(str(name) for name in rng.permutation([e for e in EMOTIONS if e != "neutral"])),
            "neutral",
        ]
        units = [sample_expression(rng, name, float(rng.uniform(0.7, 1.0))) for name in order]
        blinks = np.cumsum(rng.uniform(1.5, 5.0, int(seconds / 1.5) + 1))
        return cls(order, units, seconds / len(order), blinks.tolist())

    def at(self, time: float) -> tuple[ActionUnits, str]:
        """The action units at a time in seconds, and the emotion that has the larger share."""
        last = len(self.units) - 1
        index = min(int(time / self.hold), last)
        share = _ease((time - (index + 1) * self.hold) / _CHANGE + 1.0) if index < last else 0.0
        units = self.units[index].towards(self.units[min(index + 1, last)], share)
        closing = max((1.0 - abs(time - blink) / (_BLINK / 2) for blink in self.blinks), default=0.0)
        if closing > 0.0:
            units = replace(units, droop=max(units.droop, min(1.3 * closing, 1.0)))
        return units, self.emotions[index if share <= 0.5 else index + 1]


@dataclass(frozen=True)
class Path:
    """Where a head goes: keys of time, x, y and height (seconds, pixels), with some sway."""

    keys: np.ndarray
    sway: np.ndarray

    @classmethod
    def draw(cls, rng: np.random.Generator, keys: Sequence[tuple[float, float, float, float]]) -> "Path":
        """A path through the keys with a person's own slow sway."""
        sway = np.stack([rng.uniform(0.1, 0.45, 6), rng.uniform(0.0, 2 * np.pi, 6)])
        return cls(np.array(keys, dtype=np.float64), sway)

    def at(self, time: float) -> Place:
        """The place at a time in seconds."""
        times = self.keys[:, 0]
        index = int(np.clip(np.searchsorted(times, time, side="right") - 1, 0, len(times) - 2))
        share = _ease((time - times[index]) / (times[index + 1] - times[index]))
        x, y, height = (self.keys[index, 1:] * (1 - share) + self.keys[index + 1, 1:] * share).tolist()
        wave = np.sin(2 * np.pi * self.sway[0] * time + self.sway[1]).tolist()
        view = View(0.22 * wave[0], 0.07 * wave[1], (0.3 * wave[2], 0.15 * wave[1]))
        return Place(x + 0.08 * height * wave[3], y + 0.04 * height * wave[4], height, 0.1 * wave[5], view)


def render_clip(
    seed: int,
    seconds: float,
    fps: float = 30,
    size: tuple[int, int] = (640, 480),
    script: str = "expressions",
) -> Iterator[tuple[np.ndarray, list[DrawnFace]]]:
    """Draw a clip frame by frame.

    Args:
        seed: The same seed gives the same clip.
        seconds: Its length.
        fps: Frames a second.
        size: Width and height in pixels.
        script: `expressions`: one person shows all emotions. `leaves`: the same person leaves the picture and
            comes back. `crossing`: two people cross behind a third.

    Yields:
        The frame, H x W x 3 uint8 RGB, and the faces that are to be seen. Their `person` stays the same
        through the clip; in a change of expression `emotion` is the one with the larger share.

    Raises:
        ValueError: The script is not known.
    """
    if script not in SCRIPTS:
        raise ValueError(f"unknown script {script!r}; known: {', '.join(SCRIPTS)}")
    rng = np.random.default_rng([seed, SCRIPTS.index(script)])
    setting, camera = Setting.draw(rng, size), replace(Camera.draw(rng), motion=0.0)
    room = setting.view(rng, size)
    actors = [
        (Person.from_seed(seed * 10 + number), Expressions.draw(rng, seconds), path)
        for number, path in enumerate(_paths(rng, seconds, size, script))
    ]
    for frame in range(round(seconds * fps)):
        image = room.copy()
        shown = [(person, *acting.at(frame / fps), path.at(frame / fps)) for person, acting, path in actors]
        faces = _paint(image, shown, setting)
        yield camera.shoot(rng, image), faces


def _paint(
    image: np.ndarray, shown: list[tuple[Person, ActionUnits, str, Place]], setting: Setting
) -> list[DrawnFace]:
    """Paint people into the room, the nearest last, and tell whose faces are to be seen."""
    size = (image.shape[1], image.shape[0])
    faces: list[DrawnFace] = []
    for person, units, emotion, place in sorted(shown, key=lambda one: one[3].height):
        box = draw_person(image, person, units, place, setting)
        faces = [face for face in faces if not _hides(box, face.box_xyxy)]
        if _visible(box, size):
            faces.append(DrawnFace(cut(box, size), emotion, person.seed))
    return sorted(faces, key=lambda face: face.person)


def _paths(rng: np.random.Generator, seconds: float, size: tuple[int, int], script: str) -> list[Path]:
    width, height = size
    tall = float(rng.uniform(0.35, 0.5)) * min(height, width)
    x, y = width * float(rng.uniform(0.42, 0.58)), height * float(rng.uniform(0.42, 0.5))
    if script == "expressions":
        return [
            Path.draw(rng, [(0, x, y, tall), (seconds / 2, width - x, y, tall * 0.85), (seconds, x, y, tall)])
        ]
    if script == "leaves":
        away = width + 1.2 * tall if rng.random() < 0.5 else -1.2 * tall
        times = (0.0, 0.3, 0.45, 0.55, 0.7, 1.0)
        stops = (x, x, away, away, x, x)
        keys = [(seconds * time, stop, y, tall) for time, stop in zip(times, stops, strict=True)]
        return [Path.draw(rng, keys)]
    paths = []
    # Two cross behind a third who stays, so that each is hidden for a while.
    for number, (share, start, end) in enumerate(((0.2, 0.15, 0.85), (0.28, 0.85, 0.15), (0.36, 0.5, 0.5))):
        level, size_here = height * (0.3 + 0.12 * number), share * min(height, width)
        first = seconds * 0.1 * (1 + number)
        keys = [
            (first, width * start, level, size_here),
            (first + seconds * 0.6, width * end, level, size_here),
        ]
        paths.append(Path.draw(rng, keys))
    return paths


def _visible(box_xyxy: Box, size: tuple[int, int]) -> bool:
    return _area(cut(box_xyxy, size)) >= LEAST_VISIBLE * _area(box_xyxy)


def _hides(near: Box, far: Box) -> bool:
    """Whether a nearer head, its hair and its shoulders hide too much of a face behind it."""
    x1, y1, x2, y2 = near
    wide, tall = x2 - x1, y2 - y1
    head = _overlap((x1 - 0.1 * wide, y1 - 0.2 * tall, x2 + 0.1 * wide, y2), far)
    body = _overlap((x1 - 0.5 * wide, y2 + 0.1 * tall, x2 + 0.5 * wide, y2 + 9 * tall), far)
    return head + body > (1 - LEAST_VISIBLE) * _area(far)


def _overlap(one: Box, other: Box) -> float:
    wide = min(one[2], other[2]) - max(one[0], other[0])
    tall = min(one[3], other[3]) - max(one[1], other[1])
    return max(wide, 0.0) * max(tall, 0.0)


def _area(box_xyxy: Box) -> float:
    return (box_xyxy[2] - box_xyxy[0]) * (box_xyxy[3] - box_xyxy[1])


def _ease(share: float) -> float:
    """From 0 to 1 with a soft start and end."""
    held = min(max(share, 0.0), 1.0)
    return held * held * (3.0 - 2.0 * held)
