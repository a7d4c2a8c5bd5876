"""What is passed on, and what is not."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from torch.utils.tensorboard import SummaryWriter

from emo.config import build
from emo.errors import UserError
from emo.faces import EMOTIONS
from emo.model.checkpoint import KEY, describe, load_network, read_file
from emo.model.network import EmotionNetwork
from emo.shipping.paths import without_paths
from emo.shipping.run import ship
from tests.conftest import config
from tests.fakes import GROUP_PATTERN

HERE = "/home/anna/emo"


def data():
    pattern = f"data.group_pattern='{GROUP_PATTERN}'"
    cfg = config("checkpoint=x", "folder=y", pattern, "data.workers=0", root="ship")
    return build(cfg.data)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A run as a training leaves it, with pictures and paths in it."""
    run = tmp_path_factory.mktemp("run")
    torch.manual_seed(0)
    network = EmotionNetwork(EMOTIONS, "vgg11_bn", input_size=32, hidden=4)
    torch.nn.init.normal_(network.emotion_head[-1].weight, std=3)
    network(torch.randint(0, 256, (4, 3, 32, 32), dtype=torch.uint8))
    weights = {f"network.{name}": value for name, value in network.state_dict().items()}
    torch.save(
        {KEY: describe(network), "state_dict": weights, "optimizer_states": [weights]}, run / "best.ckpt"
    )
    settings = {"logs": f"{HERE}/logs", "data": {"root": [f"{HERE}/data/mine", "data/sample"]}, "seed": 1}
    (run / "config.yaml").write_text(yaml.safe_dump(settings))
    (run / "split.json").write_text('{"train": ["mine/a.jpg"], "val": [], "test": []}')
    (run / "metrics.json").write_text('{"format": 1, "photos": 3}')
    (run / "pictures").mkdir()
    (run / "pictures" / "input.png").write_bytes(b"somebody")
    with SummaryWriter(str(run)) as writer:
        writer.add_scalar("val/total", 0.5, 3)
        writer.add_scalar("val/total", 0.25, 4)
        writer.add_image("input", np.full((3, 8, 8), 200, np.uint8), 0)
        writer.add_text("config", HERE)
    return run


def test_everything_that_belongs_to_it(trained, tmp_path, capsys):
    target = tmp_path / "reference"
    ship(str(trained / "best.ckpt"), str(target), data())
    names = {path.name for path in target.iterdir()}
    assert names == {"best.ckpt", "config.yaml", "split.json", "metrics.json", "events.out.tfevents.0"}
    assert "MB, vgg11" in capsys.readouterr().out
    ours, theirs = load_network(target / "best.ckpt"), load_network(trained / "best.ckpt")
    assert ours.backbone_name == "vgg11"
    assert read_file(target / "best.ckpt").keys() == {KEY, "state_dict"}
    assert (target / "best.ckpt").stat().st_size < 2.1 * sum(p.numel() for p in ours.parameters()) + 50_000
    views = torch.randint(0, 256, (2, 3, 32, 32), dtype=torch.uint8)
    with torch.no_grad():
        torch.testing.assert_close(
            ours(views).emotion_logits.softmax(1), theirs(views).emotion_logits.softmax(1), atol=2e-2, rtol=0
        )
    assert yaml.safe_load((target / "config.yaml").read_text()) == {
        "logs": "logs", "data": {"root": ["mine", "data/sample"]}, "seed": 1
    }  # fmt: skip
    assert (target / "split.json").read_text() == (trained / "split.json").read_text()
    metrics = json.loads((target / "metrics.json").read_text())
    assert metrics == {"format": 1, "photos": 3, "shipped": {"precision": "half", "backbone": "vgg11"}}


def test_curves_go_along_and_pictures_do_not(trained, tmp_path):
    target = tmp_path / "reference"
    ship(str(trained / "best.ckpt"), str(target), data())
    events = EventAccumulator(str(target)).Reload()
    assert [(e.step, e.value) for e in events.Scalars("val/total")] == [(3, 0.5), (4, 0.25)]
    tags = events.Tags()
    assert not tags["images"]
    assert not tags["tensors"]
    assert HERE.encode() not in (target / "events.out.tfevents.0").read_bytes()
    assert HERE.encode() in next(trained.glob("events*")).read_bytes()


def test_nothing_is_overwritten(trained, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("keep")
    with pytest.raises(UserError, match="exists already"):
        ship(str(trained / "best.ckpt"), str(tmp_path / "mine"), data())
    with pytest.raises(UserError, match="exists already"):
        ship(str(trained / "best.ckpt"), str(tmp_path / "mine" / "notes.txt"), data())
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["notes.txt"]


def test_calibrated(trained, tmp_path, photos, capsys):
    target = tmp_path / "reference"
    ship(str(trained / "best.ckpt"), str(target), data(), calibrate_on=str(photos), offsets=True)
    told = json.loads((target / "metrics.json").read_text())["shipped"]["calibration"]
    assert told["offsets"].keys() == set(EMOTIONS)
    assert told["faces"] > 0
    assert "before the calibration" in capsys.readouterr().out
    ours, theirs = load_network(target / "best.ckpt"), load_network(trained / "best.ckpt")
    views = torch.randint(0, 256, (2, 3, 32, 32), dtype=torch.uint8)
    with torch.no_grad():
        logits = theirs(views).emotion_logits / told["temperature"] + torch.tensor(
            [*told["offsets"].values()]
        )
        torch.testing.assert_close(ours(views).emotion_logits, logits, atol=2e-2, rtol=2e-2)


@pytest.mark.parametrize(
    ("path", "short"),
    [
        ("/tmp/runs", "runs"),
        ("C:\\Users\\anna\\emo\\data", "data"),
        ("~/photos", "photos"),
        ("data/sample", "data/sample"),
        ("^(p\\d+)_", "^(p\\d+)_"),
        ("torch.optim.Adam", "torch.optim.Adam"),
        (str(Path.cwd() / "data" / "mine"), "data/mine"),
    ],
)
def test_paths_of_the_machine(path, short):
    assert without_paths({"a": [path, 1, None]}) == {"a": [short, 1, None]}
