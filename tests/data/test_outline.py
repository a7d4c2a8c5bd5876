import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from emo.data.outline import POINTS, box_outlines, clip_boxes, outline_boxes, visible_shares

corner, side = st.floats(-200, 300), st.floats(0.5, 200)
box = st.tuples(corner, corner, side, side).map(lambda b: (b[0], b[1], b[0] + b[2], b[1] + b[3]))


@given(st.lists(box, max_size=4))
def test_upright_boxes_come_back(boxes):
    outlines = box_outlines(boxes)
    assert outlines.shape == (len(boxes) * POINTS, 2)
    np.testing.assert_allclose(outline_boxes(outlines), np.array(boxes).reshape(-1, 4), atol=1e-9)


@given(box)
def test_the_points_lie_on_the_ellipse_inside(b):
    x1, y1, x2, y2 = b
    points = (box_outlines([b]) - [(x1 + x2) / 2, (y1 + y2) / 2]) / [(x2 - x1) / 2, (y2 - y1) / 2]
    np.testing.assert_allclose(np.hypot(*points.T), 1, atol=1e-6)


def test_a_turned_circle_keeps_its_box():
    angle = np.deg2rad(20)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    turned = outline_boxes(box_outlines([(-10, -10, 10, 10)]) @ turn.T)
    np.testing.assert_allclose(
        turned, [[-10, -10, 10, 10]], atol=0.2
    )  # of its box it would be [-12.8, ..., 12.8]


@given(st.lists(box, max_size=4), st.integers(1, 200), st.integers(1, 200))
def test_shares_against_a_loop(boxes, width, height):
    shares = visible_shares(box_outlines(boxes), width, height)
    clipped = clip_boxes(outline_boxes(box_outlines(boxes)), width, height)
    assert shares.shape == (len(boxes),)
    for (x1, y1, x2, y2), share, inside in zip(boxes, shares, clipped, strict=True):
        wide, high = max(0, min(x2, width) - max(x1, 0)), max(0, min(y2, height) - max(y1, 0))
        assert abs(share - wide * high / ((x2 - x1) * (y2 - y1))) < 1e-6
        assert 0 <= inside[0] <= inside[2] <= width
        assert 0 <= inside[1] <= inside[3] <= height
