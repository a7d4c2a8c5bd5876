"""Figures by class, by size and of the probabilities, against naive versions and known cases."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from emo.bootstrap import intervals
from emo.data.dataset import NO_EMOTION
from emo.evaluating.confidence import confidence_figures, known_emotions, reliability, risk_curve, risks
from emo.evaluating.content import Teller
from emo.evaluating.failures import rank_failures
from emo.evaluating.figures import (
    band_counts,
    band_figures,
    bands,
    class_counts,
    class_figures,
    mean_box_xyxy,
)
from emo.metrics import bootstrap, score
from tests.test_metrics import CLASSES, CONSTANT, naive_iou, table

EDGES = (0.12, 0.25, 0.5)


@settings(max_examples=25)
@given(st.integers(1, 60), st.integers(0, 1000))
def test_classes_against_numpy(count, seed):
    t = table(count, seed)
    figures, counts = class_figures(t, CLASSES), class_counts(t, CLASSES)
    known = (t.true_emotions >= 0).numpy()
    said, true = t.emotions.argmax(1).numpy()[known], t.true_emotions.numpy()[known]
    assert sum(counts.values()) == known.sum()
    for index, name in enumerate(CLASSES):
        hits, answers, cases = ((said == index) & (true == index)).sum(), (said == index).sum(), counts[name]
        assert (f"{name}/precision" in figures) == bool(answers)
        assert (f"{name}/recall" in figures) == bool(cases)
        if answers and cases and hits:
            precision, recall = figures[f"{name}/precision"], figures[f"{name}/recall"]
            assert (precision, recall) == (pytest.approx(hits / answers), pytest.approx(hits / cases))
            assert figures[f"{name}/f1"] == pytest.approx(2 * precision * recall / (precision + recall))


def test_bands_take_every_face_once():
    t = table(200, 1)
    counts = band_counts(t, EDGES)
    assert sum(counts.values()) == int(t.has_box.sum())
    assert list(counts) == [name for name, _, _ in bands(EDGES)]
    figures = band_figures(t, CLASSES, CONSTANT, EDGES)
    share = (
        sum(figures[f"{name}/box_iou"] * count for name, count in counts.items() if count) / t.has_box.sum()
    )
    assert share == pytest.approx(score(t, CLASSES, CONSTANT)["box_iou"], abs=1e-4)
    for name, low, high in bands(EDGES):
        hits = [
            float(t.presence[i]) >= 0.5
            and naive_iou(t.boxes_xyxy[i].numpy(), t.true_boxes_xyxy[i].numpy()) >= 0.5
            for i in range(200)
            if t.has_box[i]
            and low <= (t.true_boxes_xyxy[i][3] - t.true_boxes_xyxy[i][1]) / t.sizes[i][1] < high
        ]
        if hits:
            assert figures[f"{name}/found"] == pytest.approx(np.mean(hits))


def test_the_mean_box_is_where_a_constant_answer_is_best():
    t = table(50, 2)
    size = torch.tensor([200.0, 100.0])
    t = t._replace(
        sizes=size.expand(50, 2),
        has_box=torch.ones(50, dtype=torch.bool),
        true_boxes_xyxy=torch.tensor([[60.0, 20, 100, 70]]).expand(50, 4),
    )
    assert score(t, CLASSES, mean_box_xyxy(t))["constant_box_iou"] == pytest.approx(1, abs=1e-4)
    assert mean_box_xyxy(t._replace(has_box=torch.zeros(50, dtype=torch.bool))).shape == (4,)


@settings(max_examples=25)
@given(st.integers(2, 60), st.integers(0, 1000))
def test_reliability_is_what_the_calibration_error_is_made_of(count, seed):
    known = known_emotions(table(count, seed))
    if not len(known.presence):
        return
    bins = reliability(known)
    assert sum(b["count"] for b in bins) == len(known.presence)
    gaps = sum(abs(b["accuracy"] - b["confidence"]) * b["count"] for b in bins) / len(known.presence)
    assert gaps == pytest.approx(score(known, CLASSES, CONSTANT)["emotion_ece"], abs=1e-3)


def confident(sure, right):
    """Rows with these probabilities of the answer, right or wrong."""
    count = len(sure)
    t = table(count, 0)
    sure = torch.tensor(sure)
    rest = (1 - sure) / 2
    return t._replace(
        emotions=torch.stack((sure, rest, rest), dim=1),
        true_emotions=torch.where(torch.tensor(right), 0, 1),
    )


def test_risk_against_coverage():
    t = confident([0.9, 0.8, 0.7, 0.6], [True, True, False, True])
    assert risks(t) == pytest.approx([0, 0, 1 / 3, 1 / 4])
    assert risk_curve(t)[-1] == {"coverage": 1.0, "risk": 0.25}
    assert confidence_figures(t, 0.65)["risk_area"] == pytest.approx((1 / 3 + 1 / 4) / 4)
    assert risks(confident([0.5] * 4, [True, False, False, True])) == pytest.approx([0.5] * 4)


def test_what_unsure_costs_and_gains():
    figures = confidence_figures(confident([0.9, 0.8, 0.5, 0.4, 0.4], [True, True, False, False, True]), 0.45)
    assert figures["unsure_coverage"] == pytest.approx(0.6)
    assert figures["unsure_accuracy"] == pytest.approx(2 / 3)
    assert figures["unsure_wrong_withheld"] == pytest.approx(1 / 2)
    assert figures["unsure_right_withheld"] == pytest.approx(1 / 3)
    all_right = confidence_figures(confident([0.9], [True]), 0.95)
    assert "unsure_wrong_withheld" not in all_right
    assert "unsure_accuracy" not in all_right
    assert all_right["nll"] == pytest.approx(-np.log(0.9))
    assert all_right["brier"] == pytest.approx(0.1**2 + 2 * 0.05**2, abs=1e-6)


def test_paired_intervals_are_narrower():
    """Two networks that err on the same photos: the difference is known far better than either."""
    t = table(300, 3)
    other = t._replace(emotions=torch.where(torch.arange(300)[:, None] < 6, t.emotions.flip(1), t.emotions))
    groups = [str(i // 2) for i in range(300)]
    teller = Teller(CLASSES, groups, 20, 0.45, EDGES)
    told = teller.against({"one_look": t, "two_looks": t}, {"one_look": other, "two_looks": other})
    figure = told["two_looks"]["emotion_accuracy"]
    ours = score(t, CLASSES, CONSTANT)["emotion_accuracy"]
    low, high = bootstrap(t, CLASSES, CONSTANT, groups, 20)["emotion_accuracy"]
    assert figure["difference"]["value"] == pytest.approx(ours - figure["value"])
    width = figure["difference"]["high"] - figure["difference"]["low"]
    assert width < (high - low) / 2
    assert all(f["difference"]["value"] == 0 for f in teller.against(
        {"one_look": t, "two_looks": t}, {"one_look": t, "two_looks": t})["one_look"].values()
    )  # fmt: skip


def test_corrupted_figures_are_compared_with_the_same_photos():
    t = table(40, 4)
    rows = [1, 5, 8, 20, 33]
    some = {"one_look": t.rows(torch.tensor(rows)), "two_looks": t.rows(torch.tensor(rows))}
    teller = Teller(CLASSES, [str(i) for i in range(40)], 10, 0.45, EDGES)
    told = teller.corruptions({"one_look": t, "two_looks": t}, {"nothing": some}, rows)["nothing"][
        "two_looks"
    ]
    assert told
    assert all(figure["change"]["value"] == 0 for figure in told.values())


def test_intervals_draw_groups_and_repeat():
    values = torch.arange(20.0)
    figures = lambda rows: {"mean": float(values[rows].mean())}  # noqa: E731
    pairs = [str(i // 10) for i in range(20)]
    low, high = intervals(figures, pairs, 100)["mean"]
    assert (low, high) == (4.5, 14.5)  # one of the two groups, or both
    assert intervals(figures, pairs, 100) == intervals(figures, pairs, 100)


def test_failures_the_worst_first():
    t = table(120, 5)
    ranked = rank_failures(t)
    sure = t.emotions.amax(dim=1)
    for row in ranked["emotions"]:
        assert t.true_emotions[row] not in (NO_EMOTION, t.emotions[row].argmax())
    for kind, badness in (("emotions", sure), ("alarms", t.presence), ("misses", -t.presence)):
        worst = badness[ranked[kind]]
        assert len(worst)
        assert torch.equal(worst, worst.sort(descending=True).values)
    assert (t.true_presence[ranked["alarms"]] == 0).all()
    assert (t.presence[ranked["misses"]] < 0.5).all()
    iou = [naive_iou(t.boxes_xyxy[i].numpy(), t.true_boxes_xyxy[i].numpy()) for i in ranked["boxes"]]
    assert iou == sorted(iou)
    assert max(iou, default=0) < 0.5
