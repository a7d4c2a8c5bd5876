"""What a network doubts: against labels that were swapped on purpose."""

import numpy as np
import pytest

from emo.checking.doubts import STRONG, find_doubts, label_issues
from emo.data.folder import Photo
from emo.data.labels import LabelledFace, LabelledPhoto
from emo.faces import EMOTIONS, Faces
from tests.checking.conftest import save


def naive_issues(emotions, labels):
    """The rule of confident learning, face by face."""
    thresholds = {
        c: np.mean([p[c] for p, k in zip(emotions, labels, strict=True) if k == c]) for c in set(labels)
    }
    found = []
    for index, (p, label) in enumerate(zip(emotions, labels, strict=True)):
        claimed = [c for c in thresholds if p[c] >= thresholds[c]]
        best = max(claimed, key=lambda c: p[c], default=label)
        if best != label and p[best] - p[label] > STRONG:
            found.append((p[best] - p[label], index, best))
    return [(index, best) for _, index, best in sorted(found, reverse=True)]


def test_label_issues_follow_the_rule():
    rng = np.random.default_rng(2)
    for _ in range(20):
        emotions = rng.dirichlet(np.full(5, 0.4), 80)
        labels = rng.integers(0, 4, 80)  # nobody is labelled 4: it has no threshold, and is never claimed
        assert label_issues(emotions, labels) == naive_issues(emotions, labels.tolist())


def test_only_swapped_labels_are_doubted():
    rng = np.random.default_rng(1)
    truth = rng.integers(0, 5, 300)
    emotions = np.eye(5)[truth] * 0.8 + rng.dirichlet(np.ones(5), 300) * 0.2
    given = truth.copy()
    given[:9] = (truth[:9] + 1) % 5
    found = [index for index, _ in label_issues(emotions, given)]
    assert len(found) >= 4
    assert set(found) <= set(range(9)), "none of the right labels is doubted"


class Painted:
    """Reads box and emotion from the first pixels of a frame, where the test has written them."""

    classes = EMOTIONS
    zoom = True
    prefers_batches = True

    def batch(self, frames):
        return [self._one(frame) for frame in frames]

    def _one(self, frame):
        x1, y1, x2, y2, emotion, presence = frame[0, :6, 0].astype(float)
        if not presence:
            return Faces.empty()
        emotions = np.full((1, 5), 0.05, np.float32)
        emotions[0, int(emotion)] = 0.8
        box = np.array([[x1, y1, x2, y2]], np.float32)
        return Faces(box, np.array([presence / 100], np.float32), emotions)

    def __call__(self, frame):
        raise NotImplementedError

    def forget(self):
        raise NotImplementedError


@pytest.fixture
def painted(tmp_path):
    def make(name, faces, seen=(10, 10, 50, 50), emotion="happy", presence=95):
        frame = np.full((80, 100, 3), 90, np.uint8)
        frame[0, :6] = np.array([*seen, EMOTIONS.index(emotion), presence])[:, None]
        image = save(tmp_path / f"{name}.png", frame)
        return Photo(LabelledPhoto(image, 100, 80, tuple(faces)), image.name)

    return make


def test_doubts_about_boxes_and_emotions(painted):
    box = (10.0, 10.0, 50.0, 50.0)
    photos = [painted(f"good{i}", [LabelledFace(box, "happy")]) for i in range(20)]
    photos += [painted(f"fine{i}", [LabelledFace(box, "sad")], emotion="sad") for i in range(20)]
    photos += [
        painted("swapped", [LabelledFace(box, "sad")]),
        painted("elsewhere", [LabelledFace((60.0, 10.0, 90.0, 50.0), "happy")]),
        painted("little", [LabelledFace((40.0, 10.0, 80.0, 50.0), "happy")]),
        painted("unseen", [LabelledFace(box, "happy")], presence=0),
        painted("missed", []),
        painted("unsure", [], presence=60),
        painted("guess", [LabelledFace(box, "sad", suggested=True)]),
        painted("crop", [LabelledFace(None, "sad")]),
        painted("second", [LabelledFace((60.0, 10.0, 90.0, 50.0), "sad"), LabelledFace(box, "happy")]),
    ]
    found = [(f.kind, f.file.rsplit("/", 1)[-1], f.text) for f in find_doubts(photos, Painted())]
    boxes = [name for kind, name, _ in found if kind == "box_doubt"]
    assert set(boxes[:2]) == {"elsewhere.png", "unseen.png"}, "worst first"
    assert boxes[2:] == ["missed.png", "little.png"]
    labels = [(name, text) for kind, name, text in found if kind == "label_doubt"]
    assert {name for name, _ in labels} == {"swapped.png", "crop.png"}
    assert labels[0][1] == "labelled sad (5%), the model says happy (80%)"
