"""The real window on a screen that nobody sees: synthetic keys in, pixels and files out."""

import os
import shutil
import subprocess
import time

import numpy as np
import pytest

from emo.faces import EMOTIONS
from emo.live.corrections import Corrections
from emo.live.state import LiveSettings
from emo.window.start import open_window
from tests.window.conftest import need
from tests.window.seen import NEAR, Seen
from tests.window.shown import faces_at

FAR = (100.0, 40.0, 130.0, 80.0)
RED, BLUE = (200, 30, 30), (30, 30, 200)


@pytest.fixture
def seen(tk_screen, tmp_path):
    corrections = Corrections(tmp_path / "corrections", "20261122-2015")
    window = open_window(
        "window", LiveSettings(bars=False), EMOTIONS, corrections, tmp_path / "outputs", (0, 2)
    )
    window._root.focus_force()
    yield Seen(window, tk_screen, tmp_path)
    window.close()


def test_the_frame_is_on_the_screen_and_m_mirrors_it(seen):
    seen.show()
    picture = seen.picture()
    assert picture.shape[0] / picture.shape[1] == pytest.approx(0.75, abs=0.01)
    assert (tuple(picture[-9, 9]), tuple(picture[-9, -9])) == (RED, BLUE)
    seen.key("m")
    picture = seen.picture()
    assert (tuple(picture[-9, 9]), tuple(picture[-9, -9])) == (BLUE, RED)


def test_the_picture_scales_with_the_window(seen):
    seen.show()
    seen.root.geometry("1000x900")
    seen.show()
    picture = seen.picture()
    assert picture.shape[1] == 1000
    inside = (picture == RED).all(axis=2) | (picture == BLUE).all(axis=2)
    rows, columns = inside.nonzero()
    assert (np.ptp(columns) + 1, np.ptp(rows) + 1) == pytest.approx((1000, 750), abs=2)


@pytest.mark.parametrize("size", [(90, 160), (3840, 2160), (64, 48), (16, 700)])
def test_frames_of_any_shape_fit_on_the_screen(seen, size):
    seen.show(faces_at(), size=size)
    assert seen.root.winfo_width() <= 1280
    assert seen.root.winfo_height() <= 1024
    assert seen.canvas.winfo_height() >= 180


def test_a_digit_saves_a_correction(seen):
    seen.show()
    seen.key("2")
    ((shape,),) = [content["shapes"] for content in seen.saved()]
    assert shape["label"] == "happy"
    assert np.ravel(shape["points"]).tolist() == list(NEAR)
    seen.show()
    assert seen.widget("TLabel", "1 saved")
    seen.key("u")
    assert seen.saved() == []


def test_zero_saves_no_face_and_buttons_do_what_keys_do(seen):
    seen.show()
    seen.widget("TButton", "0  no face").invoke()
    assert [content["shapes"] for content in seen.saved()] == [[]]
    seen.show()
    seen.widget("TButton", "4  surprise").invoke()
    assert sorted(len(content["shapes"]) for content in seen.saved()) == [0, 1]
    seen.widget("TButton", "u  undo").invoke()
    assert [content["shapes"] for content in seen.saved()] == [[]]


@pytest.mark.parametrize("mirror", [False, True])
def test_the_clicked_face_is_named(seen, mirror):
    seen.settings.mirror = mirror
    both = faces_at(NEAR, FAR, tracks=[1, 2])
    seen.show(both)
    x, y = 115, 60
    seen.mouse((160 - x if mirror else x, y))
    seen.show(both)
    seen.key("3")
    ((first, second),) = [content["shapes"] for content in seen.saved()]
    assert (first["label"], second["label"], second["flags"]) == ("sad", "face", {"suggested": True})
    assert np.ravel(first["points"]).tolist() == list(FAR)


def test_the_face_nearest_to_the_pointer_is_named(seen):
    seen.show(faces_at(NEAR, FAR, tracks=[1, 2]))
    scale = seen.canvas.winfo_width() / 160
    seen.canvas.event_generate("<Motion>", x=round(90 * scale), y=round(60 * scale))
    seen.show(faces_at(NEAR, FAR, tracks=[1, 2]))
    seen.key("3")
    seen.canvas.event_generate("<Leave>")
    seen.show(faces_at(NEAR, FAR, tracks=[1, 2]))
    seen.key("2")
    shapes = [content["shapes"][0] for content in seen.saved()]
    assert [np.ravel(shape["points"]).tolist() for shape in shapes] == [list(FAR), list(NEAR)]


@pytest.mark.parametrize("mirror", [False, True])
def test_a_box_is_dragged_around_a_missed_face(seen, mirror):
    seen.settings.mirror = mirror
    seen.show(faces_at())
    seen.mouse(*[(160 - x if mirror else x, y) for x, y in ((60, 90), (50, 50), (20, 30))])
    seen.key("1")
    ((shape,),) = [content["shapes"] for content in seen.saved()]
    assert shape["label"] == "angry"
    assert np.ravel(shape["points"]) == pytest.approx([20, 30, 60, 90], abs=0.5)


def test_controls_and_settings_agree(seen):
    seen.show()
    seen.widget("TCheckbutton", "zoom").invoke()
    assert seen.settings.zoom is False
    seen.key("b")
    switch = seen.widget("TCheckbutton", "bars")
    assert switch.instate(["selected"]) is seen.settings.bars is True
    seen.key("space")
    assert seen.settings.paused
    assert seen.widget("TButton", "space  go on")
    smoothing, threshold = seen.widgets("TScale")
    threshold.set(0.7)
    assert seen.settings.threshold == pytest.approx(0.7)
    assert seen.settings.smoothing_s == 0.15
    smoothing.set(0)
    assert seen.settings.smoothing_s == 0


def test_a_camera_is_chosen_and_the_keys_still_work(seen):
    seen.show()
    (box,) = seen.widgets("TCombobox")
    assert box.get() == "camera 0", "the one that is on the screen"
    box.focus_force()
    box.set(box["values"][1])
    box.event_generate("<<ComboboxSelected>>")
    seen.show()
    assert seen.settings.camera == 2
    assert box.get() == "camera 2"
    seen.key("2")
    assert len(seen.saved()) == 1


def test_recording_shows_and_snapshot_writes(seen):
    seen.show()
    seen.key("r")
    seen.show()
    assert seen.settings.recording is not None
    assert (seen.picture() == (200, 30, 30)).all(axis=2)[:40, -120:].sum() > 300
    seen.key("s")
    assert [path.suffix for path in (seen.folder / "outputs").iterdir()] == [".png"]
    seen.settings.recording = None  # the loop could not go on
    seen.show()
    assert seen.widget("TButton", "r  record")


@pytest.mark.parametrize("key", ["q", "Q", "Escape"])
def test_keys_that_close(seen, key):
    seen.show()
    assert not seen.window.closed
    seen.key(key)
    assert seen.window.closed
    seen.show()
    seen.window.close()
    seen.window.close()


def test_the_button_of_the_window_manager_closes(seen):
    seen.show()
    seen.root.tk.eval(seen.root.tk.call("wm", "protocol", ".", "WM_DELETE_WINDOW"))
    assert seen.window.closed


def test_keys_with_control_are_somebody_elses(seen):
    seen.show()
    seen.root.event_generate("<Control-KeyPress-2>")
    seen.root.event_generate("<Control-KeyPress-q>")
    seen.show()
    assert seen.saved() == []
    assert not seen.window.closed


def test_an_error_in_a_key_ends_the_loop(seen, monkeypatch):
    seen.show()

    def fail(_):
        raise ZeroDivisionError

    monkeypatch.setattr(seen.window.actions, "press", fail)
    with pytest.raises(ZeroDivisionError):
        seen.key("s")


@pytest.mark.parametrize(("key", "emotion"), [("2", "happy"), ("KP_5", "neutral")])
def test_real_keys_of_the_x_server(seen, key, emotion):
    need(shutil.which("xdotool") is not None, "needs xdotool (apt install xdotool)")
    seen.show()
    environment = os.environ | {"DISPLAY": seen.display}
    x, y = seen.canvas.winfo_rootx() + 20, seen.canvas.winfo_rooty() + 20
    command = ["xdotool", "mousemove", str(x), str(y), "key", key]
    subprocess.run(command, check=True, env=environment, timeout=20)
    deadline = time.monotonic() + 10
    while not seen.saved() and time.monotonic() < deadline:
        seen.show(times=1)
    assert [content["shapes"][0]["label"] for content in seen.saved()] == [emotion]
