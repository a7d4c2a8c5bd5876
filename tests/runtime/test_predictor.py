import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emo.faces import EMOTIONS
from emo.runtime.predictor import RECHECK, FacePredictor
from emo.runtime.runtime import Look
from emo.runtime.torch_runtime import TorchRuntime


class Finder:
    """A perfect network: finds the red square on black, and says 'happy' when it sees it large."""

    name, kind, precision, classes = "finder", "one_face", "fp32", EMOTIONS
    input_size, prefers_batches = 100, False

    def __init__(self, fooled_near=False):
        self.batches = []
        self.fooled_near = fooled_near  # sees a face in every view without grey edges

    def look(self, views):
        self.batches.append(len(views))
        looks = [self.one(view) for view in views]
        return Look(*(np.array(values, np.float32) for values in zip(*looks, strict=True)))

    def one(self, view):
        ys, xs = np.nonzero(view[..., 0] > 160)
        emotions = np.full(5, 0.02)
        if len(xs) < 20:
            fooled = self.fooled_near and not (view == 114).any()
            return (0.3, 0.3, 0.7, 0.7), 0.9 if fooled else 0.05, np.eye(5)[4]
        emotions[1 if len(xs) > 2000 else 4] = 0.92
        return (xs.min() / 100, ys.min() / 100, (xs.max() + 1) / 100, (ys.max() + 1) / 100), 0.95, emotions


def scene(box=None, size=(640, 480)):
    frame = np.zeros((size[1], size[0], 3), np.uint8)
    if box is not None:
        x1, y1, x2, y2 = box
        frame[y1:y2, x1:x2, 0] = 255
    return frame


def test_the_second_look_reads_what_the_first_only_finds():
    box = (300, 200, 360, 260)
    (twice,) = FacePredictor(Finder()).batch([scene(box)])
    (once,) = FacePredictor(Finder(), zoom=False).batch([scene(box)])
    assert EMOTIONS[twice.emotions[0].argmax()] == "happy"
    assert EMOTIONS[once.emotions[0].argmax()] == "neutral"
    np.testing.assert_allclose(once.boxes_xyxy[0], box, atol=7)  # pixels of the first look are 6.4 wide
    np.testing.assert_allclose(twice.boxes_xyxy[0], box, atol=1.5)


def test_following_costs_one_look_a_frame():
    finder = Finder()
    predict = FacePredictor(finder)
    for step in range(RECHECK):
        faces = predict(scene((300 + 5 * step, 200, 400 + 5 * step, 300)))
        np.testing.assert_allclose(faces.boxes_xyxy[0, 0], 300 + 5 * step, atol=2)
    assert finder.batches == [1, 1] + [1] * (RECHECK - 1)
    predict(scene((350, 200, 450, 300)))
    assert finder.batches[-1] == 2  # the whole frame has its say


def test_lost_at_once_and_found_again_at_once():
    predict = FacePredictor(Finder())
    assert len(predict(scene((50, 50, 150, 150)))) == 1
    assert len(predict(scene())) == 0
    assert len(predict(scene())) == 0
    assert len(predict(scene((450, 300, 550, 400)))) == 1
    np.testing.assert_allclose(predict(scene((50, 50, 150, 150))).boxes_xyxy[0], (50, 50, 150, 150), atol=2)


def test_what_only_looks_like_a_face_close_up_is_let_go():
    predict = FacePredictor(Finder(fooled_near=True))
    predict(scene((300, 200, 400, 300)))
    held = [len(predict(scene())) for _ in range(RECHECK + 1)]
    assert held[0] == 1  # or this test shows nothing
    assert held[-1] == 0
    assert len(predict(scene((20, 20, 120, 120)))) == 1


def test_forgets_between_videos():
    finder = Finder()
    predict = FacePredictor(finder)
    predict(scene((300, 200, 400, 300)))
    predict.forget()
    predict(scene((300, 200, 400, 300)))
    assert finder.batches == [1, 1, 1, 1]


def test_batches_take_two_looks_however_long():
    finder = Finder()
    found = FacePredictor(finder).batch([scene((300, 200, 400, 300)), scene(), scene((5, 5, 99, 99))])
    assert [len(faces) for faces in found] == [1, 0, 1]
    assert finder.batches == [3, 2]
    assert found[1].emotions.shape == (0, 5)


class Overestimates(Finder):
    """Boxes three times too large at the first look, as small faces get them."""

    def one(self, view):
        (x1, y1, x2, y2), presence, emotions = super().one(view)
        if len(self.batches) == 1:
            x1, y1, x2, y2 = x1 - (x2 - x1), y1 - (y2 - y1), x2 + (x2 - x1), y2 + (y2 - y1)
        return (x1, y1, x2, y2), presence, emotions


def test_a_third_look_where_the_second_sees_the_face_elsewhere():
    finder = Overestimates()
    (faces,) = FacePredictor(finder).batch([scene((300, 200, 360, 260))])
    assert finder.batches == [1, 1, 1]
    np.testing.assert_allclose(faces.boxes_xyxy[0], (300, 200, 360, 260), atol=1.5)


class Doubts(Finder):
    """Sees a face in everything from afar, and knows better close up, or the other way round."""

    def __init__(self, far, near):
        super().__init__()
        self.presences = [far, near, near]

    def one(self, view):
        box, _, emotions = super().one(view)
        return box, self.presences[len(self.batches) - 1], emotions


@pytest.mark.parametrize(
    ("far", "near", "looks", "faces"),
    [(0.9, 0.1, 2, 0), (0.2, 1.0, 1, 0), (0.3, 0.9, 2, 1), (0.9, 0.9, 2, 1), (0.4, 0.4, 2, 0)],
)
def test_both_looks_have_their_say(far, near, looks, faces):
    doubts = Doubts(far, near)
    (found,) = FacePredictor(doubts).batch([scene((300, 200, 400, 300))])
    assert len(doubts.batches) == looks
    assert len(found) == faces
    if faces:
        assert found.presence[0] == pytest.approx((far * near) ** 0.5)


def test_zoom_can_change_at_any_time():
    finder = Finder()
    predict = FacePredictor(finder)
    predict(scene((300, 200, 360, 260)))
    predict.zoom = False
    assert EMOTIONS[predict(scene((300, 200, 360, 260))).emotions[0].argmax()] == "neutral"
    assert finder.batches == [1, 1, 1]


@settings(max_examples=25, deadline=None)
@given(width=st.integers(1, 900), height=st.integers(1, 900), seed=st.integers(0, 9))
def test_frames_of_any_shape(network, width, height, seed):
    frame = np.random.default_rng(seed).integers(0, 255, (height, width, 3), np.uint8)
    predict = FacePredictor(TorchRuntime(network), presence=0.0)
    for _ in range(2):
        faces = predict(frame)
        assert len(faces) <= 1
        if len(faces):
            x1, y1, x2, y2 = faces.boxes_xyxy[0]
            assert 0 <= x1 <= x2 <= width
            assert 0 <= y1 <= y2 <= height


@pytest.mark.parametrize("size", [(480, 640), (3840, 2160), (2160, 3840), (64, 48)])
def test_finds_the_face_in_any_format(size):
    x, y, side = size[0] // 3, size[1] // 2, min(size) // 4
    (faces,) = FacePredictor(Finder()).batch([scene((x, y, x + side, y + side), size)])
    np.testing.assert_allclose(faces.boxes_xyxy[0], (x, y, x + side, y + side), atol=0.05 * side + 1)


def test_threshold_must_be_a_probability():
    with pytest.raises(ValueError, match="presence"):
        FacePredictor(Finder(), presence=1.5)
