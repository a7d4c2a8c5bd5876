"""A folder of drawn photos with labelme files, as a person with a webcam and labelme would have made it."""

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from emo.data.labelme import write_photo
from emo.data.labels import LabelledFace, LabelledPhoto
from emo.drawn.camera import Camera
from emo.drawn.person import Person
from emo.drawn.scene import DrawnFace, Setting, render_scene
from emo.drawn.title import draw_title
from emo.errors import UserError
from emo.faces import EMOTIONS

SESSIONS = 2
_LARGEST_BYTES = 24_500
_QUALITIES = (92, 86, 80, 74, 68, 60, 52, 44, 36, 28, 20)


def write_dataset(
    folder: Path,
    people: int,
    photos_per_person: int,
    no_face: int,
    seed: int,
    size: tuple[int, int] = (640, 480),
    first_person: int = 1,
    titles: int = 0,
) -> None:
    """Write photos `p01_s1_happy_003.jpg`, `room_001.jpg` and `title_001.jpg`, each with its labelme file.

    Every person has two sessions, each with its own room, light and clothes; emotions are balanced within a
    person. The pixels depend on the arguments only.

    Args:
        folder: Made if it does not exist.
        people: How many.
        photos_per_person: How many of each.
        no_face: How many rooms without anybody.
        seed: Of everything but the people's looks, which depend on their numbers.
        size: Width and height in pixels.
        first_person: Number of the first person: other numbers are other people.
        titles: How many pages of large letters, without anybody.

    Raises:
        UserError: A file exists already or cannot be written; nothing is ever overwritten.
    """
    names = _photo_names(people, photos_per_person, seed, first_person)
    rooms = [f"room_{number:03d}" for number in range(1, no_face + 1)]
    pages = [f"title_{number:03d}" for number in range(1, titles + 1)]
    _check_free(folder, [name for name, *_ in names] + rooms + pages)
    for name, person, session, emotion in names:
        rng = np.random.default_rng([seed, person, session, int(name[-3:])])
        setting, someone = _session(seed, person, session, size)
        image, faces = render_scene(rng, [someone], [emotion], size, setting)
        _write(folder, name, image, faces)
    for number, name in enumerate(rooms, 1):
        image, faces = render_scene(np.random.default_rng([seed, 0, number]), [], [], size)
        _write(folder, name, image, faces)
    for number, name in enumerate(pages, 1):
        rng = np.random.default_rng([seed, 0, 0, number])
        room, _ = render_scene(rng, [], [], size)
        _write(folder, name, Camera.draw(rng).shoot(rng, draw_title(rng, room)), [])


def _photo_names(people: int, photos: int, seed: int, first_person: int) -> list[tuple[str, int, int, str]]:
    """Name, person, session and emotion of every photo."""
    return [
        (f"p{person:02d}_s{session}_{emotion}_{number:03d}", person, session, emotion)
        for person in range(first_person, first_person + people)
        for number, session, emotion in _plan(photos, np.random.default_rng([seed, person]))
    ]


def _plan(photos: int, rng: np.random.Generator) -> Iterator[tuple[int, int, str]]:
    """Number, session and emotion of one person's photos; all emotions about as often in each session."""
    rest: list[str] = []
    for number in range(1, photos + 1):
        if not rest:
            rest = [str(emotion) for emotion in rng.permutation(EMOTIONS)]
        yield number, 1 + (number - 1) * SESSIONS // photos, rest.pop()


def _session(seed: int, number: int, session: int, size: tuple[int, int]) -> tuple[Setting, Person]:
    rng = np.random.default_rng([seed, number, session])
    setting = Setting.draw(rng, size)
    return setting, Person.from_seed(number).dressed(rng)


def _check_free(folder: Path, names: list[str]) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"{folder}: cannot be made ({error.strerror}); choose another folder") from error
    for name in names:
        for suffix in (".jpg", ".json"):
            if (folder / (name + suffix)).exists():
                raise UserError(f"{folder / (name + suffix)}: exists already; choose an empty folder")


def _write(folder: Path, name: str, image: np.ndarray, faces: list[DrawnFace]) -> None:
    path = folder / f"{name}.jpg"
    try:
        with path.open("xb") as file:  # x: never over an existing file
            file.write(_encode(image))
    except OSError as error:
        raise UserError(f"{path}: cannot be written ({error.strerror})") from error
    height, width = image.shape[:2]
    labelled = (LabelledFace(_rounded(face.box_xyxy), face.emotion) for face in faces)
    write_photo(path.with_suffix(".json"), LabelledPhoto(path, width, height, tuple(labelled)))


def _rounded(box_xyxy: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    x1, y1, x2, y2 = (round(value, 2) for value in box_xyxy)
    return (x1, y1, x2, y2)


def _encode(image: np.ndarray) -> bytes:
    """JPEG in the best quality that keeps the file small (about 24 KB for 640 x 480 pixels)."""
    largest = _LARGEST_BYTES * image.shape[0] * image.shape[1] / (640 * 480)
    data = b""
    for quality in _QUALITIES:
        done, encoded = cv2.imencode(".jpg", image[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
        if not done:
            raise RuntimeError("OpenCV cannot encode JPEG")
        data = encoded.tobytes()
        if len(data) <= largest:
            break
    return data
