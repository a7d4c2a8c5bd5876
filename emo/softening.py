"""Labels shared with what trained networks see: written as votes, which the loss learns from.

The new dataset's `emotion_votes` are, for every only face of a photo, (1 - weight) of its label and `weight` of the
networks' probabilities, after Hinton et al. 2015 (https://arxiv.org/abs/1503.02531).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal, get_args

import cv2
import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F
from torch import Tensor

from emo.data.datamodule import FaceDataModule
from emo.data.files import put_file, whole_file
from emo.data.folder import Photo
from emo.data.images import IMAGE_SUFFIXES, load_image
from emo.data.labelme import write_photo
from emo.data.labels import LabelledFace
from emo.errors import ConfigError, UserError
from emo.hardware import cpu_has_bf16
from emo.model.checkpoint import load_one_face
from emo.model.network import EmotionNetwork
from emo.progress import progress
from emo.view import ImageArray, View

Images = Literal["copy", "link"]
Shares = npt.NDArray[np.float32]
"""Of the emotions, (N, classes), each row with the sum 1."""

_BATCH = 64
_MIDDLE = 11 / 12
"""Side of the second, closer look at a face, in units of the first."""


class Teachers:
    """The mean opinion of several networks about faces, seen in grey, at two distances, and mirrored.

    Args:
        checkpoints: of networks for one face.
        classes: the emotions that are asked for; each network knows them all.
        zoom: side of the first look in units of the face's longer side, at least 1.

    Raises:
        UserError: a checkpoint cannot be used, or does not know one of the emotions.
    """

    def __init__(self, checkpoints: Sequence[str], classes: Sequence[str], zoom: float = 1.0) -> None:
        self._zoom = zoom
        self._device = "cuda" if torch.cuda.is_available() else "cpu"
        self._bf16 = self._device == "cuda" or cpu_has_bf16()
        self._networks: list[tuple[EmotionNetwork, list[int]]] = []
        for path in checkpoints:
            network = load_one_face(Path(path)).to(self._device)
            if missing := sorted(set(classes) - set(network.classes)):
                raise UserError(f"{path}: does not know {', '.join(missing)}; set classes to what it knows")
            self._networks.append((network, [network.classes.index(name) for name in classes]))

    def __call__(self, frames: Sequence[ImageArray], boxes_xyxy: Sequence[npt.ArrayLike]) -> Shares:
        """Probabilities (N, classes) of the emotions of one face in each of N frames."""
        logits = [self._look(network, frames, boxes_xyxy)[:, known] for network, known in self._networks]
        shares: Shares = torch.stack(logits).mean(dim=0).softmax(dim=1).cpu().numpy()
        return shares

    @torch.inference_mode()
    def _look(
        self, network: EmotionNetwork, frames: Sequence[ImageArray], boxes_xyxy: Sequence[npt.ArrayLike]
    ) -> Tensor:
        side = network.input_size
        views = [View.around(box, self._zoom) for box in boxes_xyxy]
        crops = [view.crop(frame, side) for view, frame in zip(views, frames, strict=True)]
        grey = np.stack(crops).mean(axis=3, dtype=np.float32)
        faces = torch.from_numpy(grey).to(self._device)[:, None].repeat(1, 3, 1, 1)
        edge = (side - round(side * _MIDDLE)) // 2
        middle = faces[..., edge : side - edge, edge : side - edge]
        closer = F.interpolate(middle, (side, side), mode="bilinear")
        looks = [part for look in (faces, closer) for part in (look, look.flip(-1))]
        with torch.autocast(self._device, torch.bfloat16, enabled=self._bf16):
            logits = [network(part).emotion_logits.float() for part in looks]
        return torch.stack(logits).mean(dim=0)


def soften(
    root: str | Sequence[str],
    folder: str,
    data: Callable[..., FaceDataModule],
    checkpoints: str | Sequence[str],
    classes: Sequence[str],
    weight: float,
    zoom: float = 1.0,
    images: Images = "copy",
) -> Counter[str]:
    """Write a dataset with the photos of another, whose labels are shared with what networks see.

    A photo without a face, with several, or with one of unknown emotion is written as it is. What is there already
    is left alone, so that an interrupted run goes on.

    Args:
        root: the dataset's folder.
        folder: the new one's.
        data: makes a data module from `root`, `size` and `classes`.
        checkpoints: of the networks.
        classes: the emotions.
        weight: the networks' share, above 0 and at most 0.5.
        zoom: see `Teachers`.
        images: whether they are copied or linked.

    Returns:
        How many photos are `shared with the networks` now, `as they were`, or `there already`.

    Raises:
        UserError: a setting, a folder, a file or a checkpoint cannot be used.
    """
    if not 0 < weight <= 0.5:
        raise ConfigError(f"weight: must lie above 0 and be at most 0.5, not {weight}")
    if not 1 <= zoom <= 4:
        raise ConfigError(f"zoom: must lie between 1 and 4, not {zoom}")
    if images not in get_args(Images):
        raise ConfigError(f"images: must be one of {', '.join(get_args(Images))}, not {images}")
    if not isinstance(root, str):
        raise ConfigError("data.root: one folder at a time")
    source, target = Path(root).resolve(), Path(folder).resolve()
    if target == source or source in target.parents or target in source.parents:
        raise ConfigError(f"folder: {folder} must lie beside {root}, not in it or around it")
    teachers = Teachers([checkpoints] if isinstance(checkpoints, str) else checkpoints, classes, zoom)
    photos = data(root=root, classes=classes)
    photos.read()
    done: Counter[str] = Counter()
    for start in progress(range(0, len(photos.photos), _BATCH), "looking"):
        batch = photos.photos[start : start + _BATCH]
        left = [(p, _only_face(p)) for p in batch if not _image_file(target, p).with_suffix(".json").exists()]
        done["there already"] += len(batch) - len(left)
        votes = _votes(teachers, [(photo, face) for photo, face in left if face], classes, weight)
        try:
            for photo, face in left:
                faces = (replace(face, votes=next(votes)),) if face else photo.labelled.faces
                _write(target, photo, faces, photos, images)
                done["shared with the networks" if face else "as they were"] += 1
        except OSError as error:
            raise UserError(f"{folder}: cannot be written ({error.strerror or error})") from error
    return +done


def _votes(
    teachers: Teachers, faces: Sequence[tuple[Photo, LabelledFace]], classes: Sequence[str], weight: float
) -> Iterator[tuple[tuple[str, float], ...]]:
    if not faces:
        return
    frames = [load_image(photo.labelled.image) for photo, _ in faces]
    boxes = [
        face.box_xyxy or (0, 0, *frame.shape[1::-1]) for (_, face), frame in zip(faces, frames, strict=True)
    ]
    for (_, face), seen in zip(faces, teachers(frames, boxes), strict=True):
        label = np.array([name == face.emotion for name in classes], np.float32)
        shares = (1 - weight) * label + weight * seen
        yield tuple(zip(classes, (round(float(share), 4) for share in shares), strict=True))


def _only_face(photo: Photo) -> LabelledFace | None:
    """The face that votes can be about."""
    faces = photo.labelled.faces
    return faces[0] if len(faces) == 1 and faces[0].emotion is not None else None


def _image_file(target: Path, photo: Photo) -> Path:
    image = target / photo.name
    return image if image.suffix.lower() in IMAGE_SUFFIXES else image.with_suffix(".png")


def _write(
    target: Path, photo: Photo, faces: tuple[LabelledFace, ...], data: FaceDataModule, images: Images
) -> None:
    """Image first: a labelme file says that all is there."""
    source, image = photo.labelled.image, _image_file(target, photo)
    if image.suffix.lower() != source.suffix.lower():  # the pixels lie inside the labelme file
        image.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(image) as part:
            part.write_bytes(cv2.imencode(".png", load_image(source)[..., ::-1])[1].tobytes())
    elif not image.exists():
        put_file(source, image, link=images == "link")
    labelled = replace(photo.labelled, image=image, faces=faces)
    write_photo(image.with_suffix(".json"), labelled, keep={}, labels=data.labels)
