"""Figures of many faces: worked out by hand, and against COCO's own."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from emo.crowd_metrics import average_precision, match, score_crowd
from emo.crowd_table import CrowdPredictions, CrowdTable, Found, find_faces
from emo.data.crowd_dataset import CrowdBatch
from emo.data.dataset import NO_EMOTION
from emo.model.grid import GridOutputs

CLASSES = ("a", "b", "c")


def table(said, true, frames=1):
    """From (frame, box, presence, emotion) and (frame, box, has_box, emotion)."""
    said = sorted(said, key=lambda row: (row[0], -row[2]))
    emotions = torch.eye(3)[[row[3] for row in said]] if said else torch.zeros(0, 3)
    return CrowdPredictions(
        photos=torch.arange(frames),
        sizes=torch.tensor([[100.0, 100.0]] * frames),
        said_frames=torch.tensor([row[0] for row in said], dtype=torch.int64),
        said_boxes_xyxy=torch.tensor([row[1] for row in said], dtype=torch.float32).reshape(-1, 4),
        presence=torch.tensor([row[2] for row in said], dtype=torch.float32),
        emotions=emotions,
        true_frames=torch.tensor([row[0] for row in true], dtype=torch.int64),
        true_boxes_xyxy=torch.tensor([row[1] for row in true], dtype=torch.float32).reshape(-1, 4),
        has_box=torch.tensor([row[2] for row in true], dtype=torch.bool),
        true_emotions=torch.tensor([row[3] for row in true], dtype=torch.int64),
    )


ONE, TWO, THREE = (0, 0, 20, 20), (50, 50, 60, 60), (80, 0, 84, 4)


def test_by_hand():
    """Three faces, of 20, 10 and 4 % of the height, and a frame of nobody; one found well, one roughly, one missed."""
    said = [
        (0, ONE, 0.9, 0),
        (0, (1, 0, 21, 20), 0.6, 1),  # the first face again
        (0, (50, 50, 60, 57), 0.8, 1),  # IoU 0.7
        (1, (10, 10, 30, 30), 0.7, 0),
        (1, (60, 60, 70, 70), 0.3, 0),  # not sure enough to be an alarm
    ]
    true = [(0, ONE, True, 0), (0, TWO, True, 2), (0, THREE, True, NO_EMOTION)]
    figures = score_crowd(match(table(said, true, 2)), CLASSES, edges=(0.05, 0.15))
    assert figures["recall"] == pytest.approx(2 / 3)
    assert figures["recall_0_to_0.05"] == 0
    assert figures["recall_0.05_to_0.15"] == 1
    assert figures["recall_0.15_to_inf"] == 1
    assert figures["precision"] == pytest.approx(2 / 4)
    assert figures["box_iou"] == pytest.approx((1 + 0.7) / 2)
    assert figures["false_alarms_per_frame"] == 1
    assert figures["false_alarm_rate"] == 1
    assert figures["emotion_accuracy"] == 0.5
    assert figures["emotion_balanced_accuracy"] == 0.5
    assert (figures["recall_a"], figures["recall_c"]) == (1, 0)
    assert "recall_b" not in figures
    # both right ones come first: precision 1 up to a recall of 2/3, 67 of the 101 recalls
    assert figures["ap_50"] == pytest.approx(67 / 101)
    # from 0.75 on the second is wrong: 34 of the recalls
    assert figures["ap_50_95"] == pytest.approx((5 * 67 + 5 * 34) / 10 / 101)


def test_nobody_and_nothing_said():
    figures = score_crowd(match(table([], [], 2)), CLASSES)
    assert figures == {"false_alarms_per_frame": 0, "false_alarm_rate": 0}
    figures = score_crowd(match(table([], [(0, ONE, True, 1)])), CLASSES)
    assert (figures["ap_50"], figures["recall"], figures["false_alarms_per_frame"]) == (0, 0, 0)
    assert "precision" not in figures


def test_a_face_whose_box_is_not_known_is_neither_missed_nor_an_alarm():
    said = [(0, (2, 2, 18, 18), 0.9, 1), (0, TWO, 0.8, 0)]
    figures = score_crowd(match(table(said, [(0, ONE, False, 1), (0, TWO, True, NO_EMOTION)])), CLASSES)
    assert figures["false_alarms_per_frame"] == 0
    assert (figures["ap_50"], figures["recall"], figures["precision"]) == (1, 1, 1)
    assert figures["emotion_accuracy"] == 1


def random_table(seed, frames=4, unknown=False):
    rng = np.random.default_rng(seed)
    said, true = [], []
    for frame in range(frames):
        for _ in range(rng.integers(0, 5)):
            x, y, size = rng.uniform(0, 70), rng.uniform(0, 70), rng.uniform(5, 30)
            true.append(
                (
                    frame,
                    (x, y, x + size, y + size),
                    bool(rng.random() > unknown * 0.3),
                    int(rng.integers(-1, 3)),
                )
            )
            for _ in range(rng.integers(0, 3)):
                jitter = rng.normal(0, size * 0.15, 4)
                box = np.array([x, y, x + size, y + size]) + jitter
                box[2:] = np.maximum(box[2:], box[:2] + 1)
                said.append((frame, tuple(box), float(rng.uniform(0.05, 1)), int(rng.integers(3))))
        for _ in range(rng.integers(0, 3)):
            x, y, size = rng.uniform(0, 70), rng.uniform(0, 70), rng.uniform(5, 30)
            said.append((frame, (x, y, x + size, y + size), float(rng.uniform(0.05, 1)), 0))
    return table(said, true, frames)


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("unknown", [False, True])
def test_average_precision_as_coco_has_it(seed, unknown):
    pytest.importorskip("pycocotools")
    from torchmetrics.detection import MeanAveragePrecision

    t = random_table(seed, unknown=unknown)
    # their own recalls are in single precision, which shifts some by a step
    metric = MeanAveragePrecision(rec_thresholds=np.linspace(0, 1, 101).tolist())
    for frame in range(len(t.photos)):
        ours, true = t.said_frames == frame, t.true_frames == frame
        zeros = torch.zeros(100, dtype=torch.int64)
        said = {"boxes": t.said_boxes_xyxy[ours], "scores": t.presence[ours], "labels": zeros[: ours.sum()]}
        truth = {"boxes": t.true_boxes_xyxy[true], "labels": zeros[: true.sum()]}
        metric.update([said], [truth | {"iscrowd": (~t.has_box[true]).long()}])
    theirs, figures = metric.compute(), score_crowd(match(t), CLASSES)
    assert figures["ap_50"] == pytest.approx(float(theirs["map_50"]), abs=1e-5)
    if not unknown:  # COCO asks anew at each IoU which answers are about an unknown box
        assert figures["ap_50_95"] == pytest.approx(float(theirs["map"]), abs=1e-5)


@given(seed=st.integers(0, 2**31), draws=st.lists(st.integers(0, 3), min_size=1, max_size=8))
def test_frames_that_are_drawn_twice_count_twice(seed, draws):
    t = random_table(seed)
    said, true = [], []
    for new, old in enumerate(draws):
        ours, faces = torch.nonzero(t.said_frames == old)[:, 0], torch.nonzero(t.true_frames == old)[:, 0]
        said += [
            (new, t.said_boxes_xyxy[i].tolist(), float(t.presence[i]), int(t.emotions[i].argmax()))
            for i in ours
        ]
        true += [
            (new, t.true_boxes_xyxy[i].tolist(), bool(t.has_box[i]), int(t.true_emotions[i])) for i in faces
        ]
    drawn = score_crowd(match(t), CLASSES, rows=torch.tensor(draws))
    copied = score_crowd(match(table(said, true, len(draws))), CLASSES)
    assert drawn.keys() == copied.keys()
    for name, value in copied.items():
        # answers that are equally sure come in another order among the copies
        assert drawn[name] == pytest.approx(value, abs=0.02 if name.startswith("ap") else 1e-9)


def test_average_precision_falls_with_every_alarm():
    hits, counts = np.array([True, False, True]), np.ones(3)
    with_alarm = average_precision(hits, np.zeros(3, bool), counts, 2)
    without = average_precision(hits, ~hits, counts, 2)
    assert without == 1
    assert with_alarm == pytest.approx((51 + 50 * 2 / 3) / 101)


def test_the_table_tells_pixels_of_the_frame_in_the_photos_order():
    frames = tuple(np.zeros((480, 640, 3), np.uint8) for _ in range(2))
    batch = CrowdBatch(
        images=torch.zeros(2, 3, 8, 8),
        owners=torch.tensor([1]),
        boxes_cxcywh=torch.tensor([[0.5, 0.5, 0.25, 0.25]]),
        has_box=torch.tensor([True]),
        emotions=torch.tensor([2]),
        emotion_shares=torch.eye(3)[[2]],
        photos=torch.tensor([7, 3]),
        frames=frames,
    )
    logits = torch.tensor([[-9.0, -9.0, -9.0, -9.0], [9.0, -9.0, -9.0, -9.0]])
    boxes = torch.full((2, 4, 4), 0.25)
    boxes[1, 0] = torch.tensor([0.5, 0.5, 0.25, 0.25])
    found = find_faces(GridOutputs(boxes, logits, torch.zeros(2, 4, 3)), frames)
    assert [len(one.presence) for one in found] == [0, 1]
    collected = CrowdTable()
    collected.update(found, batch)
    collected.update(found, batch)  # seen again: counts once
    told = collected.predictions()
    assert told.photos.tolist() == [3, 7]
    assert (told.said_frames.tolist(), told.true_frames.tolist()) == ([0], [0])
    torch.testing.assert_close(told.said_boxes_xyxy, torch.tensor([[240.0, 160, 400, 320]]))
    torch.testing.assert_close(told.true_boxes_xyxy, told.said_boxes_xyxy)
    collected.reset()
    collected.update([Found(torch.zeros(0, 4), torch.zeros(0), torch.zeros(0, 3))] * 2, batch)
    assert len(collected.predictions().presence) == 0
