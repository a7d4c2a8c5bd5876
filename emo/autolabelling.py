"""Suggest boxes, and emotions if asked, for photos without labels; people confirm them in labelme.

What is suggested carries the flag `suggested`, which `python -m emo.check` lists until somebody takes it away.
"""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Callable, Container, Iterator, Sequence
from pathlib import Path

import numpy as np

from emo.data.find_image import find_image
from emo.data.images import IMAGE_SUFFIXES, load_image
from emo.data.labelme import write_photo
from emo.data.labelme_json import read_json
from emo.data.labels import LabelledFace, LabelledPhoto, LabelSet
from emo.data.shapes import Box, clip_box
from emo.data.walk import is_inside, walk_files
from emo.errors import ConfigError, DataError, UserError
from emo.progress import progress
from emo.runtime.predictor import Predictor
from emo.runtime.yunet import YuNet
from emo.view import ImageArray

Finder = Callable[[ImageArray], list[LabelledFace]]
"""A frame, H x W x 3 RGB, to the faces that are suggested for it."""


class CheckpointFinder:
    """Faces as a trained network sees them.

    Args:
        predictor: the network.
        emotions: suggest what they feel, too.
    """

    def __init__(self, predictor: Predictor, emotions: bool) -> None:
        self._predictor, self._emotions = predictor, emotions

    def __call__(self, frame: ImageArray) -> list[LabelledFace]:
        """See `Finder`."""
        faces = self._predictor.batch([frame])[0]
        likeliest = (
            [self._predictor.classes[index] for index in faces.emotions.argmax(axis=1)] if len(faces) else []
        )
        return _suggestions(faces.boxes_xyxy, likeliest if self._emotions else None, frame)


class DetectorFinder:
    """Faces as OpenCV's FaceDetectorYN sees them; see `YuNet` for the arguments."""

    def __init__(self, model: str, score: float) -> None:
        self._detector = YuNet(model, score)

    def __call__(self, frame: ImageArray) -> list[LabelledFace]:
        """See `Finder`."""
        return _suggestions(self._detector.batch([frame])[0].boxes_xyxy, None, frame)


def open_finder(
    open_predictor: Callable[[str], Predictor],
    checkpoint: str | None = None,
    detector: str | None = None,
    emotions: bool = False,
    score: float = 0.8,
) -> Finder:
    """What finds the faces: a checkpoint, or the model file of a detector.

    Raises:
        ConfigError: both or none are given, or a detector is asked for emotions.
    """
    if (checkpoint is None) == (detector is None):
        raise ConfigError("give either checkpoint=FILE.ckpt or detector=FILE.onnx")
    if detector is not None:
        if emotions:
            raise ConfigError("emotions=true: a detector knows none; give checkpoint=FILE.ckpt instead")
        return DetectorFinder(detector, score)
    return CheckpointFinder(open_predictor(str(checkpoint)), emotions)


def autolabel(root: str, classes: Sequence[str], finder: Callable[[], Finder]) -> Counter[str]:
    """Write a labelme file of suggestions beside each image without labels; existing files are left as they are.

    An image has labels where a labelme file of its name is beside it, or one elsewhere in the folder is about it. An
    image in which no face is found gets no file: only people say that there is none.

    Args:
        root: the folder.
        classes: the emotions.
        finder: opens what finds the faces.

    Returns:
        How many images are `suggested` now, are without a `no face found`, or `not readable`.

    Raises:
        UserError: there is no such folder, nothing to label in it, or the model cannot be used.
    """
    folder = Path(root)
    if not folder.is_dir():
        raise UserError(f"{folder}: no such folder; give one as data.root=FOLDER")
    meant = _meant_elsewhere(folder)
    total = sum(1 for _ in _unlabelled(folder, meant))
    if not total:
        raise UserError(f"{folder}: every image has a labelme file already")
    find, labels = finder(), LabelSet(tuple(classes))
    done: Counter[str] = Counter()
    images = _unlabelled(folder, meant)
    for image in progress(images, "suggesting", total):
        try:
            done[_suggest(image, find, labels)] += 1
        except DataError as error:
            done["not readable"] += 1
            print(error, file=sys.stderr)
    return done


def _meant_elsewhere(root: Path) -> set[str]:
    """The images that a labelme file of another name or in another folder is about; mostly none."""
    meant = set()
    for path in walk_files(root):
        if path.suffix.lower() == ".json" and is_inside(path, root):
            try:
                image, _ = find_image(path, root, read_json(path))
            except DataError:  # `check` says what is wrong with it
                continue
            if image.with_suffix(".json") != path:
                meant.add(os.path.normpath(image))
    return meant


def _unlabelled(root: Path, meant: Container[str]) -> Iterator[Path]:
    for path in walk_files(root):
        wanted = path.suffix.lower() in IMAGE_SUFFIXES and not os.path.lexists(path.with_suffix(".json"))
        if wanted and str(path) not in meant and is_inside(path, root):
            yield path


def _suggest(image: Path, find: Finder, labels: LabelSet) -> str:
    frame = load_image(image)
    faces = find(frame)
    if not faces:
        return "no face found"
    height, width = frame.shape[:2]
    write_photo(
        image.with_suffix(".json"), LabelledPhoto(image, width, height, tuple(faces)), keep={}, labels=labels
    )
    return "suggested"


def _suggestions(
    boxes_xyxy: np.ndarray, emotions: Sequence[str] | None, frame: ImageArray
) -> list[LabelledFace]:
    """Boxes inside the frame as suggested faces; what has no area there is no face."""
    faces = []
    for index, row in enumerate(boxes_xyxy.tolist()):
        box: Box = (round(row[0], 1), round(row[1], 1), round(row[2], 1), round(row[3], 1))
        try:
            clipped = clip_box(box, frame.shape[1], frame.shape[0])
        except ValueError:
            continue
        faces.append(LabelledFace(clipped, emotions[index] if emotions else None, suggested=True))
    return faces
