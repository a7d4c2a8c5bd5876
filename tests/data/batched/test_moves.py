"""Views by planned moves and those of the Albumentations pipeline: the same places, nearly the same pixels."""

import pytest
import torch

from emo.config import build
from tests.conftest import config, tiny

CROPS = ("augment=crops", "data.train_transforms.erase=null")
WILD = (
    *CROPS,
    "data.train_transforms.part.scale=[0.2, 0.6]",
    "data.train_transforms.move.p=1",
    "data.train_transforms.turn={limit: 90, p: 1}",
)


@pytest.fixture
def both(photos, tmp_path):
    """The first training batch by the CPU, and planned."""

    def make(*overrides):
        batches = []
        for place in ("cpu", "gpu"):
            options = tiny(photos, tmp_path, "data.batch_size=24", *overrides, f"data.augment_on={place}")
            data = build(config(*options).data)
            data.setup()
            batch = next(iter(data.train_dataloader()))
            batches.append(data.on_after_batch_transfer(batch, 0))
        return batches

    return make


@pytest.mark.parametrize("overrides", [CROPS, WILD], ids=["crops", "drawn again"])
def test_views_are_those_of_the_pipeline(both, overrides):
    cpu, gpu = both(*overrides)
    torch.testing.assert_close(gpu.boxes_cxcywh, cpu.boxes_cxcywh, rtol=0, atol=1e-5)
    for name in ("has_box", "presence", "emotions", "photos", "emotion_shares"):
        assert torch.equal(getattr(gpu, name), getattr(cpu, name)), name
    difference = (gpu.images.float() - cpu.images.float()).abs().mean(dim=(1, 2, 3))
    assert difference.max() < 8
    black = [(batch.images == 0).all(dim=1).float().mean(dim=(1, 2)) for batch in (cpu, gpu)]
    assert black[0].max() > 0.1
    torch.testing.assert_close(
        black[1], black[0], rtol=0, atol=0.04
    )  # one blends its edges, the other does not
