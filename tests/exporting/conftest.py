from functools import partial

import numpy as np
import pytest
import torch

from emo.exporting.run import export
from emo.exporting.views import read_dataset
from emo.faces import EMOTIONS
from emo.model.checkpoint import KEY, describe
from emo.model.network import EmotionNetwork
from tests.fakes import GROUP_PATTERN, fake_box, fake_image

SIZE = 32
THRESHOLDS = {"presence": 0.5, "emotion": 0.45}


def tiny_network(seed=0):
    """Batch norm with statistics and heads that answer differently to different views."""
    torch.manual_seed(seed)
    network = EmotionNetwork(EMOTIONS, "vgg11_bn", SIZE, hidden=8)
    images = torch.from_numpy(fake_views(12)).permute(0, 3, 1, 2)
    with torch.no_grad():
        for layer in network.modules():
            if isinstance(layer, torch.nn.BatchNorm2d):
                layer.momentum = None
        network(images)
        network.eval()
        features = network.backbone(network.normalise(images))
        for head, pooled in (
            (network.emotion_head, features.amax((2, 3))),
            (network.box_head, features.mean((2, 3))),
        ):
            head[-1].weight /= head(pooled).std(dim=0, keepdim=True).T
    return network


def fake_views(count):
    rng = np.random.default_rng(3)
    colours = rng.integers(0, 255, (count, 3))
    return np.stack([fake_image(rng, fake_box(rng, (SIZE, SIZE)), c, (SIZE, SIZE)) for c in colours])


def write_checkpoint(path, network):
    weights = {f"network.{name}": value for name, value in network.state_dict().items()}
    torch.save({KEY: describe(network), "state_dict": weights}, path)
    return path


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory):
    folder = str(tmp_path_factory.mktemp("cache"))
    with pytest.MonkeyPatch.context() as patch:
        for name in ("XDG_CACHE_HOME", "LOCALAPPDATA", "HOME"):
            patch.setenv(name, folder)
        yield


@pytest.fixture(scope="session")
def network():
    return tiny_network()


@pytest.fixture(scope="session")
def dataset(photos):
    shares = {"train": 0.5, "val": 0.25, "test": 0.25}
    return partial(read_dataset, str(photos), EMOTIONS, {}, shares, GROUP_PATTERN, "no_face", "raise", 1)


@pytest.fixture(scope="session")
def exported(tmp_path_factory, network, dataset):
    """The folder of a checkpoint with all that can be made of it beside it."""
    folder = tmp_path_factory.mktemp("exported")
    checkpoint = write_checkpoint(folder / "best.ckpt", network)
    for to in ("onnx", "openvino", "int8"):
        export(to, dataset, EMOTIONS, THRESHOLDS, str(checkpoint), calibrate=8, force=True)
    return folder
