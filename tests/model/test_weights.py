from urllib.error import URLError

import pytest
import torch
import torchvision

from emo.errors import UserError
from emo.faces import EMOTIONS
from emo.model import weights
from emo.model.checkpoint import KEY, describe, save_network
from emo.model.fold import fold_batch_norm
from emo.model.network import EmotionNetwork
from emo.model.weights import build_network
from tests.conftest import ROOT


def build(start, backbone="squeezenet1_1", classes=EMOTIONS, **options):
    return build_network(classes, backbone, 64, options.pop("hidden", 8), weights=str(start), **options)


def checkpoint(path, network):
    state = {f"network.{name}": value for name, value in network.state_dict().items()}
    torch.save({KEY: describe(network), "state_dict": state}, path)
    return path


def filled(name, value):
    """Something of this shape, and of no size in the large layers that are not wanted."""
    if name.startswith("classifier"):
        return torch.zeros(1).expand(value.shape)
    return torch.rand(value.shape).to(value.dtype)


@pytest.mark.parametrize("backbone", ["vgg16", "vgg16_bn", "mobilenet_v3_small", "resnet18"])
def test_torchvisions_state_dict(tmp_path, backbone):
    with torch.device("meta"):
        classifier = torchvision.models.get_model(backbone, weights=None)
    state = {name: filled(name, value) for name, value in classifier.state_dict().items()}
    classifier.load_state_dict(state, assign=True)
    file = tmp_path / f"{backbone}.pth"
    torch.save(state, file)
    network = build(file, backbone)
    if backbone == "resnet18":
        children = list(classifier.children())[:-2]
        theirs = torch.nn.Sequential(*children).state_dict()
    else:
        theirs = classifier.features.state_dict()
    ours = network.backbone.state_dict()
    assert ours.keys() == theirs.keys()
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)


def test_the_wrong_torchvision_file(tmp_path):
    file = tmp_path / "x.pth"
    torch.save(torchvision.models.resnet18(weights=None).state_dict(), file)
    with pytest.raises(UserError, match=r"not those of vgg16; choose model\.backbone"):
        build(file, "vgg16")


def test_no_weights_at_all(tmp_path):
    file = tmp_path / "x.pth"
    torch.save({"colour": torch.zeros(3)}, file)
    with pytest.raises(UserError, match=r"x\.pth"):
        build(file)


def test_offline_names_the_way_out(monkeypatch):
    def offline(*args, **options):
        raise URLError("no route to host")

    monkeypatch.setattr("torchvision.models._api.load_state_dict_from_url", offline)
    with pytest.raises(UserError, match=r"no route to host.*model\.weights=FILE.*random") as error:
        build("imagenet", "vgg16")
    assert "\n" not in str(error.value)


def test_imagenet_is_what_torchvision_gives(monkeypatch):
    torch.manual_seed(5)
    state = torchvision.models.squeezenet1_1(weights=None).state_dict()
    monkeypatch.setattr("torchvision.models._api.load_state_dict_from_url", lambda *args, **options: state)
    network = build("imagenet")
    for name, value in network.backbone.state_dict().items():
        assert torch.equal(value, state[f"features.{name}"])


def test_nothing_is_downloaded_for_random_weights(monkeypatch):
    monkeypatch.setattr("torchvision.models._api.load_state_dict_from_url", pytest.fail)
    build("random")


def test_a_checkpoint_of_ours_gives_everything(tmp_path):
    source = EmotionNetwork(EMOTIONS, "squeezenet1_1", 64, 8)
    network = build(checkpoint(tmp_path / "best.ckpt", source))
    assert all(torch.equal(value, network.state_dict()[name]) for name, value in source.state_dict().items())


@pytest.mark.parametrize("classes", [("angry", "happy"), tuple(reversed(EMOTIONS))])
def test_other_classes_start_their_last_layer_anew(tmp_path, classes):
    """Also where the shapes fit but the meaning of the outputs does not."""
    source = EmotionNetwork(EMOTIONS, "squeezenet1_1", 64, 8)
    network = build(checkpoint(tmp_path / "best.ckpt", source), classes=classes)
    ours, theirs = network.state_dict(), source.state_dict()
    for name, value in theirs.items():
        same = ours[name].shape == value.shape and torch.equal(ours[name], value)
        assert same or name == "emotion_head.3.bias" or name == "emotion_head.3.weight", name
    assert ours["emotion_head.3.weight"].shape[0] == 1 + len(classes)
    if len(classes) == len(EMOTIONS):
        assert not torch.equal(ours["emotion_head.3.weight"], theirs["emotion_head.3.weight"])


def test_other_heads_keep_the_backbone(tmp_path):
    source = EmotionNetwork(EMOTIONS, "squeezenet1_1", 64, 8)
    network = build(checkpoint(tmp_path / "best.ckpt", source), hidden=16)
    for name, value in source.backbone.state_dict().items():
        assert torch.equal(network.backbone.state_dict()[name], value)


def test_another_backbone_is_an_error(tmp_path):
    file = checkpoint(tmp_path / "best.ckpt", EmotionNetwork(EMOTIONS, "squeezenet1_1", 64, 8))
    with pytest.raises(UserError, match=r"squeezenet1_1, not resnet18; set model\.backbone=squeezenet1_1"):
        build(file, "resnet18")


def test_a_missing_file():
    with pytest.raises(UserError, match=r"none\.pth"):
        build("none.pth")


def test_half_precision_weights_start_a_training(tmp_path, monkeypatch):
    torch.manual_seed(0)
    network = build("random", "vgg11_bn").eval()
    folded = fold_batch_norm(network)
    save_network(folded, tmp_path / "best.ckpt")
    started = build(tmp_path / "best.ckpt", "vgg11")
    assert {p.dtype for p in started.parameters()} == {torch.float32}
    for name, value in folded.state_dict().items():
        torch.testing.assert_close(started.state_dict()[name], value, atol=1e-3, rtol=1e-3)
    with pytest.raises(UserError, match=r"folded away, not vgg11_bn; set model\.backbone=vgg11$"):
        build(tmp_path / "best.ckpt", "vgg11_bn")
    monkeypatch.setattr(weights, "REFERENCE", tmp_path / "best.ckpt")
    reference = build("reference", "vgg11").state_dict()
    assert all(torch.equal(reference[name], value) for name, value in started.state_dict().items())


def test_no_reference_weights_is_one_line(tmp_path, monkeypatch):
    monkeypatch.setattr(weights, "REFERENCE", tmp_path / "none.ckpt")
    with pytest.raises(UserError, match=r"^model\.weights=reference: .*none\.ckpt") as error:
        build("reference")
    assert "\n" not in str(error.value)


def test_the_reference_lies_beside_the_package():
    assert weights.REFERENCE == ROOT / "lightning_logs" / "reference" / "best.ckpt"
