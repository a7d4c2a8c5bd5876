"""Short clips of people before a webcam, with the truth about every frame."""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, replace

import numpy as np

from emo.drawn.acting import SCRIPTS, Expressions, draw_paths
from emo.drawn.camera import Camera
from emo.drawn.expression import ActionUnits
from emo.drawn.person import Person
from emo.drawn.scene import Box, DrawnFace, Place, Setting, cut, draw_person, face_box

LEAST_VISIBLE = 0.4  # a face of which less is to be seen is no longer in the truth


@dataclass(frozen=True)
class _Acting:
    """A person in one moment: what their face does, what that is called, and where they are."""

    person: Person
    units: ActionUnits
    emotion: str
    place: Place


class Clip:
    """People before a webcam. The same arguments give the same clip.

    Args:
        seed: Of people, room, camera and paths.
        seconds: Length.
        fps: Frames a second.
        size: Width and height in pixels.
        script: `expressions`: one person shows all emotions. `leaves`: the same person leaves the picture and
            comes back. `crossing`: two people cross behind a third. `group`: one stays, two pass behind them and
            each other, and a fourth leaves and comes back.

    Raises:
        ValueError: The script is not known.
    """

    def __init__(
        self,
        seed: int,
        seconds: float,
        fps: float = 30,
        size: tuple[int, int] = (640, 480),
        script: str = "expressions",
    ) -> None:
        if script not in SCRIPTS:
            raise ValueError(f"unknown script {script!r}; known: {', '.join(SCRIPTS)}")
        self.fps, self.size, self.frames = fps, size, round(seconds * fps)
        rng = np.random.default_rng([seed, SCRIPTS.index(script)])
        self._setting, self._camera = Setting.draw(rng, size), replace(Camera.draw(rng), motion=0.0)
        self._room = self._setting.view(rng, size)
        self._cast = [
            (Person.from_seed(seed * 10 + number), Expressions.draw(rng, seconds), path)
            for number, path in enumerate(draw_paths(rng, seconds, size, script))
        ]
        self._rng = rng

    def truth(self) -> Iterator[list[DrawnFace]]:
        """The faces of each frame that are to be seen, without drawing it: a hundredth of the work.

        Their `person` stays the same through the clip; in a change of expression `emotion` is the one with the
        larger share.
        """
        for frame in range(self.frames):
            acting = self._acting(frame)
            yield self._seen(acting, [face_box(one.person, one.units, one.place) for one in acting])

    def render(self) -> Iterator[tuple[np.ndarray, list[DrawnFace]]]:
        """Each frame, H x W x 3 uint8 RGB, and its truth."""
        rng = deepcopy(self._rng)
        for frame in range(self.frames):
            image, acting = self._room.copy(), self._acting(frame)
            boxes = [draw_person(image, one.person, one.units, one.place, self._setting) for one in acting]
            yield self._camera.shoot(rng, image), self._seen(acting, boxes)

    def _acting(self, frame: int) -> list[_Acting]:
        """Everybody at a frame, the nearest last."""
        time_s = frame / self.fps
        acting = [_Acting(person, *shows.at(time_s), path.at(time_s)) for person, shows, path in self._cast]
        return sorted(acting, key=lambda one: one.place.height)

    def _seen(self, acting: list[_Acting], boxes: list[Box]) -> list[DrawnFace]:
        faces: list[DrawnFace] = []
        for one, box in zip(acting, boxes, strict=True):
            faces = [face for face in faces if not _hides(box, face.box_xyxy)]
            if _visible(box, self.size):
                faces.append(DrawnFace(cut(box, self.size), one.emotion, one.person.seed))
        return sorted(faces, key=lambda face: face.person)


def render_clip(
    seed: int,
    seconds: float,
    fps: float = 30,
    size: tuple[int, int] = (640, 480),
    script: str = "expressions",
) -> Iterator[tuple[np.ndarray, list[DrawnFace]]]:
    """The frames of a `Clip` with their truth; its arguments."""
    return Clip(seed, seconds, fps, size, script).render()


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
