import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emo.view import PAD, View

sides = st.integers(1, 300)
boxes = st.tuples(*[st.floats(-500, 800)] * 4).map(
    lambda b: np.array([min(b[0], b[2]), min(b[1], b[3]), max(b[0], b[2]), max(b[1], b[3])])
)
views = st.builds(View, st.integers(-400, 400), st.integers(-400, 400), st.integers(1, 600))


@given(sides, sides)
def test_the_whole_frame_is_centred_in_its_square(width, height):
    view = View.whole(width, height)
    assert view.side == max(width, height)
    assert view.left <= 0
    assert view.top <= 0
    margins = (-view.left, view.left + view.side - width, -view.top, view.top + view.side - height)
    assert min(margins) >= 0
    assert abs(margins[0] - margins[1]) <= 1
    assert abs(margins[2] - margins[3]) <= 1


@given(boxes, st.floats(1.0, 3.0))
def test_around_a_box(box, factor):
    view = View.around(box, factor)
    longer = max(box[2] - box[0], box[3] - box[1])
    assert view.side == max(1, round(longer * factor))
    centre = np.array([view.left, view.top]) + view.side / 2
    assert np.abs(centre - (box[:2] + box[2:]) / 2).max() <= 0.5 + 1e-6


@given(views, st.lists(boxes, min_size=0, max_size=3))
def test_to_unit_and_back(view, some):
    array = np.array(some).reshape(-1, 4)
    unit = view.to_unit(array)
    assert unit.dtype == np.float32
    np.testing.assert_allclose(view.to_frame(unit), array, atol=1e-2)
    np.testing.assert_allclose(view.to_unit(view.to_frame(np.float32([0, 0, 1, 1]))), [0, 0, 1, 1], atol=1e-4)


@settings(max_examples=150, deadline=None)
@given(sides, sides, views, st.integers(1, 200))
def test_any_view_of_any_frame_is_a_square_picture(width, height, view, size):
    frame = np.full((height, width, 3), 7, np.uint8)
    out = view.crop(frame, size)
    assert out.shape == (size, size, 3)
    assert out.dtype == np.uint8
    assert set(np.unique(out)) <= {7, PAD}
    x1, x2 = max(view.left, 0), min(view.left + view.side, width)
    y1, y2 = max(view.top, 0), min(view.top + view.side, height)
    scale = size / view.side
    seen = max(0, x2 - x1) * max(0, y2 - y1) * scale**2
    border = (max(0, x2 - x1) + max(0, y2 - y1)) * scale + 1  # each edge is rounded to a pixel
    assert abs((out == 7).all(axis=2).sum() - seen) <= border


@settings(max_examples=60, deadline=None)
@given(st.integers(40, 300), st.integers(40, 300), st.integers(64, 256), st.data())
def test_a_rectangle_lands_where_to_unit_says(width, height, size, data):
    x1 = data.draw(st.integers(2, width - 24))
    y1 = data.draw(st.integers(2, height - 24))
    x2, y2 = data.draw(st.integers(x1 + 20, width - 2)), data.draw(st.integers(y1 + 20, height - 2))
    frame = np.zeros((height, width, 3), np.uint8)
    frame[y1:y2, x1:x2] = 255
    view = View.whole(width, height)
    out = view.crop(frame, size) > 127  # half of the slope that an edge becomes where the frame grows
    rows, columns = np.flatnonzero(out.any(axis=(1, 2))), np.flatnonzero(out.any(axis=(0, 2)))
    found = np.array([columns[0], rows[0], columns[-1] + 1, rows[-1] + 1])
    expected = view.to_unit(np.array([x1, y1, x2, y2])) * size
    assert np.abs(found - expected).max() <= 1.5


def test_a_frame_of_the_right_size_is_not_touched():
    frame = np.random.default_rng(0).integers(0, 255, (64, 64, 3), dtype=np.uint8)
    np.testing.assert_array_equal(View.whole(64, 64).crop(frame, 64), frame)


def test_shrinking_averages():
    frame = np.zeros((64, 64, 3), np.uint8)
    frame[::2] = 200
    assert (View.whole(64, 64).crop(frame, 32) == 100).all()


@pytest.mark.parametrize(
    ("width", "height", "grey"),
    [(100, 50, (slice(0, 24), slice(76, 100))), (50, 100, (slice(0, 24), slice(76, 100)))],
)
def test_grey_lies_beside_the_frame(width, height, grey):
    out = View.whole(width, height).crop(np.zeros((height, width, 3), np.uint8), 100)
    for part in grey:
        assert ((out[part] if width > height else out[:, part]) == PAD).all()
    middle = out[26:74] if width > height else out[:, 26:74]
    assert (middle == 0).all()


@pytest.mark.parametrize("size", [(640, 480), (1280, 720), (641, 480)])
def test_a_large_frame_is_averaged_over_all_its_pixels(size):
    width, height = size
    noise = np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)
    frame = cv2.GaussianBlur(noise, (0, 0), 2.0)
    seen = View.whole(width, height).crop(frame, 120)
    inside = np.flatnonzero((seen != PAD).any(axis=(1, 2)))
    part = seen[inside[0] : inside[-1] + 1]
    averaged = cv2.resize(frame, part.shape[1::-1], interpolation=cv2.INTER_AREA)
    assert np.abs(part.astype(int) - averaged).max() <= 4
