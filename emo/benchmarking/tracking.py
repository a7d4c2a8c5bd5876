"""Whether faces keep their numbers: drawn people who cross, hide and leave, with the truth."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from emo.benchmarking.clear_mot import ClearMot, Seen
from emo.benchmarking.rows import Row
from emo.drawn.clip import Clip
from emo.drawn.scene import DrawnFace
from emo.faces import EMOTIONS, Faces
from emo.live.tracker import Tracker
from emo.runtime.predictor import Predictor

SCRIPTS = ("crossing", "group")
_SECONDS, _FPS = 8.0, 10.0
_OFF, _MISSED, _FALSE = 0.03, 0.05, 0.03  # what the pretended detector does: noise by the face's size, shares
_CLIPS = 8  # of each script, for it; drawing takes a while, so the ways see one of each


def measure_tracking(ways: Mapping[str, Predictor], seed: int, say: Callable[[str], None]) -> list[Row]:
    """A row for each way and script, and first the tracker alone behind a detector that errs as much as it is told.

    Args:
        ways: predictors by name.
        seed: of the people.
        say: takes a line on what is going on.

    Returns:
        Of each: `faces`, shares `missed` and `false`, `switches` of numbers, `mota`.
    """
    rows = []
    for script in SCRIPTS:
        say(f"following {script}")
        score = _score()
        for number in range(_CLIPS):
            clip, rng = Clip(seed + number, _SECONDS, _FPS, (640, 480), script), np.random.default_rng(number)
            _follow(score, [(truth, _pretend(rng, truth)) for truth in clip.truth()])
        rows.append(_row(f"truth, {_OFF:.0%} off", script, score))
        frames = list(Clip(seed, _SECONDS, _FPS, (640, 480), script).render()) if ways else []
        for name, predict in ways.items():
            predict.forget()
            score = _score()
            _follow(score, [(truth, predict(image)) for image, truth in frames])
            rows.append(_row(name, script, score))
    return rows


def _score() -> ClearMot:
    return ClearMot(memory=round(2 * _FPS))  # whom nobody saw for two seconds may be somebody new


def _follow(score: ClearMot, frames: Sequence[tuple[Sequence[DrawnFace], Faces]]) -> None:
    """Let a tracker follow a clip; the numbers of clips are told apart."""
    tracker, first = Tracker(), 1000 * score.faces
    for index, (truth, seen) in enumerate(frames):
        steady, _ = tracker.update(seen, index / _FPS)
        ids = [] if steady.track_ids is None else [first + int(number) for number in steady.track_ids]
        boxes = np.array([face.box_xyxy for face in truth], np.float32).reshape(-1, 4)
        score.add(Seen(boxes, [face.person for face in truth]), Seen(steady.boxes_xyxy, ids))


def _pretend(rng: np.random.Generator, truth: Sequence[DrawnFace]) -> Faces:
    boxes = [np.array(face.box_xyxy) for face in truth if rng.random() >= _MISSED]
    boxes = [box + rng.normal(0, _OFF, 4) * (box[3] - box[1]) for box in boxes]
    if rng.random() < _FALSE:
        x, y, side = rng.uniform(0, 500), rng.uniform(0, 350), rng.uniform(40, 120)
        boxes.append(np.array([x, y, x + side, y + side]))
    count = len(boxes)
    emotions = np.full((count, len(EMOTIONS)), 1 / len(EMOTIONS), np.float32)
    return Faces(np.array(boxes, np.float32).reshape(-1, 4), np.full(count, 0.9, np.float32), emotions)


def _row(way: str, script: str, score: ClearMot) -> Row:
    faces = max(score.faces, 1)
    return {
        "way": way,
        "script": script,
        "faces": score.faces,
        "missed": score.missed / faces,
        "false": score.false / faces,
        "switches": score.switches,
        "mota": score.mota,
    }
