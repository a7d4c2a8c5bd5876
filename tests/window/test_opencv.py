"""OpenCV's window in a process of its own: Qt cannot be told twice in one which screen to use."""

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from emo.errors import UserError
from emo.faces import EMOTIONS
from emo.live.state import LiveSettings
from emo.window.start import open_window
from tests.window.conftest import need

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = """
import sys, time
from pathlib import Path
from emo.faces import EMOTIONS
from emo.live.corrections import Corrections
from emo.live.state import LiveSettings
from emo.window.start import open_window
from tests.window.shown import faces_at, shown_of

folder = Path(sys.argv[1])
window = open_window("opencv", LiveSettings(), EMOTIONS, Corrections(folder, "s"), folder / "outputs")
end = time.monotonic() + 30
index = 0
while not window.closed and time.monotonic() < end:
    index += 1
    window.show(shown_of(faces_at((10.0, 20.0, 60.0, 100.0), (100.0, 40.0, 130.0, 80.0)), index=index))
    if index == 5:
        print("shown", flush=True)
window.close()
window.close()
print("closed" if index and time.monotonic() < end else "timed out", flush=True)
"""


def test_keys_correct_and_quit_however_large_the_window(screen, tmp_path):
    need(shutil.which("xdotool") is not None, "needs xdotool (apt install xdotool)")
    environment = {name: value for name, value in os.environ.items() if name != "QT_QPA_PLATFORM"}
    environment |= {"DISPLAY": screen, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", PROGRAM, str(tmp_path)]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, env=environment, **pipes) as program:
        line = program.stdout.readline().strip()
        if line != "shown":
            error = program.communicate(timeout=30)[1]
            need("has no windows" not in error, "needs an OpenCV with windows, not the headless one")
            pytest.fail(f"{line}\n{error}")
        larger = ["search", "--name", "emo", "windowsize", "--sync", "800", "600"]  # than 640 x 480
        far = ["mousemove", "575", "300", "click", "1"]
        for does in (larger, [*far, "key", "3"], ["key", "q"]):
            subprocess.run(["xdotool", *does], check=True, env=environment, timeout=20)
            time.sleep(0.3)
        assert program.communicate(timeout=40)[0].strip() == "closed"
    assert [path.name.split("_")[-1] for path in sorted(tmp_path.glob("*.j*"))] == ["sad.jpg", "sad.json"]
    (label,) = tmp_path.glob("*.json")
    shape = json.loads(label.read_text())["shapes"][0]
    assert (shape["label"], shape["points"]) == ("sad", [[100, 40], [130, 80]])


@pytest.mark.skipif(sys.platform != "linux", reason="only there a variable names the screen")
def test_without_a_screen_one_line_says_so(monkeypatch):
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    with pytest.raises(UserError, match="no screen"):
        open_window("opencv", LiveSettings(), EMOTIONS)
