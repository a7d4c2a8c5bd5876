"""Every corruption of the config: what it does to the picture and to the box."""

import albumentations as A
import numpy as np
import pytest

from emo.config import build
from emo.data.augment import Pipeline
from emo.evaluating.corruptions import CoverFace, TiltFace
from tests.conftest import config

CORRUPTIONS = build(config("checkpoint=x", root="evaluate").corruptions)
BOX = (30.0, 20.0, 60.0, 60.0)


@pytest.fixture
def frame(rng):
    """A white ellipse in a noisy dark picture."""
    from tests.fakes import fake_image

    return fake_image(rng, BOX, (255, 255, 255), (96, 80))


def test_the_config_has_what_the_readme_says():
    assert set(CORRUPTIONS) == {
        "dark", "blur", "jpeg_30", "half_resolution", "grey", "tilt_left", "tilt_right", "covered"
    }  # fmt: skip
    assert build(config("checkpoint=x", "corruptions=none", root="evaluate").evaluation.corruptions) == {}


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_each_changes_the_picture_and_is_repeated(name, frame):
    pipeline = Pipeline([CORRUPTIONS[name]])
    once, again = pipeline(frame, [BOX], 3), pipeline(frame, [BOX], 3)
    assert once.frame.shape == frame.shape
    assert once.frame.dtype == np.uint8
    assert (once.frame != frame).any()
    assert np.array_equal(once.frame, again.frame)
    assert np.array_equal(once.boxes_xyxy, again.boxes_xyxy)
    if not name.startswith("tilt"):
        assert once.boxes_xyxy[0] == pytest.approx(BOX)
    assert pipeline(frame, np.zeros((0, 4)), 3).frame.shape == frame.shape  # no face


def test_strengths(frame):
    dark = Pipeline([CORRUPTIONS["dark"]])(frame, [BOX], 0).frame
    assert dark.mean() == pytest.approx(frame.mean() / 4, abs=0.6)
    grey = Pipeline([CORRUPTIONS["grey"]])(frame, [BOX], 0).frame
    assert (grey[..., 0] == grey[..., 2]).all()
    half = Pipeline([CORRUPTIONS["half_resolution"]])(frame, [BOX], 0).frame
    assert (
        np.abs(np.diff(half.astype(int), axis=1)).mean()
        < np.abs(np.diff(frame.astype(int), axis=1)).mean() / 1.5
    )


@pytest.mark.parametrize("degrees", [-30, -10, 10, 30])
def test_the_box_turns_with_the_face(frame, degrees):
    turned = Pipeline([TiltFace(degrees)])(frame, [BOX], 0)
    bright = np.argwhere(turned.frame.min(axis=2) > 150)
    (y1, x1), (y2, x2) = bright.min(axis=0), bright.max(axis=0) + 1
    assert turned.boxes_xyxy[0] == pytest.approx((x1, y1, x2, y2), abs=2)
    centre = (turned.boxes_xyxy[0][:2] + turned.boxes_xyxy[0][2:]) / 2
    assert centre == pytest.approx((45, 40), abs=0.01)


def test_left_and_right(frame):
    frame = frame.copy()
    frame[20:30, 42:48] = (255, 0, 0)  # the top of the head
    for degrees, side in ((-30, -1), (30, 1)):
        turned = Pipeline([TiltFace(degrees)])(frame, [BOX], 0).frame
        red = np.argwhere((turned[..., 0] > 200) & (turned[..., 1] < 100))
        assert np.sign(red[:, 1].mean() - 45) == side


def test_no_turn_leaves_the_picture(frame):
    assert np.array_equal(Pipeline([TiltFace(0)])(frame, [BOX], 0).frame, frame)


def test_a_cover_hides_its_share_of_the_face(frame):
    shares, sides = [], set()
    pipeline = Pipeline([CoverFace(0.33)])
    for seed in range(40):
        covered = pipeline(frame, [BOX, (70, 5, 80, 15)], seed).frame
        changed = (covered != frame).any(axis=2)
        assert not changed[5:15, 72:80].any()  # the smaller face is left alone
        inside = changed[20:60, 30:60]
        shares.append(inside.mean())
        rows, columns = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
        sides.add((rows[0] == 0, rows[-1] == 39, columns[0] == 0, columns[-1] == 29))
    assert np.mean(shares) == pytest.approx(0.33, abs=0.04)
    assert len(sides) == 4


@pytest.mark.parametrize("share", [0, 1, -0.1])
def test_a_cover_of_nothing_or_all_is_refused(share):
    with pytest.raises(ValueError, match="share"):
        CoverFace(share)


def test_they_are_albumentations_own_kind():
    for transform in CORRUPTIONS.values():
        assert isinstance(transform, A.BasicTransform)
        assert transform.p == 1
