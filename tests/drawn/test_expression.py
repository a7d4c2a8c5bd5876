import numpy as np
import pytest

from emo.drawn.expression import JITTER, WAYS, WEAKEST, ActionUnits, sample_expression
from emo.faces import EMOTIONS


def test_every_emotion_has_a_way_to_show():
    assert set(WAYS) == set(EMOTIONS)


@pytest.mark.parametrize("emotion", EMOTIONS)
def test_same_seed_same_face_and_units_in_range(emotion):
    one, same, other = (sample_expression(np.random.default_rng(seed), emotion) for seed in (3, 3, 4))
    assert one == same
    assert one != other
    assert (one.values() >= 0).all()
    assert (one.values() <= 1).all()


@pytest.mark.parametrize("emotion", [name for name in EMOTIONS if name != "neutral"])
def test_weakest_expression_stands_out_from_the_jitter_of_a_resting_face(emotion):
    for seed in range(20):
        units = sample_expression(np.random.default_rng(seed), emotion, WEAKEST)
        assert units.values().max() > 4 * JITTER
    rest = sample_expression(np.random.default_rng(0), "neutral", 1.0)
    assert rest.values().max() <= JITTER


def test_facs_marks_of_each_emotion():
    rng = np.random.default_rng(0)
    happy, sad, angry, surprise = (
        sample_expression(rng, name, 1.0) for name in ("happy", "sad", "angry", "surprise")
    )
    assert min(happy.smile, happy.cheeks) > 0.6
    assert min(sad.inner_brow, sad.corners_down) > 0.7
    assert sad.outer_brow < 0.1
    assert min(angry.frown, angry.tight_lids) > 0.5
    assert min(surprise.inner_brow, surprise.outer_brow, surprise.jaw) > 0.6


def test_unknown_emotion_is_named():
    with pytest.raises(ValueError, match="bored"):
        sample_expression(np.random.default_rng(0), "bored")


def test_towards_is_linear():
    rest, open_mouth = ActionUnits(), ActionUnits(jaw=1.0, smile=0.5)
    halfway = rest.towards(open_mouth, 0.5)
    assert (halfway.jaw, halfway.smile, halfway.frown) == (0.5, 0.25, 0.0)
    assert rest.towards(open_mouth, 1.0) == open_mouth
