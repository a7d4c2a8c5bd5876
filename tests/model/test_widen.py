import pytest
import torch

from emo.faces import EMOTIONS
from emo.model.network import EmotionNetwork
from emo.model.widen import is_narrower, widen


def network(backbone, hidden=16):
    torch.manual_seed(0)
    made = EmotionNetwork(EMOTIONS, backbone, 32, hidden)
    for layer in made.backbone:
        if isinstance(layer, torch.nn.BatchNorm2d):  # statistics as after a training
            torch.nn.init.uniform_(layer.running_mean, -0.5, 0.5)
            torch.nn.init.uniform_(layer.running_var, 0.5, 2.0)
    return made.eval()


@pytest.mark.parametrize(
    ("few", "many"),
    [("vgg11_quarter_bn", "vgg11_half_bn"), ("vgg11_half_bn", "vgg11_bn"), ("vgg11_quarter", "vgg11")],
)
def test_the_wide_network_computes_the_same(few, many):
    narrow, wide = network(few), network(many)
    views = torch.randint(0, 256, (3, 3, 32, 32), dtype=torch.uint8)
    assert not torch.allclose(narrow(views).emotion_logits, wide(views).emotion_logits, atol=1e-4)
    widen(narrow, wide)
    for one, other in zip(narrow(views), wide(views), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-5)


def test_copies_of_a_channel_learn_different_things():
    narrow, wide = network("vgg11_half_bn"), network("vgg11_bn")
    widen(narrow, wide)
    wide.train()
    views = torch.randint(0, 256, (4, 3, 32, 32), dtype=torch.uint8)
    wide(views).emotion_logits.square().sum().backward()
    gradient = wide.backbone[0].weight.grad
    half = len(gradient) // 2
    assert not torch.allclose(gradient[:half], gradient[half:], rtol=0.01)


def test_only_the_same_vgg_of_fewer_channels_grows():
    assert is_narrower("vgg16_half_bn", "vgg16_bn")
    assert is_narrower("vgg16_quarter", "vgg16_half")
    for backbone, than in [
        ("vgg16_bn", "vgg16_half_bn"),
        ("vgg16_half_bn", "vgg16"),
        ("vgg13_half_bn", "vgg16_bn"),
        ("vgg16_bn", "vgg16_bn"),
        ("resnet18", "resnet18"),
    ]:
        assert not is_narrower(backbone, than)


def test_others_are_refused():
    with pytest.raises(ValueError, match="does not grow"):
        widen(network("vgg11_half_bn"), network("vgg11"))
