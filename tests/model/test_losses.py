"""The loss against a naive loop and against numbers worked out by hand from the formulas."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torchvision.ops import generalized_box_iou

from emo.boxes import cxcywh_to_xyxy
from emo.data.dataset import NO_EMOTION, Batch
from emo.errors import ConfigError
from emo.model.losses import FaceLoss
from emo.model.network import Outputs

VARIANTS = [
    {},
    {"localization_weight": 5.0, "size_weight": 2.0},
    {"giou_weight": 0.7},
    {"emotion": "cross_entropy", "label_smoothing": 0.1},
    {"emotion": "cross_entropy", "giou_weight": 0.5},
]


def make(count, seed=0, classes=5):
    """Random outputs and a batch of every kind of sample."""
    generator = torch.Generator().manual_seed(seed)
    presence = torch.randint(2, (count,), generator=generator)
    has_box = (torch.randint(2, (count,), generator=generator) * presence).bool()
    emotions = torch.randint(-1, classes, (count,), generator=generator)
    emotions[presence == 0] = NO_EMOTION
    boxes = torch.rand(count, 4, generator=generator) * 0.5 + 0.2
    outputs = Outputs(
        torch.rand(count, 4, generator=generator) * 0.8 + 0.1,
        torch.randn(count, generator=generator) * 2,
        torch.randn(count, classes, generator=generator) * 2,
    )
    votes = torch.rand(count, classes, generator=generator).softmax(dim=1)
    shares = torch.where(torch.arange(count)[:, None] % 2 == 0, one_hot(emotions, classes), votes)
    shares[emotions == NO_EMOTION] = 0
    return outputs, batch_of(boxes * has_box[:, None], has_box, presence.float(), emotions, shares)


def one_hot(emotions, classes):
    return torch.nn.functional.one_hot(emotions + 1, classes + 1)[:, 1:].float()


def batch_of(boxes, has_box, presence, emotions, shares=None, classes=5):
    count = len(presence)
    shares = one_hot(emotions, classes) if shares is None else shares
    return Batch(
        torch.zeros(count, 3, 8, 8), boxes, has_box, presence, emotions, torch.arange(count), (), shares
    )


def log_sigmoid(x):
    return -math.log1p(math.exp(-x))


def naive(
    outputs,
    batch,
    localization_weight=2.0,
    size_weight=0.5,
    giou_weight=0.0,
    emotion="bce",
    label_smoothing=0.0,
):
    terms = dict.fromkeys(("center", "box", "giou", "presence", "emotion"), 0.0)
    count = len(batch.presence)
    for i in range(count):
        if batch.has_box[i]:
            x, y, w, h = outputs.boxes_cxcywh[i].tolist()
            tx, ty, tw, th = batch.boxes_cxcywh[i].tolist()
            terms["center"] += ((x - tx) ** 2 + (y - ty) ** 2) / count
            terms["box"] += ((w - tw) ** 2 + (h - th) ** 2) / count
            pair = [cxcywh_to_xyxy(b[i : i + 1]) for b in (outputs.boxes_cxcywh, batch.boxes_cxcywh)]
            terms["giou"] += (1 - float(generalized_box_iou(*pair))) / count
        logit, target = float(outputs.presence_logits[i]), float(batch.presence[i])
        terms["presence"] -= (log_sigmoid(logit) if target else log_sigmoid(-logit)) / count
        if int(batch.emotions[i]) == NO_EMOTION:
            continue
        shares = batch.emotion_shares[i].tolist()
        logits = outputs.emotion_logits[i].tolist()
        if emotion == "bce":
            for v, target in zip(logits, shares, strict=True):
                terms["emotion"] -= (target * log_sigmoid(v) + (1 - target) * log_sigmoid(-v)) / count
        else:
            norm = math.log(sum(math.exp(v) for v in logits))
            targets = [label_smoothing / len(logits) + (1 - label_smoothing) * share for share in shares]
            terms["emotion"] -= sum(t * (v - norm) for t, v in zip(targets, logits, strict=True)) / count
    terms["localization"] = terms["center"] + size_weight * terms["box"] + giou_weight * terms["giou"]
    terms["bce"] = terms["presence"] + terms["emotion"]
    terms["total"] = localization_weight * terms["localization"] + terms["bce"]
    return terms if giou_weight else {k: v for k, v in terms.items() if k != "giou"}


@pytest.mark.parametrize("variant", VARIANTS)
@given(st.integers(1, 12), st.integers(0, 1000))
def test_against_a_loop(variant, count, seed):
    outputs, batch = make(count, seed)
    terms = FaceLoss(**variant)(outputs, batch)
    expected = naive(outputs, batch, **variant)
    assert terms.keys() == expected.keys()
    for name, value in terms.items():
        assert value.shape == ()
        assert float(value) == pytest.approx(expected[name], abs=1e-4), name


def test_by_hand():
    """One image, one class: every number from the formulas of DESIGN section 1."""
    outputs = Outputs(
        torch.tensor([[0.5, 0.6, 0.3, 0.2]]), torch.tensor([0.0]), torch.tensor([[math.log(3), 0.0]])
    )
    batch = batch_of(
        torch.tensor([[0.4, 0.4, 0.2, 0.4]]),
        torch.tensor([True]),
        torch.ones(1),
        torch.tensor([0]),
        classes=2,
    )
    terms = {name: float(value) for name, value in FaceLoss()(outputs, batch).items()}
    assert terms["center"] == pytest.approx(0.01 + 0.04)
    assert terms["box"] == pytest.approx(0.01 + 0.04)
    assert terms["localization"] == pytest.approx(0.05 + 0.5 * 0.05)
    assert terms["presence"] == pytest.approx(math.log(2))
    assert terms["emotion"] == pytest.approx(math.log(4 / 3) + math.log(2))  # sigmoid(log 3) = 3/4
    assert terms["bce"] == pytest.approx(math.log(2) + math.log(8 / 3))
    assert terms["total"] == pytest.approx(2 * 0.075 + math.log(2) + math.log(8 / 3))


def test_two_images_are_averaged():
    outputs = Outputs(torch.full((2, 4), 0.5), torch.zeros(2), torch.zeros(2, 5))
    boxes = torch.tensor([[0.5, 0.5, 0.5, 0.7], [0.0, 0, 0, 0]])
    batch = batch_of(
        boxes, torch.tensor([True, False]), torch.tensor([1.0, 0]), torch.tensor([2, NO_EMOTION])
    )
    terms = FaceLoss()(outputs, batch)
    assert float(terms["box"]) == pytest.approx(0.04 / 2)
    assert float(terms["presence"]) == pytest.approx(math.log(2))
    assert float(terms["emotion"]) == pytest.approx(5 * math.log(2) / 2)


def gradients(variant, outputs, batch):
    leaves = Outputs(*(t.clone().requires_grad_() for t in outputs))
    FaceLoss(**variant)(leaves, batch)["total"].backward()
    return Outputs(*(leaf.grad for leaf in leaves))


@pytest.mark.parametrize("variant", VARIANTS)
def test_what_is_unknown_gives_exactly_no_gradient(variant):
    outputs, batch = make(64, 3)
    gradient = gradients(variant, outputs, batch)
    assert all(torch.isfinite(g).all() for g in gradient)
    assert (gradient.boxes_cxcywh[~batch.has_box] == 0).all()
    assert (gradient.boxes_cxcywh[batch.has_box] != 0).any(dim=1).all()
    unknown = batch.emotions == NO_EMOTION
    assert (gradient.emotion_logits[unknown] == 0).all()
    assert (gradient.emotion_logits[~unknown] != 0).any(dim=1).all()
    assert (gradient.presence_logits != 0).all()  # every sample has its say


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_balance_does_not_depend_on_the_batch_size(variant):
    outputs, batch = make(6, 5)
    once = FaceLoss(**variant)(outputs, batch)
    thrice = FaceLoss(**variant)(
        Outputs(*(torch.cat([t] * 3) for t in outputs)),
        batch_of(*(torch.cat([t] * 3) for t in (*batch[1:5], batch.emotion_shares))),
    )
    for name, value in once.items():
        torch.testing.assert_close(value, thrice[name])


@pytest.mark.parametrize("variant", VARIANTS)
def test_nothing_known_but_the_presence(variant):
    outputs, _ = make(4)
    batch = batch_of(torch.zeros(4, 4), torch.zeros(4).bool(), torch.zeros(4), torch.full((4,), NO_EMOTION))
    terms = FaceLoss(**variant)(outputs, batch)
    assert float(terms["localization"]) == float(terms["emotion"]) == 0
    torch.testing.assert_close(terms["total"], terms["presence"])


def test_perfect_answers_cost_nothing():
    boxes = torch.rand(3, 4) * 0.5 + 0.2
    emotions = torch.tensor([0, 1, 2])
    outputs = Outputs(boxes, torch.full((3,), 50.0), torch.nn.functional.one_hot(emotions, 5) * 100.0 - 50)
    batch = batch_of(boxes, torch.ones(3).bool(), torch.ones(3), emotions)
    assert float(FaceLoss(giou_weight=1)(outputs, batch)["total"]) == pytest.approx(0, abs=1e-4)


def test_half_precision_outputs_are_summed_in_full():
    outputs, batch = make(5)
    half = FaceLoss(giou_weight=0.5)(Outputs(*(t.bfloat16() for t in outputs)), batch)
    assert {value.dtype for value in half.values()} == {torch.float32}


@pytest.mark.parametrize(
    "options",
    [
        {"emotion": "mse"},
        {"label_smoothing": 0.1},
        {"emotion": "cross_entropy", "label_smoothing": 1.0},
        {"giou_weight": -1.0},
        {"size_weight": -0.1},
    ],
)
def test_senseless_options(options):
    with pytest.raises(ConfigError, match="loss"):
        FaceLoss(**options)
