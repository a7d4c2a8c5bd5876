"""A screen that nobody sees, and frames to show on it."""

import gc
import os
import shutil
import subprocess

import pytest

from emo.errors import UserError
from emo.faces import EMOTIONS
from emo.live.corrections import Corrections
from emo.live.state import LiveSettings
from emo.window.actions import Actions
from emo.window.start import check_tk


def need(found: bool, reason: str) -> None:
    """Skip where something is not installed; in CI, which installs it, fail."""
    if not found and os.environ.get("CI") == "true":
        pytest.fail(reason)
    if not found:
        pytest.skip(reason)


@pytest.fixture(scope="module", autouse=True)
def _little_to_collect():
    """Each window collects garbage as it ends: half a second if that looks through all that other tests imported."""
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.fixture(scope="session")
def screen():
    """DISPLAY of an X server of 1280 x 1024 pixels."""
    need(shutil.which("Xvfb") is not None, "needs Xvfb (apt install xvfb)")
    read, write = os.pipe()
    command = ["Xvfb", "-displayfd", str(write), "-screen", "0", "1280x1024x24", "-nolisten", "tcp"]
    with subprocess.Popen(command, pass_fds=[write], stderr=subprocess.DEVNULL) as server:
        os.close(write)
        with os.fdopen(read) as stream:
            display = f":{stream.readline().strip()}"
        yield display
        server.terminate()


@pytest.fixture
def tk_screen(screen, monkeypatch):
    try:
        check_tk()
    except UserError as error:
        need(False, str(error))
    monkeypatch.setenv("DISPLAY", screen)
    return screen


class Clock:
    """Time that passes when told to."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def actions(tmp_path, clock) -> Actions:
    corrections = Corrections(tmp_path / "corrections", "20261122-2015")
    return Actions(LiveSettings(), EMOTIONS, corrections, tmp_path / "outputs", clock)
