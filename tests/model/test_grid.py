import pytest
import torch

from emo.errors import ConfigError, UserError
from emo.faces import EMOTIONS
from emo.model.checkpoint import KEY, describe, load_network, load_one_face, save_network
from emo.model.decode import MOST, keep_faces
from emo.model.fold import fold_batch_norm
from emo.model.grid import REACH, GridNetwork


def images(count=2, side=64):
    return torch.randint(0, 256, (count, 3, side, side), dtype=torch.uint8)


@pytest.mark.parametrize(
    ("backbone", "size", "stride", "grid"),
    [("vgg16_quarter_bn", 224, 32, 7), ("resnet18", 320, 32, 10), ("mobilenet_v3_small", 96, 16, 6)],
)
def test_cells(backbone, size, stride, grid):
    torch.manual_seed(0)
    network = GridNetwork(EMOTIONS, backbone, size, stride, 16).eval()
    with torch.no_grad():
        outputs = network(images(2, size))
    assert network.grid == grid
    assert outputs.boxes_cxcywh.shape == (2, grid**2, 4)
    assert outputs.presence_logits.shape == (2, grid**2)
    assert outputs.emotion_logits.shape == (2, grid**2, 5)
    # fresh ones: a cell's box lies in its middle, is a cell wide, and is rather not there
    middle = (torch.arange(grid) + 0.5) / grid
    torch.testing.assert_close(outputs.boxes_cxcywh[0, :grid, 0], middle, atol=0.1 / grid, rtol=0)
    torch.testing.assert_close(outputs.boxes_cxcywh[0, ::grid, 1], middle, atol=0.1 / grid, rtol=0)
    torch.testing.assert_close(
        outputs.boxes_cxcywh[..., 2:], torch.full((2, grid**2, 2), 1 / grid), rtol=0.4, atol=0
    )
    assert (outputs.presence_logits < 0).all()


def test_boxes_keep_near_their_cells_whatever_the_weights_say():
    network = GridNetwork(EMOTIONS, "mobilenet_v3_small", 96, 16, 8).eval()
    for value in (-1e4, 1e4):
        torch.nn.init.constant_(network.box_head.bias, value)
        with torch.no_grad():
            boxes = network(images(1, 96)).boxes_cxcywh[0]
        assert boxes.isfinite().all()
        assert (boxes[:, 2:] > 0).all()
        reach = (boxes[:, :2] * 6 - network.cells - 0.5).abs()
        assert reach.max() <= REACH + 0.5 + 1e-4


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"input_size": 100}, "input_size"),
        ({"input_size": 32}, "input_size"),
        ({"stride": 8}, "stride"),
        ({"hidden": 0}, "hidden"),
        ({"dropout": 1.0}, "dropout"),
        ({"classes": ["a", "a"]}, "classes"),
        ({"backbone": "squeezenet1_1", "stride": 32}, "cells of 32 pixels"),
        ({"backbone": "vgg17"}, "vgg17"),
    ],
)
def test_settings_that_make_no_sense(options, words):
    with pytest.raises(ConfigError, match=words):
        GridNetwork(**({"classes": EMOTIONS, "backbone": "mobilenet_v3_small"} | options))


def test_checkpoints_say_their_kind(tmp_path):
    network = GridNetwork(("a", "b"), "mobilenet_v3_small", 96, 16, 8, 0.25).eval()
    save_network(network, tmp_path / "many.ckpt")
    loaded = load_network(tmp_path / "many.ckpt")
    assert isinstance(loaded, GridNetwork)
    assert loaded.settings() == network.settings()
    views = images(2, 96)
    with torch.no_grad():
        for ours, theirs in zip(loaded(views), network(views), strict=True):
            torch.testing.assert_close(ours, theirs, atol=2e-2, rtol=0)
    with pytest.raises(UserError, match="many faces"):
        load_one_face(tmp_path / "many.ckpt")
    content = {KEY: describe(network) | {"kind": "whole_bodies"}, "state_dict": {}}
    torch.save(content, tmp_path / "other.ckpt")
    with pytest.raises(UserError, match="whole_bodies"):
        load_network(tmp_path / "other.ckpt")


def test_folding_changes_nothing_but_the_layers():
    torch.manual_seed(0)
    network = GridNetwork(EMOTIONS, "vgg16_quarter_bn", 64, 16, 8)
    with torch.no_grad():
        network(images())  # moves the statistics of batch norm
        folded = fold_batch_norm(network.eval())
        assert folded.backbone_name == "vgg16_quarter"
        assert folded.stride == 16
        views = images()
        for ours, theirs in zip(folded(views), network(views), strict=True):
            torch.testing.assert_close(ours, theirs, atol=1e-3, rtol=1e-3)


def test_each_face_once_the_surest_first():
    boxes = torch.tensor([[0.0, 0, 10, 10], [1, 0, 11, 10], [20, 0, 30, 10], [40, 0, 50, 10]])
    presence = torch.tensor([0.6, 0.9, 0.7, 0.3])
    assert keep_faces(boxes, presence, 0.5).tolist() == [1, 2]
    assert keep_faces(boxes, presence, 0.1).tolist() == [1, 2, 3]
    assert keep_faces(boxes, presence, 0.5, overlap=0.9).tolist() == [1, 2, 0]
    assert keep_faces(boxes, presence, 0.95).tolist() == []


def test_of_too_many_the_surest():
    count = MOST + 50
    left = torch.arange(count) * 20.0
    boxes = torch.stack((left, left * 0, left + 10, left * 0 + 10), dim=1)
    kept = keep_faces(boxes, torch.linspace(0.5, 1, count), 0.1)
    assert kept.tolist() == list(range(count - 1, 49, -1))
