"""`python -m emo.capture` as its user knows it: the real window, real keys, interrupted and gone on with."""

import os
import shutil
import subprocess
import sys
import time

import pytest

from emo.data.folder import read_folder
from emo.data.labels import LabelSet
from emo.faces import EMOTIONS
from tests.conftest import ROOT
from tests.window.conftest import need


@pytest.fixture
def capture(tk_screen, tmp_path):
    """Starts it before a drawn person."""
    need(shutil.which("xdotool") is not None, "needs xdotool (apt install xdotool)")
    environment = os.environ | {"DISPLAY": tk_screen, "PYTHONPATH": str(ROOT)}
    pace = ["pace.countdown=0.7", "pace.every=0.1", "pace.sharpness=0.3", "pace.difference=0.5"]
    command = [
        *(sys.executable, "-m", "emo.capture", "person=anna", "session=1", "source=sample", "folder=mine"),
        *("checkpoint=none", "photos=2", "no_face=1", *pace),
    ]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    started = []

    def start():
        started.append(subprocess.Popen(command, cwd=tmp_path, env=environment, **pipes))
        return started[-1]

    yield start
    for program in started:
        if program.poll() is None:
            program.kill()
            program.communicate()


def press(key, screen):
    command = ["xdotool", "mousemove", "200", "200", "key", key]
    subprocess.run(command, check=True, env=os.environ | {"DISPLAY": screen}, timeout=60)


def test_all_emotions_in_two_goes(capture, tk_screen, tmp_path):
    folder, end = tmp_path / "mine", time.monotonic() + 120
    program = capture()
    while not list(folder.glob("*_happy_*.json")):
        assert program.poll() is None, program.communicate()
        assert time.monotonic() < end
        time.sleep(0.1)
    while program.poll() is None and time.monotonic() < end:  # until it is taken
        press("q", tk_screen)
        time.sleep(0.5)
    said, complained = program.communicate(timeout=60)
    assert (program.returncode, complained) == (0, "")
    assert "still wanted" in said
    had = {path: path.read_bytes() for path in folder.iterdir()}
    assert 6 <= len(had) < 22
    said, complained = capture().communicate(timeout=240)
    assert complained == ""
    assert "complete" in said
    assert {path: path.read_bytes() for path in had} == had
    photos = read_folder(folder, LabelSet(EMOTIONS)).photos
    assert sorted(photo.emotion or "none" for photo in photos) == sorted([*EMOTIONS, *EMOTIONS, "none"])
