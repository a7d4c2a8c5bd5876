"""Crowded frames: the same faces as by the pipeline to the digit, and nearly the same pixels."""

import albumentations as A
import pytest
import torch

from emo.data.crowd import Crowd
from tests.data.batched.compare import assert_same_truth, both_crowds, differences, write_various

CROWDS = {
    "usual": Crowd(64, 64),
    "side by side": Crowd(64, 64, side_by_side=1.0, distractors=0, light=0.0),
    "bars": Crowd(64, 64, bars=1.0),
    "distractors": Crowd(64, 64, faces=(1, 1), distractors=8, side_by_side=0.0),
    "turned": Crowd(64, 64, faces=(3, 9), rotate=90, face_height=(0.02, 2.0)),
    "odd": Crowd(67, 67, faces=(1, 4)),
}


@pytest.mark.parametrize("flip", [None, A.HorizontalFlip(p=0.5)], ids=["upright", "flips"])
@pytest.mark.parametrize("name", CROWDS)
def test_frames_are_those_of_the_pipeline(various, name, flip):
    cpu, gpu, plans = both_crowds(various, CROWDS[name], flip)
    assert_same_truth(cpu, gpu, "owners")
    assert plans.flips.any() == (flip is not None)
    assert set(range(32)) > set(gpu.owners.tolist())  # rooms make frames without a face
    different = differences(cpu, gpu)
    assert different.mean() < 1.5
    assert different.max() < 6


def test_frames_without_rooms(tmp_path):
    cpu, gpu, plans = both_crowds(write_various(tmp_path, rooms=0), CROWDS["usual"], None)
    assert (plans.rooms == -1).all()
    assert_same_truth(cpu, gpu, "owners")
    assert differences(cpu, gpu).max() < 6


def test_light_is_set_after_all(various):
    (_, plain, _), (_, grey, _) = (
        both_crowds(various, CROWDS["usual"], None, light) for light in ((), (A.ToGray(p=1),))
    )
    weights = torch.tensor([0.299, 0.587, 0.114])[:, None, None]
    expected = (plain.images * weights).sum(dim=1, keepdim=True).round().expand(-1, 3, -1, -1)
    torch.testing.assert_close(grey.images.float(), expected, rtol=0, atol=1)
    assert_same_truth(plain, grey, "owners")
