"""Trainings whose views are made batch by batch."""

import cv2
import numpy as np
import pytest
import torch

from emo.callbacks.pictures import batch_sheet
from emo.config import build
from emo.model.checkpoint import load_network
from emo.previewing import write_preview
from emo.training import fit
from tests.conftest import config, tiny
from tests.test_training import draw_one_batch

GPU = "data.augment_on=gpu"
CROWDS = ("model=many_faces", "model.backbone=mobilenet_v3_small", "model.stride=16")


def data_of(folder, logs, *overrides):
    data = build(config(*tiny(folder, logs, GPU, *overrides)).data)
    data.setup()
    return data


def made(data, epoch=0):
    """All batches of an epoch, as the network gets them."""
    loader = data.train_dataloader()
    loader.sampler.set_epoch(epoch)
    return [data.on_after_batch_transfer(batch, 0) for batch in loader]


@pytest.mark.parametrize("overrides", [(), ("augment=crops",), CROWDS], ids=["placed", "crops", "crowds"])
def test_the_seed_and_the_epoch_fix_the_batches_and_the_workers_do_not(photos, tmp_path, overrides):
    one, helped, other = (
        made(data_of(photos, tmp_path, *overrides, *more)) for more in ((), ("data.workers=1",), ("seed=2",))
    )
    for first, second in zip(one, helped, strict=True):
        for name, value in zip(first._fields, first, strict=True):
            assert name == "frames" or torch.equal(value, getattr(second, name)), name
    assert not torch.equal(one[0].images, other[0].images)
    assert not torch.equal(one[0].images, one[1].images)
    later = made(data_of(photos, tmp_path, *overrides), epoch=1)
    assert not torch.equal(one[0].images, later[0].images)


def test_evaluation_sees_photos_as_ever(photos, tmp_path):
    data = data_of(photos, tmp_path)
    batch = next(iter(data.val_dataloader()))
    assert data.on_after_batch_transfer(batch, 0) is batch
    usual = build(config(*tiny(photos, tmp_path)).data)
    usual.setup()
    assert torch.equal(batch.images, next(iter(usual.val_dataloader())).images)


def test_it_learns_a_batch_of_drawn_faces_by_heart(tmp_path):
    data = draw_one_batch(tmp_path / "drawn")
    figures = fit(
        config(
            *tiny(data, tmp_path / "logs", "model.hidden=256", "loss=modern"),
            GPU,
            "optimizer=adamw",
            "scheduler=onecycle",
            "optimizer.lr=0.001",
            "augment=none",
            "+data.train_transforms.light={_target_: albumentations.RandomGamma, p: 0.3}",
            "data.copies=60",
            "data.batch_size=10",
            "trainer.max_epochs=1",
        )
    )
    assert figures["one_look/box_iou"] > 0.8
    assert figures["one_look/emotion_accuracy"] == 1.0


def test_the_same_seed_gives_the_same_weights(photos, tmp_path):
    weights = []
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        fit(config(*tiny(photos, tmp_path, "trainer.max_epochs=1", f"name={name}", f"seed={seed}", GPU)))
        weights.append(load_network(tmp_path / name / "last.ckpt").state_dict())
    assert all(torch.equal(value, weights[1][name]) for name, value in weights[0].items())
    assert any(not torch.equal(value, weights[2][name]) for name, value in weights[0].items())


@pytest.mark.parametrize("overrides", [(), CROWDS], ids=["one face", "crowds"])
def test_preview(photos, tmp_path, overrides):
    data = build(config(*tiny(photos, tmp_path, GPU, *overrides)).data)
    write_preview(data, tmp_path / "sheet.png")
    sheet = cv2.imread(str(tmp_path / "sheet.png"))[:, :, ::-1]
    np.testing.assert_array_equal(sheet, batch_sheet(made(data)[0], data.classes))
