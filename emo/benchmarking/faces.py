"""How well and how quickly each way finds and reads the faces of the same frames."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from rich.progress import track

from emo.benchmarking.rows import Row
from emo.data.crowd_dataset import CrowdDataset, Scene
from emo.data.datamodule import FaceDataModule
from emo.data.labels import LabelledFace
from emo.data.outline import FloatArray
from emo.data.sampler import EvalSampler
from emo.drawn.person import Person
from emo.drawn.scene import render_scene
from emo.errors import ConfigError, UserError
from emo.faces import EMOTIONS, Faces
from emo.overlap import iou_matrix
from emo.runtime.predictor import Predictor
from emo.view import ImageArray

SIZES = {"small": (0.0, 0.2), "middle": (0.2, 0.35), "large": (0.35, 1.0)}
"""Height of a face as a share of the frame's."""

CROWDS = (0, 1, 5, 20)
"""Faces in the frames whose time is measured."""

_FOUND = 0.5  # least IoU of a face and its box
_FIRST_PERSON = 900_000  # whom no training has drawn


def drawn_scenes(count: int, seed: int) -> list[Scene]:
    """Frames of 640 x 480 with one to five drawn people, each by itself."""
    rng = np.random.default_rng(seed)
    return [_draw(rng, 1 + index % 5, _FIRST_PERSON + 5 * index) for index in range(count)]


def photo_scenes(data: FaceDataModule, split: str, count: int) -> list[Scene]:
    """At most so many frames of a dataset's photos, as its evaluation sees them.

    Args:
        data: the photos, all of whose faces are taken; with `eval_crowd` its frames are crowded ones.
        split: val or test.
        count: of the frames, which are spread evenly over the photos.

    Raises:
        UserError: the photos cannot be used, or none of the split's tells where its faces are.
    """
    if split not in ("val", "test"):
        raise ConfigError(f"photos: val or test, not {split}")
    data.setup()
    dataset = data.dataset(split)
    if not isinstance(dataset, CrowdDataset):
        raise ConfigError("photos: needs data.faces=all, which augment=crowds sets")
    keys = list(EvalSampler(len(dataset), data.seed))
    some = keys[:: max(1, -(-len(keys) // count))]  # rounded up: at most `count`
    frames = [dataset.scene(key) for key in track(some, "frames", disable=not sys.stderr.isatty())]
    scenes = [scene for scene in frames if all(face.box_xyxy is not None for face in scene.faces)]
    if not any(scene.faces for scene in scenes):
        raise UserError(f"{data.roots[0]}: no photo of its {split} split tells where a face is")
    return scenes


def measure_faces(
    ways: Mapping[str, Predictor], scenes: Sequence[Scene], seconds: float, say: Callable[[str], None]
) -> list[Row]:
    """A row for each way.

    Args:
        ways: predictors by name.
        scenes: frames and their truth.
        seconds: that the speed of each way is measured for.
        say: takes a line on what is going on.

    Returns:
        Of each: `recall` over all faces and by `SIZES`, `false` boxes a frame, `alarms`: the share of frames without
        a face where one is found, `emotion`: the balanced accuracy over the found faces, and `ms_N`, the mean time of
        a frame of a drawn video with N faces.
    """
    crowds = {
        count: _draw(np.random.default_rng(count), count, _FIRST_PERSON - 100).frame for count in CROWDS
    }
    rows = []
    for name, predict in ways.items():
        say(f"measuring {name}")
        row: Row = {"way": name, **_accuracy(predict, scenes)}
        row |= {f"ms_{n}": _mean_ms(predict, frame, seconds / len(crowds)) for n, frame in crowds.items()}
        rows.append(row)
    return rows


def _accuracy(predict: Predictor, scenes: Sequence[Scene]) -> dict[str, float | None]:
    found, heights, true, read, false = list[bool](), list[float](), list[int](), list[int](), 0
    alarms = list[bool]()
    for scene in scenes:
        faces = predict.batch([scene.frame])[0]
        pairs = matches(scene.boxes_xyxy, faces)
        false += len(faces) - len(pairs)
        if not scene.faces:
            alarms.append(len(faces) > 0)
        heights += ((scene.boxes_xyxy[:, 3] - scene.boxes_xyxy[:, 1]) / scene.frame.shape[0]).tolist()
        for index, face in enumerate(scene.faces):
            found.append(index in pairs)
            if index in pairs and face.emotion in EMOTIONS:
                true.append(EMOTIONS.index(face.emotion))
                read.append(int(faces.emotions[pairs[index]].argmax()))
    hits, sizes = np.array(found, float), np.array(heights)
    right = np.array(true) == np.array(read)
    by_emotion = [right[np.array(true) == label].mean() for label in set(true)]
    figures: dict[str, float | None] = {"recall": float(hits.mean()), "false": false / len(scenes)}
    for name, (low, high) in SIZES.items():
        inside = (low <= sizes) & (sizes < high)
        figures[f"recall_{name}"] = float(hits[inside].mean()) if inside.any() else None
    figures["alarms"] = float(np.mean(alarms)) if alarms else None
    return figures | {"emotion": float(np.mean(by_emotion)) if by_emotion else None}


def matches(true_xyxy: FloatArray, faces: Faces) -> dict[int, int]:
    """Which of the true boxes (N, 4) was found as which face, those that overlap most first; each once."""
    overlap = iou_matrix(true_xyxy, faces.boxes_xyxy)
    pairs: dict[int, int] = {}
    for position in np.argsort(-overlap, axis=None):
        row, column = np.unravel_index(position, overlap.shape)
        if overlap[row, column] >= _FOUND and row not in pairs and column not in pairs.values():
            pairs[int(row)] = int(column)
    return pairs


def _mean_ms(predict: Predictor, frame: ImageArray, seconds: float) -> float:
    predict.forget()
    predict(frame)
    times, end_s = list[float](), time.perf_counter() + seconds
    while not times or time.perf_counter() < end_s:
        start_s = time.perf_counter()
        predict(frame)
        times.append(time.perf_counter() - start_s)
    return float(np.mean(times)) * 1000


def _draw(rng: np.random.Generator, people: int, first: int) -> Scene:
    emotions = [str(name) for name in rng.choice(EMOTIONS, people)]
    persons = [Person.from_seed(first + number) for number in range(people)]
    image, faces = render_scene(rng, persons, emotions)
    boxes = np.array([face.box_xyxy for face in faces], np.float64).reshape(-1, 4)
    return Scene(image, boxes, [LabelledFace(face.box_xyxy, face.emotion) for face in faces])
