"""One frame: a room, people in it, the camera before it, and the truth about the faces."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from emo.drawn.anatomy import FRONT, Anatomy, View
from emo.drawn.body import draw_body
from emo.drawn.camera import Camera
from emo.drawn.canvas import Canvas
from emo.drawn.expression import ActionUnits, sample_expression
from emo.drawn.face import draw_head
from emo.drawn.hair import draw_hair_behind
from emo.drawn.person import Person
from emo.drawn.relief import Light
from emo.drawn.room import draw_room

SMALLEST, LARGEST = 0.15, 0.7  # height of a face as a share of the frame's height
_ROOM_MARGIN = 1.25
Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class DrawnFace:
    """The truth about one face.

    Args:
        box_xyxy: Tight around the face (hairline to chin, ear to ear, no hair), pixels, inside the frame.
        emotion: The expression's name.
        person: The seed of the person.
    """

    box_xyxy: Box
    emotion: str
    person: int


@dataclass(frozen=True)
class Place:
    """Where a head is: middle of the face and height of the face in pixels, tilt in radians, and its turn."""

    x: float
    y: float
    height: float
    tilt: float = 0.0
    view: View = FRONT


@dataclass(frozen=True)
class Setting:
    """A room under a light: what all frames of one session share.

    Args:
        room: H x W x 3 uint8, larger than the frame, so that frames can show different parts of it.
        light: The light on everything.
        bright: Factor on colours that the light's relief does not reach (hair, clothes).
    """

    room: np.ndarray
    light: Light
    bright: float

    @classmethod
    def draw(cls, rng: np.random.Generator, size: tuple[int, int]) -> "Setting":
        """Any room for frames of `size` (width, height)."""
        warm = float(rng.normal(0.01, 0.04))
        light = Light(
            side=float(rng.uniform(-1.0, 1.0)),
            above=float(rng.uniform(0.0, 0.9)),
            hard=float(rng.beta(2.0, 2.5)),
            tint=(1.0 + warm, 1.0, 1.0 - warm),
        )
        width, height = (round(length * _ROOM_MARGIN) for length in size)
        return cls(draw_room(rng, (width, height), light), light, float(rng.uniform(0.8, 1.05)))

    def view(self, rng: np.random.Generator, size: tuple[int, int]) -> np.ndarray:
        """A part of the room as large as the frame, a new array."""
        width, height = size
        x = int(rng.integers(self.room.shape[1] - width + 1))
        y = int(rng.integers(self.room.shape[0] - height + 1))
        return self.room[y : y + height, x : x + width].copy()


def render_scene(
    rng: np.random.Generator,
    people: Sequence[Person],
    emotions: Sequence[str],
    size: tuple[int, int] = (640, 480),
    setting: Setting | None = None,
    intensity: float | None = None,
) -> tuple[np.ndarray, list[DrawnFace]]:
    """Draw one frame.

    Args:
        rng: Source of chance: places, turns, expressions, room, camera.
        people: Who is in the frame; may be empty.
        emotions: What each of them shows, as many as people.
        size: Width and height in pixels.
        setting: The room and light; drawn if not given.
        intensity: Of the expressions, 0 to 1; drawn for each person if not given.

    Returns:
        The frame, H x W x 3 uint8 RGB, and the truth in the order of `people`.

    Raises:
        ValueError: As many emotions as people are needed, and known ones.
    """
    if len(people) != len(emotions):
        raise ValueError(f"{len(people)} people need as many emotions, not {len(emotions)}")
    setting = setting or Setting.draw(rng, size)
    image = setting.view(rng, size)
    places = _draw_places(rng, len(people), size)
    units = [sample_expression(rng, emotion, intensity) for emotion in emotions]
    boxes: dict[int, Box] = {}
    for index in sorted(range(len(people)), key=lambda i: places[i].height):  # the nearest is painted last
        boxes[index] = draw_person(image, people[index], units[index], places[index], setting)
    faces = [DrawnFace(cut(boxes[i], size), emotions[i], people[i].seed) for i in range(len(people))]
    return Camera.draw(rng).shoot(rng, image), faces


def draw_person(image: np.ndarray, person: Person, units: ActionUnits, place: Place, setting: Setting) -> Box:
    """Paint a person into the image.

    Returns:
        The tight box around the face, x1, y1, x2, y2 in pixels, which may reach out of the image.
    """
    anatomy = Anatomy(person, units, place.view)
    unit = place.height / 2.0
    head = _head_matrix(place)
    frame_height, frame_width = image.shape[:2]
    reach = (person.shape.shoulders * 1.1 + 0.3) * unit
    x1, x2 = max(int(place.x - reach), 0), min(int(place.x + reach) + 1, frame_width)
    y1 = max(int(place.y - 2.3 * unit), 0)
    if x1 < x2 and y1 < frame_height:
        part = image[y1:, x1:x2]
        # Small heads need finer painting for their eyes and mouths; large ones do with anti-aliased edges.
        more = 1 if unit >= 80 else 2 if unit >= 40 else 4
        fine = cv2.resize(part, None, fx=more, fy=more, interpolation=cv2.INTER_NEAREST)
        _paint(fine, anatomy, _finer(head, (x1, y1), more), place.tilt, setting)
        part[:] = cv2.resize(fine, (part.shape[1], part.shape[0]), interpolation=cv2.INTER_AREA)
    return _box(anatomy, head)


def face_box(person: Person, units: ActionUnits, place: Place) -> Box:
    """The box that `draw_person` returns, without any painting."""
    return _box(Anatomy(person, units, place.view), _head_matrix(place))


def cut(box_xyxy: Box, size: tuple[int, int]) -> Box:
    """The part of a box inside a frame of `size` (width, height); of no area if it is outside."""
    x1, y1, x2, y2 = box_xyxy
    width, height = size
    return (
        min(max(x1, 0.0), width),
        min(max(y1, 0.0), height),
        min(max(x2, 0.0), width),
        min(max(y2, 0.0), height),
    )


def _box(anatomy: Anatomy, head: np.ndarray) -> Box:
    points = anatomy.face_points() @ head[:, :2].T + head[:, 2]
    low, high = points.min(axis=0).tolist(), points.max(axis=0).tolist()
    return (low[0], low[1], high[0], high[1])


def _paint(image: np.ndarray, anatomy: Anatomy, head: np.ndarray, tilt: float, setting: Setting) -> None:
    canvas = Canvas(image, head)
    throat = np.array([0.0, 1.1])
    back = _rotation(-0.75 * tilt)  # the shoulders follow the head's tilt only a little
    body = head.copy()
    body[:, :2] = head[:, :2] @ back
    body[:, 2] = head[:, :2] @ throat + head[:, 2] - body[:, :2] @ throat
    draw_hair_behind(canvas, anatomy, setting.bright)
    draw_body(Canvas(image, body), anatomy, setting.light, setting.bright)
    draw_head(canvas, anatomy, setting.light, setting.bright)


def _head_matrix(place: Place) -> np.ndarray:
    turn = _rotation(place.tilt) * place.height / 2.0
    return np.column_stack([turn, [place.x, place.y]])


def _finer(matrix: np.ndarray, origin: tuple[int, int], more: int) -> np.ndarray:
    finer = matrix * more
    finer[:, 2] = (matrix[:, 2] - origin + 0.5) * more - 0.5
    return finer


def _rotation(angle: float) -> np.ndarray:
    return np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])


def _draw_places(rng: np.random.Generator, count: int, size: tuple[int, int]) -> list[Place]:
    """Places for all faces, whole in the frame and apart from each other."""
    places: list[Place] = []
    largest = LARGEST if count <= 1 else min(LARGEST, 0.8 / count)
    for _ in range(count):
        tries = [_draw_place(rng, size, largest) for _ in range(30)]
        places.append(max(tries, key=lambda place: min(_room_between(place, places), 0.0)))
    return places


def _draw_place(rng: np.random.Generator, size: tuple[int, int], largest: float) -> Place:
    width, height = size
    share = float(np.exp(rng.uniform(np.log(SMALLEST), np.log(max(largest, SMALLEST * 1.2)))))
    # The frame may be too narrow for a tall face.
    tall = min(share * height, 0.95 * width)
    tilt = float(np.clip(rng.normal(0.0, 0.13), -0.35, 0.35))
    view = View(
        yaw=float(np.clip(rng.normal(0.0, 0.2), -0.45, 0.45)),
        pitch=float(np.clip(rng.normal(0.0, 0.08), -0.18, 0.18)),
        gaze=(float(rng.normal(0.0, 0.3)), float(rng.normal(0.0, 0.2))),
    )
    x = _inside(rng, width, 0.52 * tall)
    # Heads are seldom at the very bottom, where no shoulders show.
    y = _inside(rng, height, 0.6 * tall, 0.85)
    return Place(x, y, tall, tilt, view)


def _inside(rng: np.random.Generator, length: float, half: float, end: float = 1.0) -> float:
    low, high = half, max(length * end - half, half)
    middle = (low + high) / 2.0
    return float(np.clip(rng.normal(middle, (high - low) / 3.0), low, high))


def _room_between(place: Place, others: Sequence[Place]) -> float:
    """The smallest gap to the others in pixels; below 0 they may overlap."""
    gaps = [float(np.hypot(place.x - o.x, place.y - o.y)) - 0.75 * (place.height + o.height) for o in others]
    return min(gaps, default=0.0)
