"""How well and how quickly each way finds and reads the faces of the same frames."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from emo.benchmarking.rows import Row
from emo.drawn.person import Person
from emo.drawn.scene import DrawnFace, render_scene
from emo.faces import EMOTIONS, Faces
from emo.overlap import iou_matrix
from emo.runtime.predictor import Predictor
from emo.view import ImageArray

Scene = tuple[ImageArray, list[DrawnFace]]

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
        Of each: `recall` over all faces and by `SIZES`, `false` boxes a frame, `emotion`: the balanced accuracy over
        the found faces, and `ms_N`, the mean time of a frame of a video with N faces.
    """
    crowds = {count: _draw(np.random.default_rng(count), count, _FIRST_PERSON - 100)[0] for count in CROWDS}
    rows = []
    for name, predict in ways.items():
        say(f"measuring {name}")
        row: Row = {"way": name, **_accuracy(predict, scenes)}
        row |= {f"ms_{n}": _mean_ms(predict, frame, seconds / len(crowds)) for n, frame in crowds.items()}
        rows.append(row)
    return rows


def _accuracy(predict: Predictor, scenes: Sequence[Scene]) -> dict[str, float | None]:
    found, heights, true, read, false = list[bool](), list[float](), list[int](), list[int](), 0
    for image, truth in scenes:
        faces = predict.batch([image])[0]
        pairs = matches(truth, faces)
        false += len(faces) - len(pairs)
        for index, face in enumerate(truth):
            found.append(index in pairs)
            heights.append((face.box_xyxy[3] - face.box_xyxy[1]) / image.shape[0])
            if index in pairs:
                true.append(EMOTIONS.index(face.emotion))
                read.append(int(faces.emotions[pairs[index]].argmax()))
    hits, sizes = np.array(found, float), np.array(heights)
    right = np.array(true) == np.array(read)
    by_emotion = [right[np.array(true) == label].mean() for label in set(true)]
    figures: dict[str, float | None] = {"recall": float(hits.mean()), "false": false / len(scenes)}
    for name, (low, high) in SIZES.items():
        inside = (low <= sizes) & (sizes < high)
        figures[f"recall_{name}"] = float(hits[inside].mean()) if inside.any() else None
    return figures | {"emotion": float(np.mean(by_emotion)) if by_emotion else None}


def matches(truth: Sequence[DrawnFace], faces: Faces) -> dict[int, int]:
    """Which face was found as which, those that overlap most first; each once."""
    overlap = iou_matrix(np.array([face.box_xyxy for face in truth]), faces.boxes_xyxy)
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
    return render_scene(rng, [Person.from_seed(first + number) for number in range(people)], emotions)
