"""Steps of light for whole batches: where nothing is random Albumentations' result, else its distributions."""

import random

import albumentations as A
import numpy as np
import pytest
import torch
from scipy.stats import ks_2samp

from emo.data.batched.draws import Draws
from emo.data.batched.light import apply_light
from tests.data.batched.compare import smooth_image

VIEWS = 3000


def by_albumentations(steps, images, seed=0):
    """Images (B, H, W, 3) through the steps, as `Pipeline` seeds them."""
    compose = A.Compose(list(steps))
    compose.set_random_state(np.random.default_rng(seed), random.Random(seed))
    return np.stack([compose(force_apply=True, image=image)["image"] for image in images]).astype(np.float64)


def in_batches(steps, images, seed=0):
    batch = torch.from_numpy(images.transpose(0, 3, 1, 2).copy()).float()
    made = apply_light(list(steps), batch, Draws(seed, len(batch), batch.device))
    assert made.shape == batch.shape
    assert made.frac().abs().max() == 0
    assert 0 <= made.min() <= made.max() <= 255
    return made.permute(0, 2, 3, 1).numpy().astype(np.float64)


def pictures(size=(40, 33)):
    """Soft, noisy, black and white, one colour."""
    rng = np.random.default_rng(1)
    noise = rng.integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    return np.stack([smooth_image(rng, size), noise, noise // 128 * 255, np.full_like(noise, (200, 80, 20))])


FIXED = {
    "brighter": A.RandomBrightnessContrast((0.2, 0.2), (0, 0), p=1),
    "darker": A.RandomBrightnessContrast((-0.3, -0.3), (0, 0), p=1),
    "flatter": A.RandomBrightnessContrast((0, 0), (-0.4, -0.4), p=1),
    "parts of a grey value": A.RandomBrightnessContrast((0.0512, 0.0512), (0.123, 0.123), p=1),
    "both": A.RandomBrightnessContrast((-0.1, -0.1), (0.3, 0.3), p=1),
    "light gamma": A.RandomGamma((60, 60), p=1),
    "dark gamma": A.RandomGamma((160, 160), p=1),
    "shift": A.RGBShift((15, 15), (-20, -20), (5, 5), p=1),
    "shift by parts": A.RGBShift((4.7, 4.7), (-4.7, -4.7), (3.2, 3.2), p=1),
    "shift by shares": A.RGBShift((0.1, 0.1), (-0.05, -0.05), (0, 0), p=1),
    "grey": A.ToGray(p=1),
    "blur 3": A.GaussianBlur((3, 3), (0.8, 0.8), p=1),
    "blur 5": A.GaussianBlur((5, 5), (2.5, 2.5), p=1),
    "blur by sigma": A.GaussianBlur((0, 0), (1.3, 1.3), p=1),
    "noise of no spread": A.GaussNoise((0, 0), (0.1, 0.1), p=1),
    "dark noise of no spread": A.GaussNoise((0, 0), (-0.031, -0.031), p=1),
}


@pytest.mark.parametrize("name", FIXED)
def test_where_nothing_is_random_it_is_albumentations_result(name):
    images = pictures()
    expected = by_albumentations([FIXED[name]], images)
    assert np.abs(expected - images).max() > 2
    made = in_batches([FIXED[name]], images)
    np.testing.assert_allclose(made, expected, atol=1)
    assert abs((made - expected).mean()) < 0.05  # not all of it a little brighter


@pytest.mark.parametrize("quality", [30, 90])
def test_compression_is_nearly_albumentations_result(quality):
    step = A.ImageCompression(quality_range=(quality, quality), p=1)
    images = pictures((48, 32))[:1]
    expected = by_albumentations([step], images)
    assert np.abs(in_batches([step], images) - expected).mean() < 1.5 < np.abs(expected - images).mean()


def spans(images, changed):
    """Left, top, width and height (B, 4) of what is not the same in two batches of pictures; zeros for nothing."""
    different = (images != changed).any(axis=3)
    found = []
    for picture in different:
        rows, columns = np.flatnonzero(picture.any(axis=1)), np.flatnonzero(picture.any(axis=0))
        found.append(
            (columns[0], rows[0], np.ptp(columns) + 1, np.ptp(rows) + 1) if len(rows) else (0, 0, 0, 0)
        )
    return np.array(found, np.float64)


def mean_of_channels(images, changed):
    return changed.mean(axis=(1, 2))


def mean_and_contrast(images, changed):
    return np.column_stack((changed.mean(axis=(1, 2, 3)), changed.std(axis=(1, 2, 3))))


def error(images, changed):
    different = changed - images
    return np.column_stack((different.mean(axis=(1, 2, 3)), different.std(axis=(1, 2, 3))))


def colours_of_holes(images, changed):
    return np.abs(changed - images).sum(axis=(1, 2))


RANDOM = {
    "brightness": (A.RandomBrightnessContrast((-0.3, 0.3), (0, 0), p=0.6), mean_and_contrast),
    "contrast": (A.RandomBrightnessContrast((0, 0), (-0.3, 0.3), p=0.6), mean_and_contrast),
    "gamma": (A.RandomGamma((60, 160), p=0.5), mean_and_contrast),
    "colour": (A.RGBShift((-20, 20), (-10, 30), (0, 5), p=0.5), mean_of_channels),
    "grey": (A.ToGray(p=0.15), error),
    "blur": (A.GaussianBlur((3, 5), p=0.5), error),
    "blur by sigma": (A.GaussianBlur(p=0.5), error),
    "noise": (A.GaussNoise((0.01, 0.06), p=0.5), error),
    "noise that shifts": (A.GaussNoise((0.1, 0.2), (-0.2, 0.2), p=0.9), error),
    "jpeg": (A.ImageCompression(quality_range=(30, 90), p=0.5), error),
    "holes": (
        A.CoarseDropout((1, 1), (0.1, 0.5), (0.2, 0.9), fill="random_uniform", p=0.5),
        spans,
    ),
    "many holes": (
        A.CoarseDropout((1, 3), (0.1, 0.3), (0.1, 0.3), fill="random_uniform", p=0.7),
        colours_of_holes,
    ),
    "erasing": (A.Erasing(p=0.5), spans),
    "erasing where tall parts bound the area": (A.Erasing((0.02, 0.5), (0.2, 2.0), p=0.9), spans),
    "erasing of tall parts": (A.Erasing((0.05, 0.1), (0.2, 0.5), p=0.9), spans),
}


def assert_distributed_alike(step, other, measure):
    """What is measured of many views has the same distribution, and as many are changed."""
    rng = np.random.default_rng(2)
    images = np.repeat(smooth_image(rng, (24, 24))[None] // 2 + 60, VIEWS, axis=0)
    images += rng.integers(0, 10, images.shape[1:], dtype=np.uint8)
    one, two = by_albumentations([step], images), in_batches([other], images)
    changed = [(made != images).any(axis=(1, 2, 3)) for made in (one, two)]
    deviation = np.sqrt(2 * max(step.p * (1 - step.p), 0.01) / VIEWS)
    assert changed[0].mean() == pytest.approx(changed[1].mean(), abs=4 * deviation)
    measured = [measure(images, made)[kept] for made, kept in zip((one, two), changed, strict=True)]
    for first, second in zip(*(values.T for values in measured), strict=True):
        assert ks_2samp(first.round(1), second.round(1)).pvalue > 1e-4


@pytest.mark.parametrize("name", RANDOM)
def test_what_is_random_has_albumentations_distribution(name):
    step, measure = RANDOM[name]
    assert_distributed_alike(step, step, measure)


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("brightness", A.RandomBrightnessContrast((-0.25, 0.25), (0, 0), p=0.6)),
        ("brightness", A.RandomBrightnessContrast((-0.3, 0.3), (0, 0), p=0.5)),
        ("gamma", A.RandomGamma((60, 190), p=0.5)),
        ("colour", A.RGBShift((-20, 20), (-10, 30), (0, 6), p=0.5)),
        ("blur", A.GaussianBlur((3, 7), p=0.5)),
        ("noise", A.GaussNoise((0.01, 0.05), p=0.5)),
        ("jpeg", A.ImageCompression(quality_range=(40, 90), p=0.5)),
        ("holes", A.CoarseDropout((1, 1), (0.1, 0.45), (0.2, 0.9), fill="random_uniform", p=0.5)),
        ("many holes", A.CoarseDropout((1, 2), (0.1, 0.3), (0.1, 0.3), fill="random_uniform", p=0.7)),
        ("erasing", A.Erasing((0.02, 0.25), p=0.5)),
        ("erasing", A.Erasing(ratio=(0.3, 2.5), p=0.5)),
    ],
)
def test_the_comparison_would_find_another_range(name, other):
    step, measure = RANDOM[name]
    with pytest.raises(AssertionError):
        assert_distributed_alike(step, other, measure)


def test_steps_are_drawn_by_themselves():
    """What is grey is not always shifted too; each has its own numbers for each view."""
    images = np.full((2000, 4, 4, 3), (200, 80, 20), np.uint8)
    made = in_batches([A.RGBShift((9, 9), (9, 9), (9, 9), p=0.5), A.ToGray(p=0.5)], images)
    grey = np.ptp(made[:, 0, 0], axis=1) == 0
    shifted = made[:, 0, 0, 0] == np.where(grey, 118, 209)
    for both in (shifted & grey, shifted & ~grey, ~shifted & grey, ~shifted & ~grey):
        assert both.mean() == pytest.approx(0.25, abs=0.04)
    brightness = in_batches([A.RandomBrightnessContrast(0.3, 0, p=1)], images)[:, 0, 0, 1]
    assert abs(np.corrcoef(brightness[1:], brightness[:-1])[0, 1]) < 0.08


def test_what_is_drawn_does_not_depend_on_whose_turn_it_is():
    """Also of a batch's first view: the two come from different numbers."""
    images, step = np.full((2, 4, 4, 3), 100, np.uint8), A.RandomBrightnessContrast(0.3, 0, p=0.5)
    first = np.array([in_batches([step], images, seed)[0, 0, 0, 0] for seed in range(600)])
    changed = first[first != 100]
    assert len(changed) == pytest.approx(300, abs=50)
    assert (changed > 100).mean() == pytest.approx(0.5, abs=0.1)


def test_p(rng):
    images = np.repeat(smooth_image(rng, (8, 8))[None], 200, axis=0)
    never, always = (in_batches([A.RGBShift((9, 9), (9, 9), (9, 9), p=p)], images) for p in (0, 1))
    assert (never == images).all()
    assert (always != images).any(axis=(1, 2, 3)).all()
    assert (in_batches([], images) == images).all()


ALL = [step for step, _ in RANDOM.values()]


def test_a_seed_fixes_all():
    images = np.repeat(pictures((32, 32)), 4, axis=0)
    one, again, other = (in_batches(ALL, images, seed) for seed in (5, 5, 6))
    assert (one == again).all()
    assert (one != other).any(axis=(1, 2, 3)).all()
    assert len({view.tobytes() for view in one}) == len(images)
