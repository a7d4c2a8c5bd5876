"""Placed faces: the same truth as by the Albumentations pipeline to the digit, and nearly the same pixels."""

import albumentations as A
import pytest
import torch

from emo.data.batched.planned import BEYOND
from emo.data.place import PlaceFace
from tests.data.batched.compare import assert_same_truth, both_views, differences, write_various

FLIP = A.HorizontalFlip(p=0.5)


@pytest.mark.parametrize("size", [48, 65])
@pytest.mark.parametrize(
    "steps",
    [
        lambda size: [PlaceFace(size, size), FLIP],
        lambda size: [PlaceFace(size, size, face_height=(0.05, 3.0), rotate=180, min_visible=0.1), FLIP],
        lambda size: [PlaceFace(size, size, second_look=1.0, cut_out=1.0, lose=0.0)],
        lambda size: [PlaceFace(size, size, lose=1.0), FLIP],
    ],
    ids=["usual", "wild", "second look", "lost"],
)
def test_views_are_those_of_the_pipeline(various, steps, size):
    cpu, gpu, plans = both_views(various, steps(size), size)
    assert_same_truth(cpu, gpu, "presence")
    assert gpu.images.shape == cpu.images.shape
    assert gpu.images.dtype == torch.uint8
    assert set(plans.beyond.tolist()) == {BEYOND.index("grey"), BEYOND.index("room")}
    different = differences(cpu, gpu)
    assert different.mean() < 1.5
    assert different.max() < 8


def test_without_rooms_edges_are_smeared(tmp_path):
    cpu, gpu, plans = both_views(write_various(tmp_path, rooms=0), [PlaceFace(64, 64), FLIP], 64)
    assert set(plans.beyond.tolist()) == {BEYOND.index("grey"), BEYOND.index("smear")}
    assert_same_truth(cpu, gpu, "presence")
    different = differences(cpu, gpu)
    assert different.mean() < 1
    assert different.max() < 6


@pytest.mark.parametrize("steps", [[], [FLIP], [A.HorizontalFlip(p=1), FLIP, A.HorizontalFlip(p=0)]])
def test_whole_photos(various, steps):
    cpu, gpu, _ = both_views(various, steps, 64)
    assert_same_truth(cpu, gpu, "presence")
    assert gpu.presence.mean() == 0.75  # all but the rooms
    different = differences(cpu, gpu)
    assert different.mean() < 2
    assert different.max() < 8


def test_what_is_to_be_seen_is_what_the_labels_say(various):
    """The comparison would tell: other seeds put the faces elsewhere."""
    cpu, gpu, plans = both_views(various, [PlaceFace(64, 64)], 64)
    swapped = gpu._replace(images=gpu.images.roll(8, dims=0), boxes_cxcywh=gpu.boxes_cxcywh.roll(8, dims=0))
    assert differences(cpu, swapped).mean() > 10
    with pytest.raises(AssertionError):
        assert_same_truth(cpu, swapped)
    assert 0 < gpu.presence.mean() < 1
    assert not gpu.boxes_cxcywh[~gpu.has_box].any()
    assert len(set(plans.photos.tolist())) == 8


def test_light_leaves_the_truth_as_it_is(various):
    light = [
        A.RandomGamma(gamma_limit=(60, 160), p=0.5),
        A.GaussNoise(p=0.5),
        A.CoarseDropout(fill="random_uniform"),
    ]
    cpu, gpu, _ = both_views(various, [PlaceFace(64, 64), FLIP, *light], 64)
    assert_same_truth(cpu, gpu, "presence")
