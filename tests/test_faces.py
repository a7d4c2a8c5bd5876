import numpy as np
import pytest

from emo.faces import EMOTIONS, Faces


def some(count=2, **changes):
    values = {
        "boxes_xyxy": np.tile(np.float32([1, 2, 3, 4]), (count, 1)),
        "presence": np.full(count, 0.9, np.float32),
        "emotions": np.full((count, 5), 0.2, np.float32),
        "track_ids": np.arange(count),
    }
    return Faces(**values | changes)


def test_the_order_of_the_emotions_is_fixed():
    assert EMOTIONS == ("angry", "happy", "sad", "surprise", "neutral")


def test_none_one_and_many():
    assert len(Faces.empty()) == 0
    assert Faces.empty(3).emotions.shape == (0, 3)
    assert Faces.empty().track_ids is None
    assert [len(some(n)) for n in (0, 1, 3)] == [0, 1, 3]


@pytest.mark.parametrize(
    "changes",
    [
        {"boxes_xyxy": np.zeros((2, 3), np.float32)},
        {"boxes_xyxy": np.float32([[3, 2, 1, 4]] * 2)},
        {"boxes_xyxy": np.float32([[1, 5, 3, 4]] * 2)},
        {"boxes_xyxy": np.float32([[np.nan, 0, 1, 1]] * 2)},
        {"presence": np.zeros(3, np.float32)},
        {"presence": np.float32([0.5, 1.1])},
        {"presence": np.float32([0.5, np.nan])},
        {"emotions": np.zeros((1, 5), np.float32)},
        {"emotions": np.zeros(2, np.float32)},
        {"emotions": np.full((2, 5), -0.1, np.float32)},
        {"track_ids": np.arange(3)},
    ],
)
def test_what_does_not_fit_is_refused(changes):
    with pytest.raises(ValueError, match=next(iter(changes))):
        some(**changes)
