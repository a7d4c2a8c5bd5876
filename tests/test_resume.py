"""An interrupted and resumed training ends exactly where one without an interruption does."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import lightning as L
import pytest
import torch
from omegaconf import OmegaConf, open_dict

from emo.errors import UserError
from emo.resume import BEST, LAST, find_checkpoint, resumed_config
from emo.training import fit
from tests.conftest import config, tiny


class StopAt(L.Callback):
    """Presses Ctrl-C during a step."""

    def __init__(self, step: int) -> None:
        self.step = step

    def on_train_batch_start(self, trainer, *args) -> None:
        if trainer.global_step == self.step:
            os.kill(os.getpid(), signal.SIGINT)


def weights(file: Path) -> dict[str, torch.Tensor]:
    return torch.load(file, weights_only=True)["state_dict"]


def assert_same(first: Path, second: Path) -> None:
    one, two = weights(first), weights(second)
    assert one.keys() == two.keys()
    for name, value in one.items():
        assert torch.equal(value, two[name]), name


def train(photos, logs, *overrides, stop=None):
    cfg = config(*tiny(photos, logs, "trainer.max_epochs=2", *overrides))
    if stop is not None:
        with open_dict(cfg):
            cfg.callbacks.stop = {"_target_": "tests.test_resume.StopAt", "step": stop}
    return fit(cfg)


STEPS = 6  # two epochs of three
DIFFICULT = (
    "scheduler=onecycle",
    "callbacks=ema",
    "model.dropout=0.5",
    "frozen_epochs=1",
    "data.workers=1",
    "data.balance=1.0",
)


@pytest.fixture(scope="module")
def whole(photos, tmp_path_factory):
    """The folders of an ordinary and a difficult training that nobody interrupted."""
    logs = tmp_path_factory.mktemp("whole")
    train(photos, logs / "plain")
    train(photos, logs / "difficult", *DIFFICULT)
    return logs


def test_the_trainings_to_compare_with_have_learned(whole):
    for kind in ("plain", "difficult"):
        content = torch.load(whole / kind / "version_0" / LAST, weights_only=True)
        assert (content["global_step"], content["epoch"]) == (STEPS, 1)
    first, second = (weights(whole / kind / "version_0" / LAST) for kind in ("plain", "difficult"))
    assert any(not torch.equal(first[name], second[name]) for name in first)


@pytest.mark.parametrize("step", [1, 2, 5])
def test_ctrl_c_in_any_step(photos, whole, tmp_path, step, capsys):
    with pytest.raises(SystemExit) as stopped:
        train(photos, tmp_path, stop=step)
    assert stopped.value.code == 130
    folder = tmp_path / "version_0"
    assert f"python train.py resume={folder / LAST}" in capsys.readouterr().out
    assert torch.load(folder / LAST, weights_only=True)["global_step"] == step + 1  # the step was finished
    train(photos, tmp_path, "resume=last")
    assert_same(whole / "plain/version_0" / LAST, folder / LAST)
    assert_same(whole / "plain/version_0" / BEST, folder / BEST)
    assert not (tmp_path / "version_1").exists()


@pytest.mark.parametrize("step", [1, 3])
def test_ctrl_c_with_everything_that_has_a_state(photos, whole, tmp_path, step):
    with pytest.raises(SystemExit):
        train(photos, tmp_path, *DIFFICULT, stop=step)
    train(photos, tmp_path, *DIFFICULT, "resume=last")
    for name in (LAST, BEST):
        assert_same(whole / "difficult/version_0" / name, tmp_path / "version_0" / name)


def test_interrupted_twice_within_an_epoch(photos, whole, tmp_path):
    for step, more in ((0, ()), (1, ("resume=last",))):
        with pytest.raises(SystemExit):
            train(photos, tmp_path, *more, stop=step)
    train(photos, tmp_path, "resume=last")
    assert_same(whole / "plain/version_0" / LAST, tmp_path / "version_0" / LAST)


def test_there_is_a_checkpoint_before_the_first_step(photos, whole, tmp_path):
    class Kill(L.Callback):
        def on_train_batch_start(self, trainer, *args):
            raise ZeroDivisionError

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tests.test_resume.StopAt.on_train_batch_start", Kill.on_train_batch_start)
        with pytest.raises(ZeroDivisionError):
            train(photos, tmp_path, stop=0)
    train(photos, tmp_path, "resume=last")
    for name in (LAST, BEST):
        assert_same(whole / "plain/version_0" / name, tmp_path / "version_0" / name)
