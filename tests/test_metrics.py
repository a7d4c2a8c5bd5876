"""Every figure against a naive version in numpy."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from emo.data.dataset import NO_EMOTION, Batch
from emo.metrics import Predictions, PredictionTable, bootstrap, score
from emo.model.looking import Sighting
from emo.view import View

CLASSES = ("a", "b", "c")
CONSTANT = torch.tensor([0.25, 0.25, 0.75, 0.75])


def table(count, seed, coarse=False):
    """Random predictions; coarse presences have ties."""
    rng = np.random.default_rng(seed)
    presence = rng.integers(0, 5, count) / 4 if coarse else rng.random(count)
    true_presence = rng.integers(0, 2, count)
    has_box = (rng.random(count) < 0.8) & (true_presence == 1)
    sizes = rng.integers(50, 300, (count, 2))
    low = rng.random((count, 2)) * sizes * 0.6
    truth = np.hstack((low, low + rng.random((count, 2)) * sizes * 0.39 + 1))
    said = np.clip(truth + rng.normal(0, 8, (count, 4)), 0, np.hstack((sizes, sizes)))
    said = np.hstack((np.minimum(said[:, :2], said[:, 2:]), np.maximum(said[:, :2], said[:, 2:])))
    emotions = rng.dirichlet(np.ones(len(CLASSES)), count)
    true_emotions = np.where(
        (rng.random(count) < 0.8) & (true_presence == 1), rng.integers(0, len(CLASSES), count), NO_EMOTION
    )
    columns = (
        presence,
        said,
        emotions,
        true_presence.astype(float),
        truth,
        has_box,
        true_emotions,
        sizes.astype(float),
        np.arange(count),
    )
    return Predictions(*(torch.tensor(c, dtype=torch.float32 if c.dtype == float else None) for c in columns))


def naive_iou(a, b):
    wide, high = max(0.0, min(a[2], b[2]) - max(a[0], b[0])), max(0.0, min(a[3], b[3]) - max(a[1], b[1]))
    union = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - wide * high
    return wide * high / union if union else 0.0


def naive_ap(scores, hits, total):
    """All points: precision times the step in recall, equal scores taken together."""
    ap, recall = 0.0, 0.0
    for threshold in sorted(set(scores), reverse=True):
        taken = scores >= threshold
        found = hits[taken].sum()
        ap += found / taken.sum() * (found / total - recall)
        recall = found / total
    return ap


def naive(t, constant):
    t = Predictions(*(np.asarray(column, dtype=np.float64) for column in t))
    figures, said, true = {}, t.presence >= 0.5, t.true_presence == 1
    if said.any():
        figures["presence_precision"] = (said & true).sum() / said.sum()
    if true.any():
        figures["presence_recall"] = (said & true).sum() / true.sum()
    if (~true).any():
        figures["false_alarm_rate"] = (said & ~true).sum() / (~true).sum()
    has_box = t.has_box == 1
    if has_box.any():
        ious, constants = [], []
        for i in np.flatnonzero(has_box):
            ious.append(naive_iou(t.boxes_xyxy[i], t.true_boxes_xyxy[i]))
            view = View.whole(*t.sizes[i].astype(int))
            constants.append(naive_iou(view.to_frame(np.asarray(constant, float)), t.true_boxes_xyxy[i]))
        ious, constants = np.array(ious), np.array(constants)
        figures |= {
            "box_iou": ious.mean(),
            "box_iou_50": (ious >= 0.5).mean(),
            "box_iou_75": (ious >= 0.75).mean(),
        }
        figures |= {"constant_box_iou": constants.mean(), "constant_box_iou_50": (constants >= 0.5).mean()}
        judged = np.flatnonzero(has_box | ~true)
        hits = np.array(
            [has_box[i] and naive_iou(t.boxes_xyxy[i], t.true_boxes_xyxy[i]) >= 0.5 for i in judged]
        )
        figures["ap_50"] = naive_ap(t.presence[judged], hits, has_box.sum())
    known = np.flatnonzero(t.true_emotions >= 0)
    if len(known):
        emotion, answer = t.true_emotions[known].astype(int), t.emotions[known].argmax(axis=1)
        recalls, scores = [], []
        for c, name in enumerate(CLASSES):
            right = ((emotion == c) & (answer == c)).sum()
            if (emotion == c).any():
                recalls.append(right / (emotion == c).sum())
                figures[f"recall_{name}"] = recalls[-1]
            if (answer == c).any():
                figures[f"precision_{name}"] = right / (answer == c).sum()
            if (emotion == c).any() or (answer == c).any():
                scores.append(2 * right / ((emotion == c).sum() + (answer == c).sum()))
        figures["emotion_accuracy"] = (emotion == answer).mean()
        figures["emotion_majority_accuracy"] = np.bincount(emotion).max() / len(emotion)
        figures["emotion_balanced_accuracy"] = np.mean(recalls)
        figures["emotion_f1"] = np.mean(scores)
        sure, bins = t.emotions[known].max(axis=1), 15
        places = np.clip(np.ceil(sure * bins).astype(int) - 1, 0, bins - 1)
        gaps = [
            abs((emotion == answer)[places == b].mean() - sure[places == b].mean()) * (places == b).mean()
            for b in set(places)
        ]
        figures["emotion_ece"] = sum(gaps)
    return figures


@settings(max_examples=60)
@given(st.integers(1, 60), st.integers(0, 1000), st.booleans())
def test_against_numpy(count, seed, coarse):
    t = table(count, seed, coarse)
    figures, expected = score(t, CLASSES, CONSTANT), naive(t, CONSTANT)
    assert figures.keys() == expected.keys()
    for name, value in figures.items():
        assert value == pytest.approx(expected[name], abs=2e-3), name


def test_perfect_predictions():
    t = table(50, 0)
    known = t.true_emotions != NO_EMOTION
    right = torch.nn.functional.one_hot(t.true_emotions.clamp(min=0), 3).float()
    t = t._replace(
        presence=t.true_presence,
        boxes_xyxy=t.true_boxes_xyxy,
        emotions=torch.where(known[:, None], right, t.emotions),
    )
    figures = score(t, CLASSES, CONSTANT)
    for name in (
        "presence_precision",
        "presence_recall",
        "box_iou",
        "box_iou_75",
        "ap_50",
        "emotion_accuracy",
        "emotion_f1",
    ):
        assert figures[name] == pytest.approx(1), name
    assert figures["false_alarm_rate"] == figures["emotion_ece"] == 0


def test_no_face_anywhere():
    t = table(20, 1)
    t = t.rows(t.true_presence == 0)
    assert score(t, CLASSES, CONSTANT).keys() <= {"presence_precision", "false_alarm_rate"}


def test_a_face_that_is_found_with_a_wrong_box_is_no_hit():
    t = table(30, 2)
    t = t._replace(boxes_xyxy=torch.zeros_like(t.boxes_xyxy))
    figures = score(t, CLASSES, CONSTANT)
    assert figures["ap_50"] == figures["box_iou"] == 0


def batches(t, size=7):
    """The batches and sightings that make a table."""
    for start in range(0, len(t.presence), size):
        rows = t.rows(torch.arange(start, min(start + size, len(t.presence))))
        frames = tuple(np.zeros((int(h), int(w), 3), np.uint8) for w, h in rows.sizes)
        units = [
            View.whole(int(w), int(h)).to_unit(box.numpy())
            for (w, h), box in zip(rows.sizes, rows.true_boxes_xyxy, strict=True)
        ]
        xyxy = torch.tensor(np.array(units))
        cxcywh = torch.cat(((xyxy[:, :2] + xyxy[:, 2:]) / 2, xyxy[:, 2:] - xyxy[:, :2]), dim=1)
        batch = Batch(
            torch.zeros(len(frames), 3, 8, 8),
            cxcywh,
            rows.has_box,
            rows.true_presence,
            rows.true_emotions,
            rows.photos,
            frames,
            torch.zeros(len(frames), 5),
        )
        yield Sighting(rows.boxes_xyxy, rows.presence, rows.emotions), batch


def assert_same_tables(first, second):
    for name in Predictions._fields:
        torch.testing.assert_close(
            getattr(first, name), getattr(second, name), atol=1e-3, rtol=1e-4, msg=name
        )


def test_the_table_collects_batches_in_any_order():
    t, collector = table(23, 4), PredictionTable()
    for sighting, batch in reversed(list(batches(t))):
        collector.update(sighting, batch)
    assert_same_tables(collector.predictions(), t)
    collector.reset()
    for sighting, batch in batches(t.rows(torch.arange(3))):
        collector.update(sighting, batch)
    assert len(collector.predictions().presence) == 3


def test_bootstrap_draws_whole_groups():
    t = table(40, 5)
    groups = [f"person {i % 4}" for i in range(40)]
    intervals = bootstrap(t, CLASSES, CONSTANT, groups, resamples=60)
    figures = score(t, CLASSES, CONSTANT)
    for name in ("box_iou", "emotion_accuracy", "presence_recall"):
        low, high = intervals[name]
        assert low < high
        assert low - 0.05 <= figures[name] <= high + 0.05
    assert intervals == bootstrap(t, CLASSES, CONSTANT, groups, resamples=60)
    assert intervals != bootstrap(t, CLASSES, CONSTANT, groups, resamples=60, seed=2)
    one = bootstrap(t, CLASSES, CONSTANT, ["all"] * 40, resamples=10)  # one group: nothing varies
    for name, (low, high) in one.items():
        assert low == pytest.approx(high) == pytest.approx(figures[name], abs=1e-5)


def test_bootstrap_against_the_known_spread_of_a_share():
    count = 400
    t = table(count, 6)
    t = t._replace(
        true_presence=torch.ones(count), presence=torch.tensor(np.random.default_rng(0).random(count))
    )
    low, high = bootstrap(t, CLASSES, CONSTANT, [str(i) for i in range(count)], resamples=300)[
        "presence_recall"
    ]
    assert (high - low) / 2 == pytest.approx(1.96 * 0.5 / np.sqrt(count), rel=0.25)


def test_figures_that_few_draws_can_tell_are_left_out():
    t = table(40, 7)
    known = t.true_emotions == 0
    t = t._replace(true_emotions=torch.where(known, 1, t.true_emotions))
    t.true_emotions[0] = 0
    intervals = bootstrap(
        t, CLASSES, CONSTANT, [str(i < 1) if i < 1 else str(i) for i in range(40)], resamples=50
    )
    assert "recall_b" in intervals


def test_without_draws_there_are_no_intervals():
    assert bootstrap(table(5, 0), CLASSES, CONSTANT, list("abcde"), resamples=0) == {}
