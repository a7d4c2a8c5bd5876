"""A small network with random weights, as a checkpoint; and predictors with a truth instead of a network."""

from pathlib import Path

import numpy as np
import pytest
import torch

from emo.drawn.clip import render_clip
from emo.faces import EMOTIONS
from emo.model.checkpoint import KEY, describe
from emo.model.network import EmotionNetwork


def save_network(path: Path, network: EmotionNetwork) -> Path:
    weights = {f"network.{name}": value for name, value in network.state_dict().items()}
    torch.save({KEY: describe(network), "state_dict": weights}, path)
    return path


def small_network(classes=EMOTIONS, seed=0):
    torch.manual_seed(seed)
    network = EmotionNetwork(classes, "resnet18", input_size=64, hidden=32)
    frames = np.stack([next(render_clip(seed, 1.0, 1, (64, 64)))[0] for seed in range(8)])
    for layer in network.modules():
        if isinstance(layer, torch.nn.BatchNorm2d):
            layer.momentum = None
    images = torch.from_numpy(frames).permute(0, 3, 1, 2)
    with torch.no_grad():  # batch norm learns its statistics, or nothing of the image would reach the heads
        network(images)
        network.eval()
        for head in (network.emotion_head, network.box_head):  # fresh ones are undecided, whatever they see
            outputs = []
            head[-1].register_forward_hook(lambda _, __, output, outputs=outputs: outputs.append(output))
            network(images)
            head[-1].weight /= outputs[0].std(dim=0, keepdim=True).T
            head[-1]._forward_hooks.clear()
    return network


@pytest.fixture(scope="session")
def network():
    return small_network()


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory, network):
    return save_network(tmp_path_factory.mktemp("network") / "best.ckpt", network)


@pytest.fixture(scope="session", autouse=True)
def own_cache(tmp_path_factory):
    """Nothing of these tests goes to the user's cache; conversions are slow, so they share one."""
    folder = str(tmp_path_factory.mktemp("cache"))
    with pytest.MonkeyPatch.context() as patch:
        for name in ("XDG_CACHE_HOME", "LOCALAPPDATA", "HOME"):
            patch.setenv(name, folder)
        yield
