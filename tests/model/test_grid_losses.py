"""The losses of many faces against a naive loop over the cells, and against numbers worked out by hand."""

import math

import pytest
import torch

from emo.data.crowd_dataset import CrowdBatch
from emo.data.dataset import NO_EMOTION
from emo.errors import ConfigError
from emo.model.grid import GridNetwork, GridOutputs
from emo.model.grid_losses import ModernGridLoss, YoloLoss
from tests.model.test_matching import naive as naive_match

CLASSES = 3


def batch_of(boxes, owners, emotions, has_box, views):
    emotions = torch.tensor(emotions, dtype=torch.int64)
    shares = torch.nn.functional.one_hot(emotions + 1, CLASSES + 1)[:, 1:].float()
    return CrowdBatch(
        images=torch.zeros(views, 3, 8, 8),
        owners=torch.tensor(owners, dtype=torch.int64),
        boxes_cxcywh=torch.tensor(boxes, dtype=torch.float32).reshape(-1, 4),
        has_box=torch.tensor(has_box, dtype=torch.bool),
        emotions=emotions,
        emotion_shares=shares.reshape(-1, CLASSES),
        photos=torch.arange(views),
        frames=(),
    )


def random_case(seed, grid=4, views=3, count=7):
    generator = torch.Generator().manual_seed(seed)
    boxes = torch.rand(count, 4, generator=generator) * 0.6 + 0.2
    owners = torch.randint(views - 1, (count,), generator=generator)  # the last view shows nobody
    emotions = torch.randint(-1, CLASSES, (count,), generator=generator)
    has_box = torch.rand(count, generator=generator) < 0.7
    outputs = GridOutputs(
        torch.rand(views, grid * grid, 4, generator=generator) * 0.6 + 0.2,
        torch.randn(views, grid * grid, generator=generator),
        torch.randn(views, grid * grid, CLASSES, generator=generator),
    )
    return outputs, batch_of(boxes.tolist(), owners.tolist(), emotions.tolist(), has_box.tolist(), views)


def corners(box):
    x, y, width, height = box
    return x - width / 2, y - height / 2, x + width / 2, y + height / 2


def overlap(ours, true):
    """IoU, and the part of the box around both that neither covers."""
    a, b = corners(ours), corners(true)
    shared = max(0, min(a[2], b[2]) - max(a[0], b[0])) * max(0, min(a[3], b[3]) - max(a[1], b[1]))
    union = ours[2] * ours[3] + true[2] * true[3] - shared
    around = (max(a[2], b[2]) - min(a[0], b[0])) * (max(a[3], b[3]) - min(a[1], b[1]))
    return shared / union, (around - union) / around


def sigmoid(x):
    return 1 / (1 + math.exp(-x))


def softmax(logits):
    powers = [math.exp(x) for x in logits]
    return [p / sum(powers) for p in powers]


def cells_of(outputs, batch, grid, radius):
    """(view, cell, face or -1) of all cells."""
    views = len(outputs.presence_logits)
    matched = naive_match(batch.boxes_cxcywh.double().tolist(), batch.owners.tolist(), views, grid, radius)
    return [(view, cell, matched[view][cell]) for view in range(views) for cell in range(grid * grid)]


@pytest.mark.parametrize("seed", range(6))
def test_published_as_a_loop_over_cells(seed):
    outputs, batch = random_case(seed)
    sums = dict.fromkeys(("center", "size", "object", "no_object", "emotion"), 0.0)
    for view, cell, face in cells_of(outputs, batch, 4, 0.0):
        presence = sigmoid(float(outputs.presence_logits[view, cell]))
        if face < 0:
            sums["no_object"] += presence**2
            continue
        ours, true = outputs.boxes_cxcywh[view, cell].tolist(), batch.boxes_cxcywh[face].tolist()
        target = 1.0
        if batch.has_box[face]:
            sums["center"] += sum((4 * (a - b)) ** 2 for a, b in zip(ours[:2], true[:2], strict=True))
            sums["size"] += sum((a**0.5 - b**0.5) ** 2 for a, b in zip(ours[2:], true[2:], strict=True))
            target = overlap(ours, true)[0]
        sums["object"] += (presence - target) ** 2
        if batch.emotions[face] != NO_EMOTION:
            guess = softmax(outputs.emotion_logits[view, cell].tolist())
            sums["emotion"] += sum(
                (g - float(s)) ** 2 for g, s in zip(guess, batch.emotion_shares[face], strict=True)
            )
    terms = YoloLoss()(outputs, batch)
    for name, value in sums.items():
        assert float(terms[name]) == pytest.approx(value / 3, rel=1e-4), name
    total = 5 * (sums["center"] + sums["size"]) + sums["object"] + 0.5 * sums["no_object"] + sums["emotion"]
    assert float(terms["total"]) == pytest.approx(total / 3, rel=1e-4)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("options", [{}, {"radius": 0.0, "focal_gamma": 0.0, "focal_alpha": 0.25}])
def test_modern_as_a_loop_over_cells(seed, options):
    outputs, batch = random_case(seed)
    loss = ModernGridLoss(**options)
    giou, emotions, focal, answering = [], [], 0.0, 0
    for view, cell, face in cells_of(outputs, batch, 4, loss.radius):
        presence = sigmoid(float(outputs.presence_logits[view, cell]))
        right, weight = (presence, loss.focal_alpha) if face >= 0 else (1 - presence, 1 - loss.focal_alpha)
        focal -= weight * (1 - right) ** loss.focal_gamma * math.log(right)
        if face < 0:
            continue
        answering += 1
        if batch.has_box[face]:
            iou, waste = overlap(outputs.boxes_cxcywh[view, cell].tolist(), batch.boxes_cxcywh[face].tolist())
            giou.append(1 - iou + waste)
        if batch.emotions[face] != NO_EMOTION:
            guess = softmax(outputs.emotion_logits[view, cell].tolist())
            true = [0.9 * float(s) + 0.1 / CLASSES for s in batch.emotion_shares[face]]
            emotions.append(-sum(t * math.log(g) for t, g in zip(true, guess, strict=True)))
    terms = loss(outputs, batch)
    assert float(terms["giou"]) == pytest.approx(sum(giou) / max(1, len(giou)), rel=1e-4)
    assert float(terms["presence"]) == pytest.approx(focal / max(1, answering), rel=1e-4)
    assert float(terms["emotion"]) == pytest.approx(sum(emotions) / max(1, len(emotions)), rel=1e-4)
    total = 2 * terms["giou"] + terms["presence"] + 0.5 * terms["emotion"]
    assert float(terms["total"]) == pytest.approx(float(total), rel=1e-5)


def test_published_by_hand():
    """One view of one cell: its box lies a quarter of the view off, and is four times as high as the face."""
    outputs = GridOutputs(
        torch.tensor([[[0.5, 0.5, 0.25, 0.64]]]), torch.zeros(1, 1), torch.zeros(1, 1, CLASSES)
    )
    batch = batch_of([[0.75, 0.5, 0.25, 0.16]], [0], [1], [True], 1)
    terms = YoloLoss()(outputs, batch)
    assert float(terms["center"]) == pytest.approx(0.25**2)
    assert float(terms["size"]) == pytest.approx((0.8 - 0.4) ** 2)
    assert float(terms["object"]) == pytest.approx(
        0.5**2
    )  # the boxes touch at most, so the presence should be 0
    assert float(terms["no_object"]) == 0
    assert float(terms["emotion"]) == pytest.approx((2 / 3) ** 2 + 2 * (1 / 3) ** 2)
    assert float(terms["total"]) == pytest.approx(5 * (0.0625 + 0.16) + 0.25 + 2 / 3)


def test_modern_by_hand():
    outputs = GridOutputs(
        torch.tensor([[[0.5, 0.5, 0.4, 0.4]]]), torch.zeros(1, 1), torch.zeros(1, 1, CLASSES)
    )
    batch = batch_of([[0.5, 0.5, 0.4, 0.2]], [0], [1], [True], 1)
    terms = ModernGridLoss()(outputs, batch)
    assert float(terms["giou"]) == pytest.approx(
        0.5, abs=1e-5
    )  # half of the box is right, nothing around both is waste
    assert float(terms["presence"]) == pytest.approx(0.5 * 0.25 * math.log(2))
    assert float(terms["emotion"]) == pytest.approx(math.log(3))


@pytest.mark.parametrize("loss", [YoloLoss(), ModernGridLoss()])
def test_what_is_unknown_trains_nothing(loss):
    """Neither the box of a crop, nor the emotion of a mere face, nor either in a view of nobody."""

    def gradients(has_box, emotion, boxes=([0.5, 0.5, 0.5, 0.5],)):
        torch.manual_seed(0)
        network = GridNetwork(("a", "b", "c"), "mobilenet_v3_small", 64, 16, 8).eval()
        outputs = network(torch.randint(0, 256, (1, 3, 64, 64), dtype=torch.uint8))
        count = len(boxes)
        batch = batch_of(list(boxes), [0] * count, [emotion] * count, [has_box] * count, 1)
        total = loss(outputs, batch)["total"]
        total.backward()
        assert total.isfinite()
        heads = network.presence_head, network.box_head, network.emotion_head
        return [bool(head.weight.grad is not None and head.weight.grad.abs().sum() > 0) for head in heads]

    assert gradients(True, 1) == [True, True, True]
    assert gradients(False, 1) == [True, False, True]
    assert gradients(True, NO_EMOTION) == [True, True, False]
    assert gradients(True, 1, boxes=()) == [True, False, False]


@pytest.mark.parametrize(
    ("loss", "options"),
    [
        (YoloLoss, {"no_object_weight": -1}),
        (ModernGridLoss, {"giou_weight": -1}),
        (ModernGridLoss, {"radius": 2.0}),
        (ModernGridLoss, {"focal_alpha": 1.0}),
        (ModernGridLoss, {"label_smoothing": 1.0}),
    ],
)
def test_settings_that_make_no_sense(loss, options):
    with pytest.raises(ConfigError, match="loss"):
        loss(**options)
