"""`--help`: every setting with its comment, nothing of how a command is put together."""

import subprocess
import sys

import pytest

from emo.cli import CONFIG_FOLDER
from emo.help import help_text, settings
from tests.conftest import ROOT
from tests.test_config import ROOTS, USERS, composed

ASSEMBLED = {"evaluation", "checker", "importer", "exporter", "autolabel", "shipping", "writer"}
"""Parts of configs that only hand on what is set elsewhere."""


def lines_of(name):
    return help_text("What it does.", CONFIG_FOLDER, name).splitlines()


@pytest.mark.parametrize("name", ROOTS)
def test_every_setting_of_every_command_is_there(name):
    lines = lines_of(name)
    assert lines[0] == "What it does."
    if "And all settings of `python train.py`." in lines:
        lines += lines_of("train")
    said = {line.split(":")[0].split("=")[0] for line in lines if not line.startswith((" ", "#"))}
    wanted = {str(key) for key in composed(name) if not str(key).startswith("_")} - ASSEMBLED - {"hydra"}
    assert wanted <= said | {"model"}, "model is a placeholder where a checkpoint brings its own"
    assert not {"hydra", "defaults", "_target_", "_partial_", *ASSEMBLED} & said


@pytest.mark.parametrize("name", [root for root in ROOTS if root != "preview"])
def test_the_options_and_settings_of_every_group(name):
    lines = lines_of(name)
    for group, choice in USERS[name].items():
        options = sorted(path.stem for path in (CONFIG_FOLDER / group).glob("*.yaml"))
        assert len(options) < 2 or f"{group}={' | '.join(options)}" in lines
        assert choice is None or any(line.endswith(f"# of {group}={choice}") for line in lines)


def test_comments_stay_and_wiring_goes():
    text = "# How to\na: 1  # one\nb:\n  _target_: x.Y\n  c: 2 # two\n\n  d: ${a}\nz:\n  _target_: x.Z\n  a: ${a}\n"
    assert settings(text) == "# How to\na: 1  # one\nb:\n  c: 2 # two\n\n  d: ${a}"


@pytest.mark.skipif(sys.platform == "win32", reason="has no head")
def test_a_reader_that_has_seen_enough():
    command = f"{sys.executable} train.py --help | head -1"
    done = subprocess.run(command, shell=True, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.stdout.startswith("Train the network")
    assert done.stderr == ""
