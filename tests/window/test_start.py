"""What is missing for a window is said in one line."""

import sys

import pytest

from emo.errors import UserError
from emo.faces import EMOTIONS
from emo.live.state import LiveSettings
from emo.window.start import open_window


def test_without_a_screen_one_line_says_what_to_do(monkeypatch):
    pytest.importorskip("tkinter")
    monkeypatch.setenv("DISPLAY", ":9999")
    with pytest.raises(UserError, match="no screen for a window") as caught:
        open_window("window", LiveSettings(), EMOTIONS)
    assert "display=none" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_without_tk_one_line_says_how_to_install_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "tkinter", None)
    with pytest.raises(
        UserError, match="apt install python3-tk" if sys.platform == "linux" else "Tk"
    ) as caught:
        open_window("window", LiveSettings(), EMOTIONS)
    assert "\n" not in str(caught.value)


def test_only_the_known_windows():
    with pytest.raises(ValueError, match="kind"):
        open_window("gtk", LiveSettings(), EMOTIONS)
