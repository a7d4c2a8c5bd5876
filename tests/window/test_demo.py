"""`python demo.py` as its user knows it: the real window, real keys, and the files that are there afterwards."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import cv2
import pytest
import torch

from emo.faces import EMOTIONS
from tests.runtime.conftest import save_network, small_network
from tests.window.conftest import need

ROOT = Path(__file__).resolve().parents[2]


class Demo:
    """The program, and a keyboard before its window."""

    def __init__(self, folder, display, *overrides) -> None:
        self.folder = folder
        self._environment = os.environ | {"DISPLAY": display}
        command = [sys.executable, str(ROOT / "demo.py"), "source=sample", *overrides]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        self.program = subprocess.Popen(command, cwd=folder, env=self._environment, **pipes)

    def key(self, key, before) -> None:
        """Press it until the files say that it was taken: a window that just opens takes none."""
        end = time.monotonic() + 120
        command = ["xdotool", "mousemove", "200", "200", "key", key]
        while not before() and self.program.poll() is None:
            if time.monotonic() > end:
                self.program.kill()
            subprocess.run(command, check=True, env=self._environment, timeout=60)
            again = time.monotonic() + 1.0
            while time.monotonic() < again and not before():
                time.sleep(0.05)
        assert before(), self.program.communicate()

    def files(self, pattern) -> list[Path]:
        return sorted(self.folder.glob(pattern))

    def end(self) -> tuple[int, str, str]:
        said, complained = self.program.communicate(timeout=60)
        return self.program.returncode, said, complained


@pytest.fixture
def demo(tk_screen, tmp_path):
    need(shutil.which("xdotool") is not None, "needs xdotool (apt install xdotool)")
    network = small_network()
    for values in network.box_head[-1].parameters():
        torch.nn.init.zeros_(values)  # every face is in the middle
    checkpoint = save_network(tmp_path / "small.ckpt", network)
    demo = Demo(tmp_path, tk_screen, f"checkpoint={checkpoint}", "threshold.presence=0", "table=faces.csv")
    yield demo
    if demo.program.poll() is None:
        demo.program.kill()
        demo.program.communicate()


def test_correct_record_and_quit(demo):
    demo.key("2", lambda: demo.files("data/corrections/*.json"))
    demo.key("s", lambda: demo.files("outputs/*.png"))
    demo.key("r", lambda: demo.files("outputs/*.mp4") or demo.files("outputs/.*"))
    time.sleep(1.0)
    demo.key("q", lambda: demo.program.poll() is not None)
    code, said, complained = demo.end()
    assert (code, "Traceback" in complained) == (0, False), complained
    assert "frames/s" in said
    content = json.loads(demo.files("data/corrections/*.json")[0].read_text())
    assert [shape["label"] for shape in content["shapes"]] == ["happy"]
    (video,) = demo.files("outputs/*.mp4")
    capture = cv2.VideoCapture(str(video))
    complete, frame = capture.read()
    assert complete
    assert frame.shape[:2] == (content["imageHeight"], content["imageWidth"])
    rows = demo.files("faces.csv")[0].read_text().splitlines()
    assert len(rows) > 5
    assert rows[0].endswith(",".join(EMOTIONS))


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signals_end_it_cleanly(demo, number):
    demo.key("2", lambda: demo.files("data/corrections/*.json"))
    demo.program.send_signal(number)
    code, _, complained = demo.end()
    assert "Traceback" not in complained
    assert code in (0, 128 + number)
    assert len(demo.files("faces.csv")[0].read_text().splitlines()) > 1
    assert not demo.files("**/.*.part")
