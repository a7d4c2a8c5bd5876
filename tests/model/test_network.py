import pytest
import torch
from torch import nn

from emo.errors import ConfigError
from emo.faces import EMOTIONS
from emo.model.backbones import build_backbone
from emo.model.network import EmotionNetwork


def count(module):
    return sum(p.numel() for p in module.parameters())


def random_images(size, number=2):
    return torch.randint(
        0, 256, (number, 3, size, size), dtype=torch.uint8, generator=torch.Generator().manual_seed(0)
    )


@pytest.fixture(scope="module")
def vgg16():
    return EmotionNetwork(EMOTIONS, "vgg16").eval()


def test_the_parameters_of_vgg16(vgg16):
    assert count(vgg16.backbone) == 14_714_688
    assert count(vgg16.box_head) == 512 * 2048 + 2048 + 2048 * 4 + 4
    assert count(vgg16.emotion_head) == 512 * 2048 + 2048 + 2048 * 6 + 6
    for head in (vgg16.box_head, vgg16.emotion_head):
        assert 1.04e6 < count(head) < 1.07e6
    assert round(count(vgg16) / 1e6, 1) == 16.8


def test_the_convolutions_are_torchvisions(vgg16):
    kinds = [type(layer) for layer in vgg16.backbone]
    assert kinds.count(nn.Conv2d) == 13
    assert kinds.count(nn.MaxPool2d) == 5
    for layer in vgg16.backbone:
        if isinstance(layer, nn.Conv2d):  # as torchvision initialises them
            assert layer.weight.std().item() == pytest.approx((2 / (9 * layer.out_channels)) ** 0.5, rel=0.1)
            assert not layer.bias.any()


def test_the_heads_pool_as_designed(vgg16):
    """Emotion: global maximum. Box: global average. Both seen through features that are set by hand."""
    features = torch.zeros(1, 512, 3, 3)
    features[0, 7, 1, 2] = 9.0
    backbone, seen = vgg16.backbone, {}
    hooks = [
        vgg16.emotion_head.register_forward_pre_hook(lambda m, x: seen.update(emotion=x[0])),
        vgg16.box_head.register_forward_pre_hook(lambda m, x: seen.update(box=x[0])),
    ]
    try:
        vgg16.backbone = nn.Module()
        vgg16.backbone.forward = lambda x: features
        vgg16(random_images(64, 1))
    finally:
        vgg16.backbone = backbone
        for hook in hooks:
            hook.remove()
    assert float(seen["emotion"][0, 7]) == 9
    assert float(seen["box"][0, 7]) == 1


@pytest.mark.parametrize("backbone", ["vgg16", "vgg16_bn", "mobilenet_v3_small", "resnet18", "squeezenet1_1"])
@pytest.mark.parametrize("classes", [EMOTIONS, ("happy",)])
def test_backbones_and_classes(backbone, classes):
    network = EmotionNetwork(classes, backbone, input_size=64, hidden=8).eval()
    with torch.no_grad():
        out = network(random_images(64))
    assert out.boxes_cxcywh.shape == (2, 4)
    assert out.presence_logits.shape == (2,)
    assert out.emotion_logits.shape == (2, len(classes))
    assert ((out.boxes_cxcywh > 0) & (out.boxes_cxcywh < 1)).all()
    assert all(torch.isfinite(t).all() for t in out)


@pytest.mark.parametrize("size", [64, 65, 100, 120, 255, 256])
def test_input_sizes(size):
    network = EmotionNetwork(EMOTIONS, "mobilenet_v3_small", input_size=size, hidden=8).eval()
    with torch.no_grad():
        assert network(random_images(size)).emotion_logits.shape == (2, 5)


def test_bytes_and_floats_agree():
    network = EmotionNetwork(EMOTIONS, "resnet18", input_size=64, hidden=8).eval()
    images = random_images(64)
    with torch.no_grad():
        for a, b in zip(network(images), network(images.float()), strict=True):
            assert torch.equal(a, b)


def test_normalisation_is_imagenets(vgg16):
    images, seen = random_images(64), {}
    hook = vgg16.backbone.register_forward_pre_hook(lambda m, x: seen.update(x=x[0]))
    with torch.no_grad():
        vgg16(images)
    hook.remove()
    mean, std = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
    expected = (images / 255 - mean.view(1, 3, 1, 1)) / std.view(1, 3, 1, 1)
    torch.testing.assert_close(seen["x"], expected, atol=1e-4, rtol=1e-4)
    assert not {"mean", "std"} & set(vgg16.state_dict())  # constants are no weights


def test_both_looks_depend_on_the_picture():
    torch.manual_seed(0)
    network = EmotionNetwork(EMOTIONS, "squeezenet1_1", input_size=64).eval()
    with torch.no_grad():
        out = network(random_images(64))
    assert all(not torch.equal(t[0], t[1]) for t in out)


def test_dropout_acts_in_training_alone():
    network = EmotionNetwork(EMOTIONS, "squeezenet1_1", input_size=64, hidden=64, dropout=0.5)
    images = random_images(64)
    with torch.no_grad():
        assert not torch.equal(network(images).emotion_logits, network(images).emotion_logits)
        network.eval()
        assert torch.equal(network(images).emotion_logits, network(images).emotion_logits)


def test_the_settings_make_it_again():
    network = EmotionNetwork(("a", "b"), "mobilenet_v3_small", 96, 24, 0.25)
    again = EmotionNetwork(**network.settings())
    assert again.settings() == network.settings()
    again.load_state_dict(network.state_dict())


@pytest.mark.parametrize(
    "options",
    [
        {"input_size": 31},
        {"input_size": 257},
        {"hidden": 0},
        {"dropout": 1.0},
        {"dropout": -0.1},
        {"classes": []},
        {"classes": ["happy", "happy"]},
        {"backbone": "vgg61"},
        {"backbone": "vit_b_16"},
        {"backbone": "fcn_resnet50"},
    ],
)
def test_senseless_options(options):
    with pytest.raises(ConfigError):
        EmotionNetwork(**({"classes": EMOTIONS, "backbone": "squeezenet1_1"} | options))


def test_building_leaves_batch_norm_fresh():
    network = EmotionNetwork(EMOTIONS, "resnet18", input_size=64, hidden=8)
    norm = next(m for m in network.modules() if isinstance(m, nn.BatchNorm2d))
    assert int(norm.num_batches_tracked) == 0
    assert network.training
    assert all(m.training for m in network.modules())


@pytest.mark.parametrize("backbone", ["mobilenet_v3_small", "resnet18", "vgg11_bn"])
def test_batch_norm_follows_a_short_training(backbone):
    """After a hundred steps a network says of the pictures that it trained on what it said in training."""
    convolutions, _ = build_backbone(backbone)
    images = random_images(64, 16).float() / 255
    with torch.inference_mode():
        for _ in range(100):
            trained = convolutions(images)
        evaluated = convolutions.eval()(images)
    assert (evaluated - trained).abs().mean() < 0.3 * trained.std()  # 0.7 with a momentum of 0.01
