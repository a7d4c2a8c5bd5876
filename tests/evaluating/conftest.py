"""A small random network as a checkpoint, and an evaluation of fake photos by it."""

from functools import partial

import pytest
import torch

from emo.config import build
from emo.evaluating.run import evaluate
from emo.faces import EMOTIONS
from emo.model.checkpoint import save_network
from emo.model.network import EmotionNetwork
from tests.conftest import config
from tests.fakes import GROUP_PATTERN


def write_checkpoint(path, seed=0, classes=EMOTIONS):
    torch.manual_seed(seed)
    network = EmotionNetwork(classes, "squeezenet1_1", input_size=64, hidden=8)
    torch.nn.init.normal_(network.emotion_head[-1].weight)
    torch.nn.init.normal_(network.box_head[-1].weight, std=0.1)
    path.parent.mkdir(parents=True, exist_ok=True)
    save_network(network.eval(), path)
    return path


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory):
    return write_checkpoint(tmp_path_factory.mktemp("run") / "best.ckpt")


def data_of(root, *overrides):
    """What makes the data module, as the command composes it."""
    pattern = f"data.group_pattern='{GROUP_PATTERN}'"
    cfg = config("checkpoint=x", f"data.root={root}", pattern, "data.workers=0", *overrides, root="evaluate")
    return build(cfg.data)


@pytest.fixture
def run(tmp_path, checkpoint, capsys):
    """Evaluate without corruptions unless given; return the figures and the folder."""

    def run(root, *overrides, **options):
        options = {"corruptions": {}, "resamples": 4, "folder": str(tmp_path / "out")} | options
        start = partial(evaluate, str(options.pop("checkpoint", checkpoint)), data_of(root, *overrides))
        metrics = start(options.pop("classes", EMOTIONS), **options)
        run.said = capsys.readouterr()
        return metrics, tmp_path / "out"

    return run
