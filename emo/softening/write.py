"""A dataset with the photos of another, whose labels are shared with what networks see."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Literal, get_args

import cv2

from emo.data.datamodule import FaceDataModule
from emo.data.files import put_file, whole_file
from emo.data.folder import Photo
from emo.data.images import IMAGE_SUFFIXES, load_image
from emo.data.labelme import write_photo
from emo.errors import ConfigError, UserError
from emo.progress import progress
from emo.softening.softener import BATCH, Softener

Images = Literal["copy", "link"]


def write_softened(
    root: str | list[str],
    folder: str,
    data: Callable[..., FaceDataModule],
    softener: Callable[[], Softener],
    images: Images = "copy",
) -> Counter[str]:
    """Write the new dataset; what is there already is left alone, so that an interrupted run goes on.

    A photo of several faces is written as it is: a labelme file has votes for an only face.

    Args:
        root: the dataset's folder.
        folder: the new one's.
        data: makes the dataset's data module.
        softener: loads the networks.
        images: whether they are copied or linked.

    Returns:
        How many photos are `shared with the networks` now, `as they were`, or `there already`.

    Raises:
        UserError: a setting, a folder, a file or a checkpoint cannot be used.
    """
    if images not in get_args(Images):
        raise ConfigError(f"images: must be one of {', '.join(get_args(Images))}, not {images}")
    if not isinstance(root, str):
        raise ConfigError("data.root: one folder at a time")
    source, target = Path(root).resolve(), Path(folder).resolve()
    if target == source or source in target.parents or target in source.parents:
        raise ConfigError(f"folder: {folder} must lie beside {root}, not in it or around it")
    soften = softener()
    module = data()
    module.read()
    done: Counter[str] = Counter()
    for start in progress(range(0, len(module.photos), BATCH), "looking"):
        batch = module.photos[start : start + BATCH]
        left = [photo for photo in batch if not _image_file(target, photo).with_suffix(".json").exists()]
        done["there already"] += len(batch) - len(left)
        alone = [photo for photo in left if len(photo.labelled.faces) == 1]
        softened = {photo.name: photo for photo in soften.batch(alone)}
        try:
            for before in left:
                photo = softened.get(before.name, before)
                _write(target, photo, module, images)
                done["as they were" if photo is before else "shared with the networks"] += 1
        except OSError as error:
            raise UserError(f"{folder}: cannot be written ({error.strerror or error})") from error
    return +done


def _image_file(target: Path, photo: Photo) -> Path:
    image = target / photo.name
    return image if image.suffix.lower() in IMAGE_SUFFIXES else image.with_suffix(".png")


def _write(target: Path, photo: Photo, data: FaceDataModule, images: Images) -> None:
    """Image first: a labelme file says that all is there."""
    source, image = photo.labelled.image, _image_file(target, photo)
    if image.suffix.lower() != source.suffix.lower():  # the pixels lie inside the labelme file
        image.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(image) as part:
            part.write_bytes(cv2.imencode(".png", load_image(source)[..., ::-1])[1].tobytes())
    elif not image.exists():
        put_file(source, image, link=images == "link")
    labelled = replace(photo.labelled, image=image)
    write_photo(image.with_suffix(".json"), labelled, keep={}, labels=data.labels)
