import contextlib
import re
import threading
import time

import cv2
import numpy as np
import pytest

from emo.errors import UserError
from emo.live import camera
from emo.live.camera import Camera, open_camera


class FakeCapture:
    """A camera that gives a frame when it is let to, and can be unplugged."""

    def __init__(self, plugged=True, every_s=0.005):
        self.plugged, self.every_s, self.count, self.released = plugged, every_s, 0, False
        self.silent = threading.Event()

    def isOpened(self):
        return self.plugged

    def read(self):
        time.sleep(self.every_s)
        while self.silent.is_set() and not self.released:
            time.sleep(0.005)
        if not self.plugged:
            return False, None
        self.count += 1
        return True, np.full((4, 4, 3), (self.count % 256, 0, 7), np.uint8)  # BGR

    def release(self):
        self.released = True


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    for name, value in {"_WAIT_S": 0.02, "_STALLED_S": 0.1, "_RETRY_S": 0.02}.items():
        monkeypatch.setattr(camera, name, value)


def until(frames, condition, seconds=5.0):
    end = time.perf_counter() + seconds
    for frame in frames:
        if condition(frame):
            return frame
        assert time.perf_counter() < end, "it never came"
    raise AssertionError("the camera ended")


def test_only_the_newest_frame_is_kept():
    capture = FakeCapture()
    source = Camera(0, capture, FakeCapture)
    frames = iter(source)
    first = until(frames, lambda frame: frame is not None)
    time.sleep(0.2)  # the reader is slow; the camera goes on
    second = until(frames, lambda frame: frame is not None)
    source.close()
    assert second.index > first.index + 10
    assert second.image[0, 0].tolist() == [7, 0, (second.index + 1) % 256]  # RGB
    assert time.perf_counter() - second.arrived_s < 0.3
    assert second.time_s > first.time_s + 0.15
    assert capture.released


def test_unplugged_says_so_and_connects_again():
    first, gone, back = FakeCapture(), FakeCapture(plugged=False), FakeCapture()
    queue = [gone, gone, back]
    source = Camera(3, first, lambda: queue.pop(0))
    frames = iter(source)
    before = until(frames, lambda frame: frame is not None)
    assert source.note == ""
    first.plugged = False
    until(frames, lambda frame: frame is None and source.note == "camera 3 lost, reconnecting")
    after = until(frames, lambda frame: frame is not None and frame.index > before.index and back.count > 0)
    assert source.note == ""
    assert after.time_s > before.time_s
    source.close()
    assert first.released
    assert back.released


def test_stalled_camera_is_noticed_while_it_blocks():
    capture = FakeCapture()
    source = Camera(0, capture, FakeCapture)
    frames = iter(source)
    until(frames, lambda frame: frame is not None)
    capture.silent.set()
    until(frames, lambda frame: frame is None and source.note == "no picture from camera 0")
    capture.silent.clear()
    until(frames, lambda frame: frame is not None and source.note == "")
    source.close()


def test_one_bad_frame_is_no_loss():
    capture = FakeCapture()
    read, bad = capture.read, [True]
    capture.read = lambda: (False, None) if bad and bad.pop() else read()
    source = Camera(0, capture, lambda: pytest.fail("must not reconnect"))
    until(iter(source), lambda frame: frame is not None)
    source.close()


def test_camera_that_is_not_there_says_which_are(monkeypatch):
    monkeypatch.setattr(camera, "open_capture", lambda *_: FakeCapture(plugged=False))
    monkeypatch.setattr(camera, "cameras", lambda: {1: "USB Camera"})
    with pytest.raises(UserError, match=r"camera 0 cannot be opened; cameras here: 1 \(USB Camera\)"):
        open_camera(0)
    with pytest.raises(UserError, match="rtsp://nowhere"):
        open_camera("rtsp://nowhere/x")


def test_what_is_granted_is_said(monkeypatch, clip):
    monkeypatch.setattr(camera, "open_capture", lambda *_: cv2.VideoCapture(str(clip)))
    said = []
    with contextlib.closing(open_camera(0, 1280, 720, 60, said.append)) as opened:
        assert opened.fps == 20
    assert len(said) == 1
    assert re.fullmatch(r"camera 0 by \w+: 160 x 120 at 20 frames/s \(asked for 1280 x 720 at 60\)", said[0])


@pytest.mark.parametrize(("platform", "name"), [("win32", 700), ("darwin", 1200), ("linux", 200)])
def test_back_end_of_each_system(monkeypatch, platform, name):
    monkeypatch.setattr(camera.sys, "platform", platform)
    assert camera.backend() == name
