"""Drawn clips with their truth through the whole path: video file, looks, tracker, table."""

import csv

import numpy as np
import pytest

from emo.drawn.clip import Clip
from emo.faces import EMOTIONS
from emo.live.files import VideoFile
from emo.live.loop import Loop
from emo.live.sinks import TableSink
from emo.live.state import LiveSettings
from emo.live.tracker import Tracker
from emo.runtime.predictor import FacePredictor
from emo.runtime.runtime import Look
from tests.live.conftest import write_video

SIZE = (320, 240)
# Each emotion has a colour in the clips of this file; the ground is black, and grey beside the frame.
COLOURS = np.array([(250, 0, 0), (0, 250, 0), (0, 0, 250), (250, 250, 0), (250, 0, 250)])


class ReadsColours:
    """A network that is right about every face, but for noise in the probabilities."""

    name, kind, precision, classes = "reads colours", "one_face", "fp32", EMOTIONS
    input_size, prefers_batches = 96, False

    def __init__(self) -> None:
        self._rng = np.random.default_rng(0)

    def look(self, views):
        looks = [self._one(view.astype(int)) for view in views]
        return Look(*(np.array(values, np.float32) for values in zip(*looks, strict=True)))

    def _one(self, view):
        there = np.ptp(view, axis=2) > 125
        rows, columns = there.any(axis=1).nonzero()[0], there.any(axis=0).nonzero()[0]
        if there.sum() < 20:
            return (0.3, 0.3, 0.7, 0.7), 0.05, np.full(5, 0.2)
        low, high = (columns[0], rows[0]), (columns[-1] + 1, rows[-1] + 1)
        middle = view[(rows[0] + rows[-1]) // 2, (columns[0] + columns[-1]) // 2]
        logits = self._rng.normal(0, 0.9, 5)
        logits[np.abs(COLOURS - middle).sum(axis=1).argmin()] += 3.0
        odds = np.exp(logits)
        return (*np.array(low) / 96, *np.array(high) / 96), 0.95, odds / odds.sum()


def rows_of_clip(clip, folder):
    """The clip as a video of coloured faces, and the table that comes of it; of each frame a row."""
    truth, images = list(clip.truth()), []
    for faces in truth:
        images.append(np.zeros((SIZE[1], SIZE[0], 3), np.uint8))
        for face in faces:
            x1, y1, x2, y2 = (round(value) for value in face.box_xyxy)
            images[-1][y1:y2, x1:x2] = COLOURS[EMOTIONS.index(face.emotion)]
    video = VideoFile(str(write_video(folder / "clip.mp4", images, clip.fps)))
    table = TableSink(folder / "faces.csv", EMOTIONS)
    predictor = FacePredictor(ReadsColours())
    Loop(video, predictor, Tracker(), [table], None, LiveSettings(), None, None).run()
    table.close()
    with table.path.open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [int(row["frame"]) for row in rows] == list(range(clip.frames))
    times = np.arange(clip.frames) / clip.fps
    np.testing.assert_allclose([float(row["time_s"]) for row in rows], times, atol=2e-3)
    return truth, rows


def overlap(row, box):
    """IoU of the row's box with another."""
    seen = np.array([float(row[name]) for name in ("x1", "y1", "x2", "y2")])
    both = np.clip(np.minimum(seen[2:], box[2:]) - np.maximum(seen[:2], box[:2]), 0, None).prod()
    return both / ((seen[2:] - seen[:2]).prod() + (box[2] - box[0]) * (box[3] - box[1]) - both)


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("fps", [10, 30])
def test_a_face_is_followed_lost_when_it_leaves_and_found_again(tmp_path, fps, seed):
    truth, rows = rows_of_clip(Clip(seed, 12.0, fps, SIZE, "leaves"), tmp_path)
    there = np.array([bool(faces) for faces in truth])
    (changes,) = np.diff(there.astype(int)).nonzero()
    left, back = changes[0] + 1, changes[-1] + 1  # frames; it may flutter at the edge
    assert there[:left].all()
    assert not there[left + 10 : back - 10].any()
    assert back - left > 20  # or there is nothing to see here
    said = np.array([bool(row["face"]) for row in rows])
    assert said[:left].all()
    assert not said[left + 10 : back - 10].any()
    assert said[back + 10 :].all()
    both = [(row, faces[0]) for row, faces in zip(rows, truth, strict=True) if faces and row["face"]]
    assert np.quantile([overlap(row, face.box_xyxy) for row, face in both], 0.05) > 0.7
    assert len({row["face"] for row in rows[:left]}) == 1


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("fps", [10, 30])
def test_a_new_expression_shows_within_300_ms_and_a_held_one_does_not_flicker(tmp_path, fps, seed):
    truth, rows = rows_of_clip(Clip(seed, 15.0, fps, SIZE), tmp_path)
    meant, said = [faces[0].emotion for faces in truth], [row["emotion"] for row in rows]
    changes = [index for index in range(1, len(meant)) if meant[index] != meant[index - 1]]
    assert len(changes) >= 4
    for begin, end in zip([0, *changes], [*changes, len(meant)], strict=True):
        shown = begin + round(0.3 * fps)
        if end > shown:
            assert set(said[shown:end]) == {meant[begin]}, (begin, end)
