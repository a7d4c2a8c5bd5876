"""The window of the demo, made of OpenCV's highgui: keys and clicks, for a Python without Tk."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

import cv2

from emo.drawing import text_height
from emo.errors import UserError
from emo.live.corrections import Corrections
from emo.live.state import LiveSettings, Shown
from emo.view import ImageArray
from emo.window.actions import Actions
from emo.window.message import PLAIN
from emo.window.plate import lay, plate
from emo.window.render import fit_of, render

_LEAST_HEIGHT = 480  # pixels, so that texts can be read over a small frame
_MOST_HEIGHT = 900
_NAMES = {27: "escape", 32: "space"}


class OpenCvWindow:
    """Shows frames and takes the same keys as the other window. Implements `Display`.

    Args:
        settings: changed in place.
        classes: names of the emotions.
        corrections: where corrected frames go; None where none are to be saved.
        outputs: folder of snapshots and recordings.
        title: of the window.

    Raises:
        UserError: there is no screen, or this OpenCV is built without windows.
    """

    def __init__(
        self,
        settings: LiveSettings,
        classes: Sequence[str],
        corrections: Corrections | None = None,
        outputs: Path = Path("outputs"),
        title: str = "emo",
    ) -> None:
        # Without a screen Qt ends the whole program instead of raising anything.
        if sys.platform.startswith("linux") and not (
            os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
        ):
            raise UserError("no screen for a window (DISPLAY is not set); on a server display=none")
        self.actions = Actions(settings, classes, corrections, outputs)
        self._title = title
        self._open = True
        self._size = (0, 0)
        try:
            cv2.namedWindow(title, cv2.WINDOW_NORMAL | cv2.WINDOW_GUI_NORMAL)
            cv2.setMouseCallback(title, self._on_mouse)
        except cv2.error as error:
            raise UserError(
                "this OpenCV has no windows; pip install opencv-python, or display=window"
            ) from error

    @property
    def closed(self) -> bool:
        """Whether the user closed it, or asked to quit."""
        return self.actions.closed

    def show(self, shown: Shown) -> None:
        """Draw a frame and handle the last key that was pressed."""
        if self.closed:
            return
        self.actions.update(shown)
        self._size = self._window_size(shown.frame)
        picture = render(self.actions, self._size)
        _say_speed(picture, shown)
        cv2.imshow(self._title, cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))
        key = cv2.waitKey(1) & 0xFF
        if key != 0xFF:  # none was pressed
            self.actions.press(_NAMES.get(key, chr(key)))
        if cv2.getWindowProperty(self._title, cv2.WND_PROP_VISIBLE) < 1:
            self.actions.quit()

    def close(self) -> None:
        """Take the window away; once more does nothing."""
        self.actions.closed = True
        if self._open:
            self._open = False
            cv2.destroyAllWindows()
            cv2.waitKey(1)  # or it stays on the screen until the program ends

    def _window_size(self, frame: ImageArray) -> tuple[int, int]:
        """Width and height in pixels: of the frame at first, then as the user likes it."""
        if self._size != (0, 0):
            width, height = cv2.getWindowImageRect(self._title)[2:]
            return (width, height) if min(width, height) > 1 else self._size
        high, wide = frame.shape[:2]
        scale = min(max(_LEAST_HEIGHT, high), _MOST_HEIGHT) / high
        size = max(round(wide * scale), 1), round(high * scale)
        cv2.resizeWindow(self._title, *size)
        return size

    def _on_mouse(self, event: int, x: int, y: int, *_: object) -> None:
        if self.actions.shown is None:
            return
        here = fit_of(self.actions, self._size).to_frame(x, y)
        self.actions.choice.pointer = here
        if event == cv2.EVENT_LBUTTONUP:
            self.actions.click(*here)


def _say_speed(picture: ImageArray, shown: Shown) -> None:
    """How fast it goes, and where the keys are to be found: this window has no place for it but the picture."""
    text = f"{shown.fps:.0f} frames/s   {shown.latency_ms:.0f} ms   h: help"
    patch = plate(text, text_height(picture), PLAIN)
    lay(picture, patch, 1, picture.shape[0] - patch.shape[0] - patch.shape[0] // 4)
