"""Suggestions: where they go, that they are marked, and that nothing of the user's is touched."""

import json

import cv2
import numpy as np
import pytest

from emo import autolabelling
from emo.autolabelling import CheckpointFinder, DetectorFinder, autolabel, open_finder
from emo.checking.checker import check
from emo.data.labelme import DEFAULT_LABELS, read_photo
from emo.data.labels import LabelledFace
from emo.errors import ConfigError, UserError
from emo.faces import EMOTIONS, Faces
from tests.checking.conftest import photo, pixels, save, shape


class Stub:
    """Sees a happy face where the frame is bright, reaching out of it on the right."""

    classes = EMOTIONS
    zoom = True
    prefers_batches = False

    def __call__(self, frame):
        return self.batch([frame])[0]

    def batch(self, frames):
        return [self._one(frame) for frame in frames]

    def _one(self, frame):
        if frame.mean() < 100:
            return Faces.empty()
        box = np.array([[10.04, 20, frame.shape[1] + 5, 60]], np.float32)
        return Faces(box, np.ones(1, np.float32), np.array([[0.1, 0.6, 0.1, 0.1, 0.1]], np.float32))

    def forget(self):
        pass


@pytest.fixture
def root(tmp_path):
    save(tmp_path / "a/bright.jpg", np.full((90, 120, 3), 200, np.uint8))
    save(tmp_path / "dark.png", np.full((90, 120, 3), 20, np.uint8))
    (tmp_path / "broken.png").write_text("no image")
    photo(tmp_path, "known", shape("sad"), image=np.full((90, 120, 3), 220, np.uint8))
    return tmp_path


def files(root):
    return {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}


@pytest.mark.parametrize(("emotions", "expected"), [(False, None), (True, "happy")])
def test_suggestions_of_a_checkpoint(root, emotions, expected):
    before = files(root)
    done = autolabel(str(root), EMOTIONS, lambda: CheckpointFinder(Stub(), emotions))
    assert done == {"suggested": 1, "no face found": 1, "not readable": 1}
    after = files(root)
    assert set(after) - set(before) == {root / "a/bright.json"}
    assert {path: after[path] for path in before} == before
    faces = read_photo(root / "a/bright.json", root, DEFAULT_LABELS).faces
    assert faces == (LabelledFace((10.0, 20.0, 120.0, 60.0), expected, suggested=True),)


def test_check_lists_what_is_not_confirmed(root):
    autolabel(str(root), EMOTIONS, lambda: CheckpointFinder(Stub(), True))
    checked = check(str(root), EMOTIONS, {}, workers=1)
    assert [f.file for f in checked.findings.kept["suggested"]] == [str(root / "a/bright.json")]
    content = json.loads((root / "a/bright.json").read_text())
    content["shapes"][0]["flags"] = {}
    (root / "a/bright.json").write_text(json.dumps(content))
    assert "suggested" not in check(str(root), EMOTIONS, {}, workers=1).findings.kept


def test_a_second_run_has_nothing_more_to_do(root):
    (root / "broken.png").unlink()
    (root / "dark.png").unlink()
    autolabel(str(root), EMOTIONS, lambda: CheckpointFinder(Stub(), True))
    with pytest.raises(UserError, match="every image has a labelme file already"):
        autolabel(str(root), EMOTIONS, lambda: CheckpointFinder(Stub(), True))


def test_an_image_that_a_file_elsewhere_is_about_gets_no_second_one(root):
    image = np.full((90, 120, 3), 210, np.uint8)
    photo(root / "labels", "renamed", shape("sad"), image=image, imagePath="../a/bright.jpg")
    (root / "labels/renamed.png").unlink()
    assert "suggested" not in autolabel(str(root), EMOTIONS, lambda: CheckpointFinder(Stub(), True))
    assert not (root / "a/bright.json").exists()


def test_links_out_of_the_folder_get_no_labels(root, tmp_path_factory):
    secret = save(tmp_path_factory.mktemp("secret") / "s.jpg", pixels(1))
    (root / "a/link.jpg").symlink_to(secret)
    autolabel(str(root), EMOTIONS, lambda: CheckpointFinder(Stub(), True))
    assert not (root / "a/link.json").exists()


class Detector:
    """Stands in for OpenCV's, whose model file is the user's: a face in the middle of the input, one outside."""

    def setInputSize(self, size):  # OpenCV's name
        self.size = size

    def detect(self, image):
        assert image.shape[1::-1] == self.size
        assert image[0, 0].tolist() == [0, 0, 255], "BGR, of a red frame"
        width, height = self.size
        rows = np.zeros((2, 15), np.float32)
        rows[0, :4] = width / 4, height / 4, width / 2, height / 2
        rows[1, :4] = -50, -50, 20, 20
        return 1, rows


@pytest.mark.parametrize("size", [(1280, 960), (320, 240)])
def test_suggestions_of_a_detector(tmp_path, monkeypatch, size):
    model = tmp_path / "yunet.onnx"
    model.write_bytes(b"x")
    monkeypatch.setattr(cv2.FaceDetectorYN, "create", lambda *args: Detector())
    frame = np.zeros((size[1], size[0], 3), np.uint8)
    frame[..., 0] = 255
    width, height = size
    assert DetectorFinder(str(model), 0.8)(frame) == [
        LabelledFace((width / 4, height / 4, width * 3 / 4, height * 3 / 4), None, suggested=True)
    ]


def test_a_file_that_is_no_detector(tmp_path):
    model = tmp_path / "yunet.onnx"
    model.write_bytes(b"no model")
    with pytest.raises(UserError, match="not a model"):
        DetectorFinder(str(model), 0.8)
    with pytest.raises(UserError, match="no such file"):
        DetectorFinder(str(tmp_path / "gone.onnx"), 0.8)


def test_exactly_one_source_of_suggestions():
    with pytest.raises(ConfigError, match="either"):
        open_finder(lambda name: Stub())
    with pytest.raises(ConfigError, match="either"):
        open_finder(lambda name: Stub(), checkpoint="a", detector="b")
    with pytest.raises(ConfigError, match="knows none"):
        open_finder(lambda name: Stub(), detector="b", emotions=True)
    assert isinstance(open_finder(lambda name: Stub(), checkpoint="a"), autolabelling.CheckpointFinder)
