import os
import pickle

import pytest
import torch

from emo.errors import UserError
from emo.faces import EMOTIONS
from emo.model.checkpoint import KEY, describe, load_network, read_file, save_network
from emo.model.network import EmotionNetwork


@pytest.fixture(scope="module")
def network():
    return EmotionNetwork(EMOTIONS, "squeezenet1_1", input_size=64, hidden=8)


@pytest.fixture
def content(network):
    weights = {f"network.{name}": value for name, value in network.state_dict().items()}
    return {KEY: describe(network), "state_dict": weights, "epoch": 3}


def save(tmp_path, content):
    path = tmp_path / "best.ckpt"
    torch.save(content, path)
    return path


def refused(path, words="checkpoint|damaged"):
    with pytest.raises(UserError, match=words) as error:
        load_network(path)
    assert str(error.value).startswith(str(path))
    assert "\n" not in str(error.value)


def test_round_trip(tmp_path, content, network):
    loaded = load_network(save(tmp_path, content))
    assert not loaded.training
    assert loaded.settings() == network.settings()
    for name, value in network.state_dict().items():
        assert torch.equal(loaded.state_dict()[name], value)


@pytest.mark.parametrize("share", [0.0, 0.001, 0.3, 0.999])
def test_cut_short(tmp_path, content, share):
    path = save(tmp_path, content)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])
    refused(path, "cut short")


class Evil:
    """Unpickling it makes a file."""

    def __init__(self, target):
        self.target = target

    def __reduce__(self):
        return os.mkdir, (str(self.target),)


@pytest.mark.parametrize("how", ["torch", "pickle", "inside"])
def test_a_strangers_code_does_not_run(tmp_path, content, how):
    path, proof = tmp_path / "evil.ckpt", tmp_path / "executed"
    if how == "torch":
        torch.save(Evil(proof), path)
    elif how == "inside":
        torch.save(content | {"callbacks": Evil(proof)}, path)
    else:
        path.write_bytes(pickle.dumps(Evil(proof)))
    refused(path)
    assert not proof.exists()
    if how == "torch":  # it would have worked
        torch.load(path, weights_only=False)
        assert proof.exists()


def test_missing_a_folder_and_no_checkpoint(tmp_path):
    refused(tmp_path / "none.ckpt", "no such")
    refused(tmp_path, "no such")
    (tmp_path / "x.ckpt").write_text("hello " * 100)
    refused(tmp_path / "x.ckpt", "not a checkpoint")


def test_of_another_program(tmp_path, content):
    refused(save(tmp_path, {"state_dict": content["state_dict"]}), "not one of emo's")
    refused(save(tmp_path, {KEY: content[KEY]}), "not one of emo's")
    refused(save(tmp_path, [1, 2]), "list")


def test_of_a_newer_emo(tmp_path, content):
    refused(save(tmp_path, content | {KEY: content[KEY] | {"format": 2}}), "update emo")


@pytest.mark.parametrize("change", [{"hidden": 9}, {"classes": ["a"]}, {"backbone": "resnet18"}])
def test_weights_that_do_not_fit_the_description(tmp_path, content, change):
    about = {**content[KEY], "network": content[KEY]["network"] | change}
    refused(save(tmp_path, content | {KEY: about}), "damaged")


@pytest.mark.parametrize(
    "about",
    [{}, {"classes": 5}, {"classes": ["a"], "colour": "red"}, None, {"classes": ["a"], "hidden": "x"}],
)
def test_a_description_that_is_none(tmp_path, content, about):
    refused(save(tmp_path, content | {KEY: content[KEY] | {"network": about}}))


def test_read_file_takes_plain_state_dicts(tmp_path, network):
    assert read_file(save(tmp_path, dict(network.state_dict()))).keys() == network.state_dict().keys()


@pytest.fixture
def trained():
    """A network whose batch norm has seen something."""
    torch.manual_seed(0)
    network = EmotionNetwork(EMOTIONS, "mobilenet_v3_small", input_size=64, hidden=8)
    network(torch.randint(0, 256, (8, 3, 64, 64), dtype=torch.uint8))
    return network.eval()


def test_half_precision_is_half_the_size_and_nearly_the_same(tmp_path, trained):
    path = tmp_path / "best.ckpt"
    save_network(trained, path)
    count = sum(p.numel() for p in trained.parameters())
    assert 2 * count < path.stat().st_size < 2.4 * count
    assert read_file(path).keys() == {KEY, "state_dict"}
    loaded = load_network(path)
    assert {p.dtype for p in loaded.parameters()} == {torch.float32}
    views = torch.randint(0, 256, (4, 3, 64, 64), dtype=torch.uint8)
    with torch.no_grad():
        for ours, theirs in zip(loaded(views), trained(views), strict=True):
            torch.testing.assert_close(ours, theirs, atol=2e-2, rtol=0)


def test_batch_norm_statistics_beyond_half_precision(tmp_path, trained):
    norm = next(m for m in trained.modules() if isinstance(m, torch.nn.BatchNorm2d))
    norm.running_var.fill_(1e6)
    save_network(trained, tmp_path / "best.ckpt")
    loaded = load_network(tmp_path / "best.ckpt").state_dict()
    assert all(torch.equal(loaded[name], value) for name, value in trained.named_buffers() if name in loaded)
    assert any((value == 1e6).all() for value in loaded.values())


def test_weights_are_never_overwritten_and_always_finite(tmp_path, trained):
    path = tmp_path / "best.ckpt"
    path.write_bytes(b"mine")
    with pytest.raises(UserError, match="exists already"):
        save_network(trained, path)
    assert path.read_bytes() == b"mine"
    trained.box_head[0].weight.data[0, 0] = 1e6
    with pytest.raises(UserError, match="too large"):
        save_network(trained, tmp_path / "other.ckpt")
    assert not (tmp_path / "other.ckpt").exists()
