"""Draw a folder as a command."""

from __future__ import annotations

from pathlib import Path

from emo.drawn.dataset import write_dataset
from emo.errors import ConfigError

_SMALLEST = 32  # pixels; less is no picture


def draw(
    folder: str,
    people: int,
    photos: int,
    no_face: int,
    titles: int,
    seed: int,
    first_person: int,
    size: tuple[int, int],
) -> None:
    """Draw a folder and say what is in it; the arguments are those of conf/draw.yaml, see `write_dataset`.

    Raises:
        UserError: a number makes no sense, or a file exists already or cannot be written.
    """
    numbers = {
        "people": people,
        "photos": photos,
        "no_face": no_face,
        "titles": titles,
        "seed": seed,
        "first_person": first_person,
    }
    for name, value in numbers.items():
        if value < 0:
            raise ConfigError(f"{name}={value}: must not be negative")
    if min(size) < _SMALLEST:
        raise ConfigError(f"size={list(size)}: width and height must be at least {_SMALLEST} pixels")
    write_dataset(Path(folder), people, photos, no_face, seed, (size[0], size[1]), first_person, titles)
    print(f"{folder}: {people * photos} photos with a face, {no_face + titles} without")
