"""A detector and a reader that know red squares: who asks whom when, and that boxes follow the squares."""

from pathlib import Path

import numpy as np
import pytest

from emo.errors import UserError
from emo.faces import EMOTIONS, Faces
from emo.live.tracker import Tracker
from emo.model.checkpoint import load_one_face
from emo.model.grid import GridNetwork
from emo.runtime import two_stage
from emo.runtime.choose import shipped_checkpoint
from emo.runtime.open_two_stage import open_two_stage
from emo.runtime.two_stage import MOST_FOLLOWED, TwoStagePredictor
from tests.runtime.conftest import save_network, small_network
from tests.runtime.test_predictor import Finder


class Reader(Finder):
    """Looks at the red nearest to the middle of the view, as a reader of one face does."""

    def one(self, view):
        middle = view.copy()
        if middle[50, 50, 0] > 160:  # the square in the middle alone: up to where it ends
            row, column = middle[50, :, 0] > 160, middle[:, 50, 0] > 160
            keep = np.zeros((100, 100), bool)
            keep[_run(column), _run(row)] = True
            middle[~keep] = 0
        return super().one(middle)


def _run(line):
    """The stretch of True around the middle."""
    low = high = 50
    while low > 0 and line[low - 1]:
        low -= 1
    while high < len(line) and line[high]:
        high += 1
    return slice(low, high)


class Detector:
    """Finds the squares that it was told of, and counts how often it was asked."""

    def __init__(self):
        self.boxes, self.asked = [], 0

    def batch(self, frames):
        self.asked += 1
        boxes = np.array(self.boxes, np.float32).reshape(-1, 4)
        return [
            Faces(boxes, np.full(len(boxes), 0.9, np.float32), np.zeros((len(boxes), 0), np.float32))
        ] * len(frames)


def scene(*boxes):
    frame = np.zeros((480, 640, 3), np.uint8)
    for x1, y1, x2, y2 in boxes:
        frame[y1:y2, x1:x2, 0] = 255
    return frame


def moved(boxes, by):
    return [(x1 + by, y1, x2 + by, y2) for x1, y1, x2, y2 in boxes]


BOXES = [(50, 50, 110, 110), (300, 200, 400, 300), (500, 60, 560, 120)]


@pytest.fixture
def detector():
    detector = Detector()
    detector.boxes = BOXES
    return detector


def test_all_faces_of_a_frame_are_read_in_one_batch(detector):
    reader = Reader()
    faces = TwoStagePredictor(detector, reader)(scene(*BOXES))
    np.testing.assert_allclose(faces.boxes_xyxy, BOXES, atol=2)
    assert [EMOTIONS[row.argmax()] for row in faces.emotions] == ["happy"] * 3
    assert reader.batches == [3]


def test_between_detections_the_boxes_follow(detector):
    predict = TwoStagePredictor(detector, Reader(), every=5)
    for step in range(15):
        boxes = moved(BOXES, 4 * step)
        detector.boxes = boxes
        np.testing.assert_allclose(predict(scene(*boxes)).boxes_xyxy, boxes, atol=3)
    assert detector.asked == 3


def test_a_lost_face_asks_the_detector_at_once_and_a_new_one_waits_for_its_turn(detector):
    predict = TwoStagePredictor(detector, Reader(), every=10)
    predict(scene(*BOXES))
    detector.boxes = BOXES[1:]
    assert len(predict(scene(*BOXES[1:]))) == 2
    assert detector.asked == 2
    detector.boxes = BOXES
    counts = [len(predict(scene(*BOXES))) for _ in range(10)]
    assert counts == [2] * 9 + [3]


@pytest.mark.parametrize(("read", "faces"), [(0.6, 3), (0.5, 0)])
def test_both_models_have_a_say_in_whether_there_is_a_face(detector, read, faces):
    class Reads(Reader):
        def one(self, view):
            box, _, emotions = super().one(view)
            return box, read, emotions

    predict = TwoStagePredictor(detector, Reads(), every=5)
    (seen,) = predict.batch([scene(*BOXES)])
    np.testing.assert_allclose(seen.presence, np.full(faces, 0.9 * read), atol=1e-6)
    assert [len(predict(scene(*BOXES))) for _ in range(10)] == [faces] * 10
    assert detector.asked == 1 + (2 if faces else 10)


def test_one_miss_of_the_detector_is_forgiven_two_are_not(detector):
    predict = TwoStagePredictor(detector, Reader(), every=2)
    for _ in range(2):
        predict(scene(*BOXES))
    detector.boxes = BOXES[:2]
    assert len(predict(scene(*BOXES))) == 3
    assert len(predict(scene(*BOXES))) == 2


def test_without_a_face_every_frame_is_searched(detector):
    predict = TwoStagePredictor(detector, Reader(), every=10)
    detector.boxes = []
    assert [len(predict(scene())) for _ in range(3)] == [0, 0, 0]
    detector.boxes = BOXES[:1]
    assert len(predict(scene(BOXES[0]))) == 1
    assert detector.asked == 4


def test_two_boxes_that_meet_at_one_face_are_one(detector):
    predict = TwoStagePredictor(detector, Reader(), every=3)
    near = [(200, 200, 260, 260), (290, 200, 350, 260)]
    detector.boxes = near
    assert len(predict(scene(*near))) == 2
    detector.boxes = [(245, 200, 305, 260)]  # one has gone behind the other
    assert len([predict(scene(*detector.boxes)) for _ in range(3)][-1]) == 1
    detector.boxes = [(245, 200, 305, 260), (255, 200, 305, 260)]  # the detector's own doubles
    assert len(predict.batch([scene(detector.boxes[0])])[0]) == 1


def test_a_box_that_the_reader_takes_for_another_face_stays_the_detectors(detector):
    class Astray(Reader):
        def one(self, view):
            return (0.0, 0.0, 0.1, 0.1), 0.9, np.eye(5)[0]

    faces = TwoStagePredictor(detector, Astray())(scene(*BOXES))
    np.testing.assert_allclose(faces.boxes_xyxy, BOXES)


def test_frames_of_a_batch_have_nothing_to_do_with_each_other(detector):
    reader = Reader()
    found = TwoStagePredictor(detector, reader).batch([scene(*BOXES)] * 2)
    assert [len(faces) for faces in found] == [3, 3]
    assert reader.batches == [6]
    assert TwoStagePredictor(detector, reader).batch([]) == []


@pytest.mark.parametrize(
    ("detect_ms", "read_ms", "interval"), [(20, 10, 5), (150, 10, 8), (900, 10, 15), (1, 40, 15)]
)
def test_a_slow_detector_is_asked_more_seldom_within_the_budget(
    detector, detect_ms, read_ms, interval, monkeypatch
):
    now = [0.0]
    monkeypatch.setattr(two_stage.time, "perf_counter", lambda: now[0])
    reader = Reader()
    predict = TwoStagePredictor(detector, reader, every=5, budget_ms=30)
    batch, look = detector.batch, reader.look

    def slow(function, ms):
        def call(argument):
            now[0] += ms / 1000
            return function(argument)

        return call

    detector.batch, reader.look = slow(batch, detect_ms), slow(look, read_ms)
    for _ in range(2):
        predict(scene(*BOXES))
    assert predict.interval == interval <= MOST_FOLLOWED


def test_the_tracker_keeps_numbers_over_both_models(detector):
    predict, tracker = TwoStagePredictor(detector, Reader(), every=4), Tracker()
    for step in range(20):
        boxes = moved(BOXES, 3 * step)
        detector.boxes = boxes
        steady, _ = tracker.update(predict(scene(*boxes)), step / 30)
        assert steady.track_ids.tolist() == [0, 1, 2]


@pytest.mark.parametrize("wrong", [{"presence": 2}, {"every": 0}, {"budget_ms": 0}])
def test_settings_out_of_range(detector, wrong):
    with pytest.raises(ValueError, match="must"):
        TwoStagePredictor(detector, Reader(), **wrong)


def test_opens_a_detector_and_a_reader_and_says_so(checkpoint):
    said = []
    predict = open_two_stage(
        checkpoint, EMOTIONS, "torch", presence=0.0, detector=str(checkpoint), say=said.append
    )
    assert [line.split()[0] for line in said] == ["detector", "reader"]
    faces = predict(np.random.default_rng(0).integers(0, 255, (120, 160, 3), np.uint8))
    assert len(faces) == 1
    seven = save_network(checkpoint.with_name("seven.ckpt"), small_network((*EMOTIONS, "fear", "disgust")))
    assert open_two_stage(checkpoint, EMOTIONS, "torch", detector=str(seven)).classes == EMOTIONS
    with pytest.raises(UserError, match=r"no\.onnx"):
        open_two_stage(checkpoint, EMOTIONS, "torch", detector="no.onnx", say=said.append)


def test_the_reader_is_ones_own_newest_network_for_one_face_else_the_shipped_one(
    checkpoint, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    said, shipped = [], shipped_checkpoint("reference")
    own = Path("lightning_logs/mine/best.ckpt")
    own.parent.mkdir(parents=True)
    detector = GridNetwork(EMOTIONS, "mobilenet_v3_small", 96, 16, 32)
    for network, reader in ((None, shipped), (detector, shipped), (load_one_face(checkpoint), own)):
        if network is not None:
            save_network(own, network)
        open_two_stage(None, EMOTIONS, "torch", detector=str(checkpoint), say=said.append)
        assert said[-1].startswith(f"reader {reader}: ")
