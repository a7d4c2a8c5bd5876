"""The preview of a guided capture on a screen that nobody sees."""

import numpy as np
import pytest
from PIL import ImageGrab

from emo.capturing.guide import Cue, Guide, Pace
from emo.capturing.picture import render_cue
from emo.capturing.plan import NO_FACE, Plan
from emo.capturing.run import run_capture
from emo.capturing.window import CaptureWindow
from emo.drawn.clip import render_clip
from emo.faces import EMOTIONS
from emo.live.source import Frame
from tests.window.test_render import contains

FPS = 10
QUICK = Pace(countdown=0.5, every=0.2, patience=2.0, sharpness=0.3, difference=0.5)
BOX = (100.0, 50.0, 200.0, 180.0)


class Clip:
    """A source made of frames; runs what is to happen before each of them."""

    name, live, still, note, problems = "clip", False, False, "", ()

    def __init__(self, frames, before=lambda index: None) -> None:
        self.frames, self._before = frames, before

    def __iter__(self):
        for index, image in enumerate(self.frames):
            self._before(index)
            yield Frame(image, index, index / FPS, "clip", 0.0)
            yield None

    def close(self) -> None:
        pass


@pytest.fixture(scope="module")
def frames():
    return [image for image, _ in render_clip(3, 6, FPS, (320, 240))]


@pytest.fixture
def guide(tmp_path) -> Guide:
    return Guide(Plan(tmp_path, "anna", "1", EMOTIONS, 2, 1), lambda _: BOX, QUICK)


@pytest.fixture
def window(tk_screen, guide):
    window = CaptureWindow(guide, mirror=True)
    window._root.focus_force()
    yield window
    window.close()


def test_a_session_before_the_window(window, guide, frames, tmp_path):
    run_capture(guide, Clip(frames + frames[-1:] * 30), window)
    assert guide.done
    assert len(list(tmp_path.glob("*.json"))) == 11
    assert not window.closed


def test_the_preview_is_mirrored_and_on_the_screen(window, guide, frames, tk_screen):
    run_capture(guide, Clip(frames[:3]), window)
    canvas = window._picture.canvas
    x, y, (width, height) = canvas.winfo_rootx(), canvas.winfo_rooty(), window._picture.size
    seen = np.asarray(ImageGrab.grab((x, y, x + width, y + height), xdisplay=tk_screen).convert("RGB"))
    expected = render_cue(*window._last, (width, height), 0.0, True)
    np.testing.assert_array_equal(seen, expected)


def test_keys_pause_skip_retake_and_quit(window, guide, frames):
    paused = []

    def go_on():
        paused.append((guide.paused, len(guide.saved)))
        window._root.event_generate("<Key-space>")

    def press(index):
        if index == 2:
            window._root.event_generate("<Key-n>")
        if index == 12:
            window._root.event_generate("<Key-space>")
            window._root.after(100, go_on)
        if index == 30:
            assert [label for label, _ in guide.saved[:2]] == ["happy", "happy"]
            window._root.event_generate("<Key-u>")
        if index == 50:
            window._root.event_generate("<Key-q>")

    run_capture(guide, Clip(frames, press), window)
    assert window.closed
    assert [was for was, _ in paused] == [True], "a video waits while paused"
    assert guide.wanted["angry"] == 2, "it was skipped"
    assert all(photo.image.is_file() for _, photo in guide.saved)


@pytest.mark.parametrize("window_size", [(640, 480), (240, 700), (1600, 200)])
@pytest.mark.parametrize("label", ["happy", NO_FACE, ""])
def test_the_words_are_whole_and_not_mirrored(frames, window_size, label):
    cue = Cue(label, "Be surprised: brows up, mouth open", "chin up", 3, 5, 12, BOX if label else None, None)
    plain, mirrored = (render_cue(frames[0], cue, window_size, 0.4, mirror) for mirror in (False, True))
    assert plain.shape == (window_size[1], window_size[0], 3)
    assert (plain != mirrored).any()
    top = slice(0, 2)
    np.testing.assert_array_equal(plain[-2:], mirrored[-2:], "the bar grows from the left in both")
    assert plain[top].shape == mirrored[top].shape


def test_it_says_how_many_are_wanted(frames):
    cue = Cue("happy", "Smile", "", 0, 5, 12, BOX, None)
    picture = render_cue(frames[0], cue, (320, 240), 0.0, True)
    assert contains(picture, "5 more happy", 9, (240, 228, 66))
    assert contains(picture, "12 in all", 9, (230, 230, 230))
