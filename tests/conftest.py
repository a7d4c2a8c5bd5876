"""What several tests need: fake photos, composed configs, a machine left as it was found."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from hydra import compose, initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from hydra.core.hydra_config import HydraConfig
from hypothesis import settings

from emo.cli import CONFIG_FOLDER, command
from tests.fakes import GROUP_PATTERN, write_fakes

ROOT = Path(__file__).resolve().parents[1]

settings.register_profile("emo", deadline=None)  # machines are busy at times
settings.load_profile("emo")
torch.set_num_threads(1)  # small networks: more threads only wait for each other


def pytest_collection_modifyitems(items):
    """The files of many trainings first, so that no worker is left alone with one at the end."""
    items.sort(key=lambda item: item.path.name not in ("test_resume.py", "test_training.py"))


def tiny(data: Path, logs: Path, *overrides: str) -> list[str]:
    """Overrides that make `train.py` a matter of seconds: a small network on fake photos."""
    return [
        "model.backbone=vgg11_quarter_bn",
        "model.input_size=64",
        "model.hidden=16",
        "model.weights=random",
        f"data.root={data}",
        f"data.group_pattern='{GROUP_PATTERN}'",
        "data.copies=2",
        "data.batch_size=8",
        "data.workers=0",
        "trainer.accelerator=cpu",
        "trainer.precision=32-true",
        "trainer.max_epochs=2",
        "+trainer.enable_progress_bar=false",
        "~callbacks.pictures",
        "bootstrap=4",
        f"logs={logs}",
        *overrides,
    ]


def config(*overrides: str, root: str = "train"):
    """A config as the command line would compose it."""
    GlobalHydra.instance().clear()
    with initialize_config_dir(str(CONFIG_FOLDER), version_base="1.3"):
        return compose(root, overrides=list(overrides))


def assert_one_line(result, *words):
    code, _, err = result
    assert code == 2, err
    assert err.startswith("error: ")
    assert err.count("\n") == 1
    assert err.endswith("\n")
    for word in words:
        assert word in err


@pytest.fixture(scope="session")
def photos(tmp_path_factory) -> Path:
    """A folder of fake photos; read only."""
    return write_fakes(tmp_path_factory.mktemp("photos"))


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch):
    """Trainings leave variables behind, in this process and for its children."""
    before = dict(os.environ)
    yield
    for name in set(os.environ) - set(before):
        del os.environ[name]
    os.environ.update(before)


@pytest.fixture
def rng() -> np.random.Generator:
    """Random numbers, always the same."""
    return np.random.default_rng(0)


@pytest.fixture
def call(monkeypatch, capsys):
    """Call a function as a command; return exit code, standard output and error."""
    HydraConfig.instance().cfg = None
    GlobalHydra.instance().clear()

    def call(function, *arguments):
        monkeypatch.setattr(sys, "argv", [str(ROOT / "train.py"), *arguments])
        code = 0
        try:
            command("train")(function)()
        except SystemExit as error:
            code = error.code
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    yield call
    HydraConfig.instance().cfg = None
    GlobalHydra.instance().clear()


@pytest.fixture
def quick_compiler(monkeypatch):
    """torch.compile that traces and does not translate, which would take a minute; yields the networks it had."""
    compile, had = torch.nn.Module.compile, []

    def traced(module):
        had.append(module)
        compile(module, backend="eager")

    monkeypatch.setattr(torch.nn.Module, "compile", traced)
    return had
