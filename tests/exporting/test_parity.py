import numpy as np
import pytest

from emo.exporting.parity import compare, figures
from emo.exporting.views import UNKNOWN, LabelledViews, make_views
from emo.faces import EMOTIONS
from emo.runtime.runtime import Look

NAN = [np.nan] * 4


def views(boxes, presence, emotions):
    count = len(presence)
    pixels = np.zeros((count, 4, 4, 3), np.uint8)
    return LabelledViews(pixels, np.array(boxes, np.float32), np.array(presence), np.array(emotions))


def look(boxes, presence, emotions):
    return Look(
        np.array(boxes, np.float32), np.array(presence, np.float32), np.eye(5, dtype=np.float32)[emotions]
    )


TRUE = views([[0, 0, 1, 1], [0, 0, 0.5, 1], NAN, NAN], [True, True, True, False], [1, UNKNOWN, 2, UNKNOWN])


def test_figures_count_what_is_known():
    said = look(
        [[0, 0, 1, 0.5], [0, 0, 0.5, 1], [0, 0, 1, 1], [0, 0, 1, 1]], [0.9, 0.9, 0.1, 0.2], [1, 0, 3, 0]
    )
    assert figures(said, TRUE) == {
        "presence_accuracy": 0.75,
        "emotion_accuracy": 0.5,
        "box_iou": pytest.approx(0.75),
    }


def test_compare_counts_changes_and_the_worst_loss():
    boxes = [[0, 0, 1, 1]] * 4
    before = look(boxes, [0.9, 0.9, 0.9, 0.1], [1, 0, 2, 0])
    after = look(boxes, [0.9, 0.9, 0.4, 0.1], [1, 3, 0, 4])
    parity = compare(before, after, TRUE)
    assert parity.changed_labels == {
        "presence": 1,
        "emotion": 2,
    }  # what a room without a face shows does not count
    assert parity.largest_difference == {"boxes_xyxy": 0, "presence": pytest.approx(0.5), "emotions": 1}
    assert parity.lost == pytest.approx(0.5)
    assert compare(after, before, TRUE).lost == 0


def test_views_are_both_looks(dataset):
    photos = dataset().train
    made = make_views(photos, EMOTIONS, 32, most=1000)
    boxed = [photo for photo in photos if photo.labelled.faces and photo.labelled.faces[0].box_xyxy]
    assert len(made.views) == len(photos) + len(boxed)
    assert made.views.shape[1:] == (32, 32, 3)
    seen = made.boxes_xyxy[np.isfinite(made.boxes_xyxy).all(axis=1)]
    close = seen[:, 2:] - seen[:, :2]
    assert np.isclose(close.max(axis=1), 1 / 1.3, atol=0.05).sum() >= len(boxed)  # the second looks
    assert len(make_views(photos, EMOTIONS, 32, most=3).views) <= 6
