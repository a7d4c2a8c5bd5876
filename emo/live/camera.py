"""Cameras and streams: a thread keeps the newest frame, and connects again when the camera is gone."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, Protocol

import cv2
import numpy as np
import numpy.typing as npt
from cv2_enumerate_cameras import enumerate_cameras

from emo.errors import UserError
from emo.live.source import Frame

# Windows: MSMF takes many seconds to open. Elsewhere the system's own is the one that keeps to what is asked for.
_BACKENDS = {"win32": cv2.CAP_DSHOW, "darwin": cv2.CAP_AVFOUNDATION}
_WAIT_S = 0.1  # for a frame, until the window gets a turn
_STALLED_S = 1.0  # without a frame, until the window says so
_RETRY_S = 1.0  # between two tries to connect again
_FAILURES = 3  # reads in a row until the camera counts as gone


class Capture(Protocol):
    """What is used of `cv2.VideoCapture`."""

    def isOpened(self) -> bool:  # noqa: D102
        ...

    def read(self) -> tuple[bool, Any]:  # noqa: D102
        ...

    def release(self) -> None:  # noqa: D102
        ...


def backend() -> int:
    """OpenCV's number of the back end for the cameras of this system."""
    return int(_BACKENDS.get(sys.platform, cv2.CAP_V4L2))


def cameras() -> dict[int, str]:
    """The cameras that are connected: number and name."""
    return {int(camera.index): str(camera.name) for camera in enumerate_cameras(backend())}


def open_capture(target: int | str, width: int, height: int, fps: float) -> Capture:
    """Open a camera by number, asking for a size and a rate, or a stream by address; it may not be open."""
    if isinstance(target, str):
        limits = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, 8000, cv2.CAP_PROP_READ_TIMEOUT_MSEC, 5000]
        return cv2.VideoCapture(target, cv2.CAP_FFMPEG, limits)
    capture = cv2.VideoCapture(target, backend())
    if not capture.isOpened():
        capture = cv2.VideoCapture(target)
    capture.set(cv2.CAP_PROP_FRAME_WIDTH, width)
    capture.set(cv2.CAP_PROP_FRAME_HEIGHT, height)
    capture.set(cv2.CAP_PROP_FPS, fps)
    capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)  # frames in the driver are frames too late
    return capture


def open_camera(
    target: int | str,
    width: int = 640,
    height: int = 480,
    fps: float = 30.0,
    say: Callable[[str], None] = print,
) -> Camera:
    """Open a camera or a stream, and say what was granted.

    Args:
        target: number of the camera or address of the stream.
        width: wished for, in pixels.
        height: wished for, in pixels.
        fps: wished for, in frames a second.
        say: takes one line.

    Raises:
        UserError: it cannot be opened.
    """
    capture = open_capture(target, width, height, fps)
    if not capture.isOpened():
        known = ", ".join(f"{number} ({name})" for number, name in cameras().items()) or "none"
        hint = f"cameras here: {known}" if isinstance(target, int) else "is it on, and the address right?"
        raise UserError(f"{_called(target)} cannot be opened; {hint}")
    assert isinstance(capture, cv2.VideoCapture)
    granted = [
        capture.get(key) for key in (cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT, cv2.CAP_PROP_FPS)
    ]
    asked = f" (asked for {width} x {height} at {fps:g})" if isinstance(target, int) else ""
    size = f"{granted[0]:.0f} x {granted[1]:.0f} at {granted[2]:g} frames/s"
    say(f"{_called(target)} by {capture.getBackendName()}: {size}{asked}")
    return Camera(target, capture, lambda: open_capture(target, width, height, fps), granted[2])


class Camera:
    """The newest frame of a camera or stream. Implements `Source`.

    Args:
        target: number of the camera or address of the stream.
        capture: is open.
        reopen: opens it again; what it gives may not be open.
        fps: as the camera says; 0 where it does not.
    """

    live, still = True, False
    frames: int | None = None

    def __init__(
        self, target: int | str, capture: Capture, reopen: Callable[[], Capture], fps: float = 0.0
    ) -> None:
        self.name = str(target)
        self.fps = fps if fps > 0 else None
        self.problems: list[str] = []
        self._called = _called(target)
        self._reopen = reopen
        self._newest: tuple[npt.NDArray[np.uint8], int, float] | None = None
        self._fresh = threading.Condition()
        self._stop = threading.Event()
        self._lost = False
        self._started_s = self._last_s = time.perf_counter()
        self._thread = threading.Thread(target=self._read_on, args=(capture,), name="camera", daemon=True)
        self._thread.start()

    @property
    def note(self) -> str:
        """Whether the camera is gone or silent."""
        if self._lost:
            return f"{self._called} lost, reconnecting"
        if time.perf_counter() - self._last_s > _STALLED_S:
            return f"no picture from {self._called}"
        return ""

    def __iter__(self) -> Iterator[Frame | None]:
        """The newest frame each time, None where there is no new one within a tenth of a second."""
        while not self._stop.is_set():
            with self._fresh:
                self._fresh.wait_for(lambda: self._newest is not None, timeout=_WAIT_S)
                newest, self._newest = self._newest, None
            if newest is None:
                yield None
                continue
            image, index, arrived_s = newest
            rgb = np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2RGB), np.uint8)
            yield Frame(rgb, index, arrived_s - self._started_s, self.name, arrived_s)

    def close(self) -> None:
        """Let go of the camera."""
        self._stop.set()
        self._thread.join(timeout=3)

    def _read_on(self, capture: Capture) -> None:
        index = failures = 0
        while not self._stop.is_set():
            ok, image = capture.read()
            arrived_s = time.perf_counter()
            if ok and image is not None:
                failures, self._lost, self._last_s = 0, False, arrived_s
                with self._fresh:
                    self._newest = (image, index, arrived_s)
                    self._fresh.notify()
                index += 1
                continue
            failures += 1
            if failures >= _FAILURES:
                capture, failures = self._connect_again(capture), 0
            else:
                self._stop.wait(0.02)
        capture.release()

    def _connect_again(self, capture: Capture) -> Capture:
        self._lost = True
        capture.release()  # or the system does not give it out again
        while not self._stop.wait(_RETRY_S):
            capture = self._reopen()
            if capture.isOpened():
                break
            capture.release()
        return capture


def _called(target: int | str) -> str:
    return f"camera {target}" if isinstance(target, int) else target
