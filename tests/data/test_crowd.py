"""Crowded frames: what their truth says is to be seen in the picture."""

import itertools
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emo.data.crowd import Crowd, Source
from emo.data.outline import box_outlines
from emo.data.tile import COVERED, CUT, WHOLE, make_tile, split
from tests.fakes import fake_image

FACE = (30.0, 20.0, 60.0, 60.0)


class Made(NamedTuple):
    frame: np.ndarray
    boxes_xyxy: np.ndarray
    faces: list


def compose(crowd, seed, empty=False, room=None, colour=(230, 30, 230), box=FACE, size=(96, 72)):
    """A frame of photos that all have one face in the same place; photo -1 is the room."""
    numbers = iter(range(1000))
    background = None if room is None else Source(room.shape[1::-1], np.zeros((0, 4)), -1)
    plan = crowd.plan(
        np.random.default_rng(seed), lambda: Source(size, np.array([box]), next(numbers)), background, empty
    )

    def frame(photo):
        return room if photo == -1 else fake_image(np.random.default_rng(photo), box, colour, size)

    return Made(crowd.render(plan, frame), plan.boxes_xyxy, plan.faces)


def magenta(frame):
    red, green, blue = (frame[..., i].astype(int) for i in range(3))
    return (red > 120) & (blue > 120) & (green < 90)


def overlap(box, others):
    low, high = np.maximum(box[:2], others[:, :2]), np.minimum(box[2:], others[:, 2:])
    return np.clip(high - low, 0, None).prod(axis=1)


@settings(max_examples=25)
@given(seed=st.integers(0, 2**31), side_by_side=st.sampled_from([0.0, 1.0]))
def test_every_box_is_where_a_face_was_pasted(seed, side_by_side):
    crowd = Crowd(200, 150, (1, 6), (0.1, 0.6), 10.0, side_by_side, distractors=0, light=0.0)
    made = compose(crowd, seed)
    assert made.frame.shape == (150, 200, 3)
    assert len(made.faces) == len(made.boxes_xyxy)
    seen = magenta(made.frame)
    for box in made.boxes_xyxy:
        x1, y1, x2, y2 = box
        assert 0 <= x1 < x2 <= 200
        assert 0 <= y1 < y2 <= 150
        inside = seen[int(y1) : int(np.ceil(y2)), int(x1) : int(np.ceil(x2))]
        assert (
            inside.mean() > 0.35
        )  # an ellipse fills 0.79 of its box; some of it may be covered or turned away
    # and nowhere else is a face
    left = seen.copy()
    for x1, y1, x2, y2 in made.boxes_xyxy:
        left[max(0, int(y1) - 2) : int(y2) + 3, max(0, int(x1) - 2) : int(x2) + 3] = False
    assert left.sum() <= 0.12 * max(1, seen.sum()) + 20


@settings(max_examples=25)
@given(seed=st.integers(0, 2**31))
def test_faces_hide_little_of_each_other(seed):
    boxes = compose(Crowd(200, 150, (6, 12), (0.1, 0.5)), seed).boxes_xyxy
    areas = (boxes[:, 2:] - boxes[:, :2]).prod(axis=1)
    for index, box in enumerate(boxes):
        earlier = boxes[:index]
        assert (overlap(box, earlier) <= COVERED * areas[:index] + 1e-6).all()


def test_a_function_of_the_random_numbers_alone():
    crowd = Crowd(96, 96, bars=0.5)
    ones, others = ([compose(crowd, seed) for seed in range(8)] for _ in range(2))
    for one, other in zip(ones, others, strict=True):
        np.testing.assert_array_equal(one.frame, other.frame)
        np.testing.assert_array_equal(one.boxes_xyxy, other.boxes_xyxy)
        assert one.faces == other.faces
    assert any((a.frame != b.frame).any() for a, b in itertools.pairwise(ones))


def test_small_faces_are_as_frequent_as_large_ones():
    crowd = Crowd(400, 400, (1, 1), (0.05, 0.8), 0.0, 0.0, 0)
    boxes = np.concatenate([compose(crowd, seed).boxes_xyxy for seed in range(300)])
    heights = (boxes[:, 3] - boxes[:, 1]) / 400
    assert heights.min() < 0.07
    assert heights.max() > 0.6
    assert 0.35 < (heights < 0.2).mean() < 0.65  # 0.2 is the middle of the logarithms


def test_nobody_in_an_empty_frame():
    made = compose(
        Crowd(120, 90, distractors=0, light=0.0), 1, empty=True, room=np.full((50, 80, 3), 90, np.uint8)
    )
    assert made.faces == []
    assert made.boxes_xyxy.shape == (0, 4)
    assert not magenta(made.frame).any()
    assert abs(int(np.median(made.frame)) - 90) <= 3  # the room


def test_bars():
    crowd = Crowd(160, 160, bars=1.0)
    for seed in range(6):
        made = compose(crowd, seed)
        bar = (made.frame == 114).all(axis=(1, 2))
        assert bar[:20].all()
        assert bar[-20:].all()
        assert not bar[80]
        assert (made.boxes_xyxy[:, 1] >= 20).all()


@pytest.mark.parametrize(
    "options",
    [
        {"faces": (0, 3)},
        {"faces": (4, 3)},
        {"face_height": (0.0, 0.5)},
        {"face_height": (0.5, 0.1)},
        {"width": 10},
        {"rotate": -1},
        {"bars": 1.5},
    ],
)
def test_settings_that_make_no_sense(options):
    with pytest.raises(ValueError, match=next(iter(options))):
        Crowd(**{"width": 96, "height": 96, **options})


def test_tiles_show_a_face_or_do_not():
    outlines, still = box_outlines([FACE]), np.array([[1.0, 0, 0], [0, 1, 0]])
    nobody = np.zeros((0, 4))
    whole = make_tile(outlines, still, (0, 0, 96, 72), nobody)
    assert whole.faces == [0]
    np.testing.assert_allclose(whole.boxes_xyxy, [FACE])
    most = make_tile(outlines, still, (0, 0, 30 + int(30 * WHOLE) + 1, 72), nobody)
    np.testing.assert_allclose(most.boxes_xyxy, [(30, 20, 49, 60)])
    assert make_tile(outlines, still, (0, 0, 45, 72), nobody) is None  # half a face
    assert make_tile(outlines, still, (0, 0, 30 + int(30 * CUT), 72), nobody).faces == []
    taken = np.array([(40.0, 30, 60, 70)])
    assert make_tile(outlines, still, (0, 0, 96, 72), taken) is None  # on top of another


@given(seed=st.integers(0, 2**31), parts=st.integers(0, 20))
def test_a_split_area_is_covered_once(seed, parts):
    rects = split(np.random.default_rng(seed), (5, 10, 205, 110), parts)
    assert len(rects) == parts
    times = np.zeros((120, 220), int)
    for x1, y1, x2, y2 in rects:
        times[y1:y2, x1:x2] += 1
    assert (times[10:110, 5:205] == (1 if parts else 0)).all()
    assert times.sum() == (200 * 100 if parts else 0)
