"""An interrupted and resumed training ends exactly where one without an interruption does."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import lightning as L
import pytest
import torch
from omegaconf import open_dict

from emo.errors import UserError
from emo.resume import BEST, LAST, find_checkpoint
from emo.training import fit
from tests.conftest import ROOT, assert_one_line, config, tiny


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
    "data.augment_on=gpu",
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


def overrides_of(photos, logs):
    return tiny(photos, logs, "trainer.max_epochs=1")


def test_resume_alone_goes_on_with_the_runs_own_config(call, photos, tmp_path):
    """resume=last needs logs=, and that alone is no change of the training."""
    assert call(fit, *overrides_of(photos, tmp_path))[0] == 0
    code, out, err = call(fit, "resume=last", f"logs={tmp_path}", "trainer.max_epochs=2")
    assert code == 0, err
    assert "another setting" not in out
    assert torch.load(tmp_path / "version_0" / LAST, weights_only=True)["epoch"] == 1


def test_other_settings_are_named(call, photos, tmp_path):
    assert call(fit, *overrides_of(photos, tmp_path))[0] == 0
    code, out, err = call(
        fit, *overrides_of(photos, tmp_path), "resume=last", "data.copies=3", "trainer.max_epochs=2"
    )
    assert code == 0, err
    assert "data.copies: 2 -> 3" in out
    assert "max_epochs" not in out


def test_what_cannot_be_resumed_is_one_line(call, photos, tmp_path):
    logs = tmp_path / "logs"
    assert call(fit, *overrides_of(photos, logs), "scheduler=onecycle")[0] == 0
    last = logs / "version_0" / LAST
    assert_one_line(
        call(fit, f"resume={last}", f"logs={logs}", "trainer.max_epochs=5"), "trainer.max_epochs", "scheduled"
    )
    assert_one_line(
        call(fit, *overrides_of(photos, logs), "model.hidden=8", f"resume={last}"), "another network"
    )
    torch.save({"state_dict": {}}, tmp_path / "other.ckpt")
    assert_one_line(call(fit, *overrides_of(photos, logs), f"resume={tmp_path / 'other.ckpt'}"), "other.ckpt")
    last.write_bytes(last.read_bytes()[:5000])
    assert_one_line(call(fit, f"resume={last}", f"logs={logs}"), "cut short")


def test_the_newest_run_is_the_last(tmp_path):
    for age, name in enumerate(("b", "a", "c")):
        (tmp_path / name).mkdir()
        (tmp_path / name / LAST).touch()
        os.utime(tmp_path / name / LAST, (1000 - age, 1000 - age))
    assert find_checkpoint("last", tmp_path) == tmp_path / "b" / LAST
    assert find_checkpoint(str(tmp_path / "c" / LAST), tmp_path) == tmp_path / "c" / LAST
    with pytest.raises(UserError, match="no run"):
        find_checkpoint("last", tmp_path / "none")


LONG = ("data.copies=12", "trainer.max_epochs=3", "seed=4")


def command(*overrides):
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}  # as in the tests: the sums of other threads differ
    return subprocess.Popen(
        [sys.executable, str(ROOT / "train.py"), *overrides],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        cwd=ROOT,
    )


def wait_for_steps(process, folder, steps, timeout=300):
    """Wait until TensorBoard's file shows that the training runs, then for about some steps."""
    until = time.monotonic() + timeout
    while not (folder / LAST).exists() and time.monotonic() < until and process.poll() is None:
        time.sleep(0.02)
    time.sleep(steps * 0.1)
    assert process.poll() is None, process.communicate()[0]


@pytest.fixture(scope="module")
def long_run(photos, tmp_path_factory):
    logs = tmp_path_factory.mktemp("long")
    fit(config(*tiny(photos, logs, *LONG)))
    return logs / "version_0"


def finish(photos, logs, long_run, workers):
    """Resume, and compare with the training that nobody interrupted."""
    fit(config(*tiny(photos, logs, *LONG, f"data.workers={workers}", "resume=last")))
    for name in (LAST, BEST):
        assert_same(long_run / name, logs / "version_0" / name)


def kill_and_resume(photos, logs, long_run, workers, steps):
    process = command(*tiny(photos, logs, *LONG, f"data.workers={workers}"))
    wait_for_steps(process, logs / "version_0", steps)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    finish(photos, logs, long_run, workers)


def test_killed_and_resumed(photos, tmp_path, long_run):
    kill_and_resume(photos, tmp_path, long_run, 1, random.Random(os.getpid()).uniform(0, 30))


@pytest.mark.slow
@pytest.mark.parametrize("workers", [0, 1])
@pytest.mark.parametrize("steps", [0, 5, 15, 30])
def test_killed_at_many_moments(photos, tmp_path, long_run, workers, steps):
    kill_and_resume(photos, tmp_path, long_run, workers, steps + random.Random(os.getpid()).uniform(0, 5))


@pytest.mark.parametrize(
    ("number", "workers"),
    [
        (signal.SIGINT, 1),
        pytest.param(signal.SIGTERM, 1, marks=pytest.mark.slow),
        pytest.param(signal.SIGINT, 0, marks=pytest.mark.slow),
    ],
)
def test_ctrl_c_in_a_terminal_reaches_all_processes(photos, tmp_path, long_run, number, workers):
    process = command(*tiny(photos, tmp_path, *LONG, f"data.workers={workers}"))
    folder = tmp_path / "version_0"
    wait_for_steps(process, folder, 3)
    os.killpg(process.pid, number)
    out, _ = process.communicate(timeout=120)
    assert process.returncode == 130, out
    assert f"go on with: python train.py resume={folder / LAST}" in out
    assert "Traceback" not in out
    assert out.count("stopping after this step") == 1
    finish(photos, tmp_path, long_run, workers)
