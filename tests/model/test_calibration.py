"""Calibration: what is fitted, and that folding it is exact."""

from copy import deepcopy

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from emo.data.dataset import NO_EMOTION
from emo.metrics import Predictions
from emo.model.calibration import Calibration, fit_calibration, fit_presence, fold_calibration
from emo.model.network import EmotionNetwork

CLASSES = ("a", "b", "c")


def table(logits, true):
    count = len(true)
    return Predictions(
        presence=torch.ones(count),
        boxes_xyxy=torch.zeros(count, 4),
        emotions=logits.float().softmax(dim=1),
        true_presence=torch.ones(count),
        true_boxes_xyxy=torch.zeros(count, 4),
        has_box=torch.zeros(count, dtype=torch.bool),
        true_emotions=true,
        sizes=torch.ones(count, 2),
        photos=torch.arange(count),
    )


def drawn(count, seed, temperature=1.0, shift=(0.0, 0.0, 0.0)):
    """Logits of a network that is wrong by this temperature and this shift, and truths drawn as it should say."""
    rng = np.random.default_rng(seed)
    honest = torch.tensor(rng.normal(0, 2, (count, len(CLASSES))))
    shares = honest.softmax(dim=1).numpy()
    true = torch.tensor([rng.choice(len(CLASSES), p=row) for row in shares])
    return (honest - torch.tensor(shift)) * temperature, true


def nll(emotions, true, weights=None):
    return float(F.nll_loss(emotions.double().log(), true, weights))


@pytest.mark.parametrize("temperature", [0.4, 1.0, 3.0])
def test_a_known_temperature_is_found(temperature):
    calibration = fit_calibration(table(*drawn(4000, 1, temperature)))
    assert calibration.temperature == pytest.approx(temperature, rel=0.08)
    assert calibration.offsets == (0.0, 0.0, 0.0)


def test_a_known_shift_is_found():
    calibration = fit_calibration(table(*drawn(6000, 2, 2.0, (0.8, -0.3, -0.5))), offsets=True)
    assert calibration.temperature == pytest.approx(2.0, rel=0.1)
    assert calibration.offsets == pytest.approx((0.8, -0.3, -0.5), abs=0.12)
    assert sum(calibration.offsets) == pytest.approx(0, abs=1e-6)


@settings(max_examples=40)
@given(st.integers(1, 60), st.integers(0, 10**6), st.floats(0.1, 8), st.booleans(), st.booleans())
def test_the_truth_gets_likelier(count, seed, temperature, offsets, balanced):
    t = table(*drawn(count, seed, temperature))
    calibration = fit_calibration(t, offsets, balanced)
    assert 0 < calibration.temperature < float("inf")
    weights = None
    if balanced:
        weights = 1 / torch.bincount(t.true_emotions, minlength=3).double().clamp_min(1)
    after = calibration(t.emotions)
    assert torch.allclose(after.sum(dim=1), torch.ones(count))
    assert nll(after, t.true_emotions, weights) <= nll(t.emotions, t.true_emotions, weights) + 1e-6
    if not offsets:  # the answers stay
        sure = t.emotions.topk(2, dim=1).values
        clear = sure[:, 0] - sure[:, 1] > 1e-4
        assert torch.equal(after.argmax(dim=1)[clear], t.emotions.argmax(dim=1)[clear])


def test_balanced_offsets_help_the_rare_class():
    logits, true = drawn(3000, 3)
    keep = (true != 0) | (torch.arange(len(true)) % 20 == 0)  # few of the first class
    t = table(logits[keep], true[keep])
    plain, balanced = fit_calibration(t, offsets=True), fit_calibration(t, offsets=True, balanced=True)
    assert plain.offsets[0] < balanced.offsets[0] - 1
    recalls = [(c(t.emotions).argmax(1) == 0)[t.true_emotions == 0].float().mean() for c in (plain, balanced)]
    assert recalls[0] < recalls[1]


def test_rows_without_an_emotion_do_not_count():
    logits, true = drawn(300, 4, 2.0)
    more = table(torch.cat((logits, -logits)), torch.cat((true, torch.full_like(true, NO_EMOTION))))
    assert fit_calibration(more) == fit_calibration(table(logits, true))
    with pytest.raises(ValueError, match="known"):
        fit_calibration(table(logits, torch.full_like(true, NO_EMOTION)))


def test_all_right_and_one_class_stay_finite():
    logits = torch.eye(3)[[0, 0, 0, 0]] * 80  # so sure that softmax gives 0 and 1
    calibration = fit_calibration(table(logits, torch.zeros(4, dtype=torch.long)), offsets=True)
    assert np.isfinite([calibration.temperature, *calibration.offsets]).all()


@pytest.fixture(scope="module")
def made():
    torch.manual_seed(0)
    network = EmotionNetwork(CLASSES, "squeezenet1_1", input_size=64, hidden=8).eval()
    torch.nn.init.normal_(network.emotion_head[-1].weight)
    return network


@settings(max_examples=10)
@given(temperature=st.floats(0.2, 5), offsets=st.lists(st.floats(-3, 3), min_size=3, max_size=3))
def test_folding_is_scaling(made, temperature, offsets):
    network = deepcopy(made)
    views = torch.randint(0, 256, (2, 3, 64, 64), dtype=torch.uint8)
    with torch.no_grad():
        before = network(views)
        fold_calibration(network, Calibration(temperature, tuple(offsets)))
        after = network(views)
    expected = before.emotion_logits / temperature + torch.tensor(offsets)
    torch.testing.assert_close(after.emotion_logits, expected, atol=1e-4, rtol=1e-4)
    assert torch.equal(after.presence_logits, before.presence_logits)
    assert torch.equal(after.boxes_cxcywh, before.boxes_cxcywh)
    probabilities = before.emotion_logits.softmax(dim=1)
    torch.testing.assert_close(
        Calibration(temperature, tuple(offsets))(probabilities),
        after.emotion_logits.softmax(dim=1),
        atol=1e-4,
        rtol=1e-3,
    )


def test_folding_another_number_of_classes_is_refused(made):
    with pytest.raises(ValueError, match="2 offsets for 3"):
        fold_calibration(made, Calibration(1.0, (0.0, 0.0)))


def seen(presence, true):
    logits = torch.zeros(len(true), len(CLASSES))
    filled = table(logits, torch.full((len(true),), NO_EMOTION))
    return filled._replace(presence=torch.tensor(presence), true_presence=torch.tensor(true))


def test_the_presence_is_told_by_the_middle_of_the_gap():
    # rooms up to 0.8, faces from 0.95: one half is a bad threshold, the middle of the two logits the best
    offset = fit_presence(seen([0.8, 0.6, 0.01, 0.95, 0.99, 0.999], [0.0, 0.0, 0.0, 1.0, 1.0, 1.0]))
    middle = (torch.tensor([0.8, 0.95]).logit().sum() / 2).item()
    assert offset == pytest.approx(-middle, abs=1e-4)


def test_shares_of_faces_and_rooms_count_alike():
    # one of two rooms is more than one of nine faces, however few rooms there are
    presence = [0.1, 0.7, 0.6, *[0.9] * 8]
    offset = fit_presence(seen(presence, [0.0, 0.0, *[1.0] * 9]))
    threshold = torch.sigmoid(torch.tensor(-offset))
    assert 0.7 < threshold < 0.9


@pytest.mark.parametrize("true", [[1.0, 1.0], [0.0, 0.0]])
def test_the_presence_needs_both_kinds(true):
    with pytest.raises(ValueError, match="photos without one"):
        fit_presence(seen([0.2, 0.9], true))


def test_folding_moves_the_presence():
    network = EmotionNetwork(CLASSES, "resnet18", 32, 8).eval()
    moved = deepcopy(network)
    fold_calibration(moved, Calibration(1.0, (0.0,) * 3, presence=-1.5))
    images = torch.randint(0, 256, (2, 3, 32, 32), dtype=torch.uint8)
    with torch.no_grad():
        before, after = network(images), moved(images)
    torch.testing.assert_close(after.presence_logits, before.presence_logits - 1.5)
    torch.testing.assert_close(after.emotion_logits, before.emotion_logits)
