"""Views by planned moves and those of the Albumentations pipeline: the same places, nearly the same pixels."""

import albumentations as A
import pytest
import torch

from emo.data.place import PlaceFace
from tests.data.batched.compare import assert_same_truth, both_views, differences

SIZE = 64
PART = A.RandomResizedCrop((SIZE, SIZE), scale=(0.56, 1.0))
FLIP = A.HorizontalFlip(p=0.5)

CROPS = [PART, A.Affine(translate_percent=(-0.2, 0.2), p=0.5), FLIP, A.Rotate(10, p=0.5)]
SMALL_PARTS = [A.RandomResizedCrop((SIZE, SIZE), scale=(0.1, 0.4)), FLIP]
WILD = [
    FLIP,
    A.RandomResizedCrop((SIZE, SIZE), scale=(0.2, 0.6)),
    A.Affine(translate_percent=(-0.3, 0.3), p=1),
    A.Rotate(90, p=1),
]
AFFINE = [
    PART,
    A.Affine(scale=(0.6, 1.5), translate_px=(-9, 9), rotate=(-20, 20), shear=(-15, 15), p=0.8),
    FLIP,
]
PLACED = [
    PlaceFace(SIZE, SIZE, min_visible=0.6),
    A.Rotate(30, p=0.7),
    A.HorizontalFlip(p=1),
    A.Affine(translate_percent=(-0.2, 0.2), p=0.7),
    A.RandomResizedCrop((SIZE, SIZE), scale=(0.4, 1.0)),
]


@pytest.mark.parametrize(
    ("steps", "black"),
    [(CROPS, True), (SMALL_PARTS, False), (WILD, True), (AFFINE, True), (PLACED, True)],
    ids=["crops", "small parts", "wild", "affine", "placed"],
)
def test_views_are_those_of_the_pipeline(various, steps, black):
    cpu, gpu, _ = both_views(various, steps, SIZE)
    assert_same_truth(cpu, gpu, "presence")
    different = differences(cpu, gpu)
    assert different.mean() < 2
    assert different.max() < 8
    dark = [(batch.images == 0).all(dim=1).float().mean(dim=(1, 2)) for batch in (cpu, gpu)]
    assert (dark[0].max() > 0.1) == black
    torch.testing.assert_close(
        dark[1], dark[0], rtol=0, atol=0.05
    )  # one blends its edges, the other does not


LIGHT = [
    A.RandomBrightnessContrast(0.3, 0.3, p=0.6),
    A.RandomGamma((60, 160), p=0.3),
    A.RGBShift(20, 20, 20, p=0.3),
    A.ToGray(p=0.15),
    A.GaussianBlur((3, 5), p=0.3),
    A.GaussNoise((0.01, 0.06), p=0.4),
    A.ImageCompression(quality_range=(30, 90), p=0.4),
    A.CoarseDropout((1, 2), (0.05, 0.2), (0.05, 0.2), fill="random_uniform", p=0.5),
    A.Erasing(p=0.5),
]


@pytest.mark.parametrize("steps", [WILD, AFFINE], ids=["wild", "affine"])
def test_the_light_of_draws_that_cut_a_face_is_passed_over(various, steps, monkeypatch):
    """It takes random numbers, which the moves of the next draw go on from."""
    again = []
    apply = A.Erasing.apply
    monkeypatch.setattr(A.Erasing, "apply", lambda *args, **kw: (again.append(1), apply(*args, **kw))[1])
    cpu, gpu, _ = both_views(various, [*steps, *LIGHT[:-1], A.Erasing(p=1)], SIZE, each=12)
    assert len(again) > 1.1 * len(gpu.images)  # so it happens
    assert_same_truth(cpu, gpu, "presence")
    cpu, gpu, _ = both_views(various, [*steps, *LIGHT], SIZE, each=12)  # where p is drawn too
    assert_same_truth(cpu, gpu, "presence")
