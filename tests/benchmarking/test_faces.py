"""The comparison of ways, with predictors that know more or less of the truth."""

from dataclasses import replace

import numpy as np
import pytest

from emo.benchmarking import tracking
from emo.benchmarking.faces import drawn_scenes, matches, measure_faces, photo_scenes
from emo.benchmarking.tracking import measure_tracking
from emo.config import build
from emo.data.crowd_dataset import Scene
from emo.data.labels import LabelledFace
from emo.drawn.clip import Clip
from emo.errors import UserError
from emo.faces import EMOTIONS, Faces
from tests.conftest import config


class Truthful:
    """Answers with the truth of the frames it is shown, of all faces or of the largest; nothing of other frames."""

    def __init__(self, scenes, most=99):
        self.scenes, self.most = [(image.copy(), truth) for image, truth in scenes], most

    def __call__(self, frame):
        truth = next((t for image, t in self.scenes if np.array_equal(image, frame)), [])
        truth = sorted(truth, key=lambda face: face.box_xyxy[1] - face.box_xyxy[3])[: self.most]
        boxes = np.array([face.box_xyxy for face in truth], np.float32).reshape(-1, 4)
        emotions = np.eye(5, dtype=np.float32)[[EMOTIONS.index(face.emotion) for face in truth]]
        return Faces(boxes, np.ones(len(truth), np.float32), emotions.reshape(-1, 5))

    def batch(self, frames):
        return [self(frame) for frame in frames]

    def forget(self):
        pass


def truth_of(scenes):
    return [
        (
            s.frame,
            [replace(f, box_xyxy=tuple(b)) for f, b in zip(s.faces, s.boxes_xyxy.tolist(), strict=True)],
        )
        for s in scenes
    ]


@pytest.mark.slow
def test_what_knows_the_largest_face_only_finds_a_third():
    scenes = drawn_scenes(5, 0)
    assert [len(scene.faces) for scene in scenes] == [1, 2, 3, 4, 5]
    ways = {"all": Truthful(truth_of(scenes)), "largest": Truthful(truth_of(scenes), 1)}
    every, largest = measure_faces(ways, scenes, 0.01, lambda _: None)
    assert (every["recall"], every["emotion"], every["false"]) == (1, 1, 0)
    assert largest["recall"] == pytest.approx(5 / 15)
    assert every["ms_0"] >= 0


def test_each_face_is_found_once():
    truth = np.array([(0, 0, 10, 10), (2, 0, 12, 10)], np.float64)
    one = Faces(np.float32([[1, 0, 11, 10]]), np.ones(1, np.float32), np.full((1, 5), 0.2, np.float32))
    assert list(matches(truth, one).values()) == [0]
    assert matches(truth, Faces.empty()) == {}


def photo_data(photos, *overrides):
    return build(config("data.workers=0", f"data.root={photos}", *overrides, root="benchmark").data)


def test_ways_are_compared_on_ones_own_photos_too(photos):
    scenes = photo_scenes(photo_data(photos, "augment=crowds"), "test", 2)
    assert 1 <= len(scenes) <= 2
    assert {scene.frame.shape for scene in scenes} == {(480, 640, 3)}
    every_photo = photo_scenes(photo_data(photos, "augment=crowds"), "test", 99)
    everything, nothing = Truthful(truth_of(scenes)), Truthful([])
    every, none = measure_faces({"all": everything, "none": nothing}, scenes, 0.01, lambda _: None)
    assert (every["recall"], every["emotion"], every["false"], none["recall"]) == (1, 1, 0, 0)
    assert len(every_photo) > len(scenes)
    with pytest.raises(UserError, match=r"data\.faces=all"):
        photo_scenes(photo_data(photos), "test", 4)
    with pytest.raises(UserError, match="val or test, not train"):
        photo_scenes(photo_data(photos), "train", 4)
    with pytest.raises(UserError, match="no photo of its test split"):
        photo_scenes(
            photo_data(photos, "augment=crowds", "data.shares={train:0.5,val:0.5,test:0}"), "test", 4
        )


def test_a_face_where_there_is_none_is_an_alarm():
    frames = [Scene(np.full((8, 8, 3), value, np.uint8), np.zeros((0, 4)), []) for value in range(4)]
    seen = LabelledFace((0, 0, 5, 5), "happy")
    fooled = Truthful([(frames[0].frame, [seen])])
    shown = Scene(frames[3].frame + 9, np.array([seen.box_xyxy], np.float64), [seen])
    (row,) = measure_faces({"fooled": fooled}, [*frames, shown], 0.01, lambda _: None)
    assert (row["alarms"], row["false"], row["recall"]) == (0.25, 0.2, 0)


def test_tracking_tells_the_tracker_alone_from_the_ways(monkeypatch):
    for name, value in {"_SECONDS": 2.0, "_FPS": 4.0, "_CLIPS": 1, "SCRIPTS": ("expressions",)}.items():
        monkeypatch.setattr(tracking, name, value)
    scenes = list(Clip(1, 2.0, 4.0, (640, 480), "expressions").render())
    ways = {"all": Truthful(scenes), "none": Truthful([])}
    alone, every, none = measure_tracking(ways, 1, lambda _: None)
    assert (alone["way"], alone["script"], alone["faces"]) == ("truth, 3% off", "expressions", 8)
    assert (every["missed"], every["false"], every["switches"], every["mota"]) == (0, 0, 0, 1)
    assert (none["missed"], none["mota"]) == (1, 0)
