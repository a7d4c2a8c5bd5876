"""The window of a guided capture."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from tkinter import ttk

from emo.capturing.guide import Cue, Guide
from emo.capturing.picture import render_cue
from emo.view import ImageArray
from emo.window.canvas import PictureCanvas
from emo.window.root import end_root, open_root


class CaptureWindow:
    """Shows the preview with the guide's words, and lets the person pause, skip and take again.

    Args:
        guide: what the keys act on.
        mirror: show the picture as a mirror does.

    Raises:
        UserError: there is no screen.
    """

    def __init__(self, guide: Guide, mirror: bool) -> None:
        self.closed = False
        self._guide = guide
        self._mirror = mirror
        self._goal = sum(guide.plan.goal(label) for label in guide.plan.labels)
        self._last: tuple[ImageArray, Cue] | None = None
        self._error: BaseException | None = None
        self._root: tk.Tk | None = open_root("emo capture")
        self._strip = ttk.Frame(self._root, padding=(8, 5))
        self._strip.pack(side="bottom", fill="x")
        actions = {
            "space": ("pause", self._pause),
            "n": ("next expression", guide.skip),
            "u": ("take the last again", guide.retake),
            "q": ("quit, go on later", self._quit),
        }
        for key, (text, action) in actions.items():
            self._button(self._root, key, text, action)
        self._root.bind("<Escape>", lambda _: self._quit())
        self._root.protocol("WM_DELETE_WINDOW", self._quit)
        self._root.report_callback_exception = lambda kind, error, trace: self._keep(error)
        self._picture = PictureCanvas(self._root, self._draw)
        self._root.focus_set()

    def show(self, frame: ImageArray, cue: Cue) -> None:
        """Draw a frame and handle all pending events."""
        if self._root is None or self.closed:
            return
        if self._last is None:
            self._root.update_idletasks()  # or the strip does not know its size yet
            needed = self._strip.winfo_reqwidth(), self._strip.winfo_reqheight()
            self._picture.place(frame, needed)
        self._last = frame, cue
        self._draw()
        self._root.update()
        if self._error is not None:
            raise self._error

    def close(self) -> None:
        """Take the window away; once more does nothing."""
        self.closed = True
        if self._root is not None:
            self._picture.clear()
            end_root(self._root)
            self._root = None

    def _button(self, root: tk.Tk, key: str, text: str, action: Callable[[], None]) -> None:
        button = ttk.Button(self._strip, text=f"{key}  {text}", takefocus=False, command=action)
        button.pack(side="left", padx=(0, 3))
        root.bind(f"<Key-{key}>", lambda _: action())

    def _draw(self) -> None:
        if self._last is None or min(self._picture.size) < 2:
            return
        frame, cue = self._last
        share = 1 - cue.wanted_in_all / max(self._goal, 1)
        self._picture.draw(render_cue(frame, cue, self._picture.size, share, self._mirror))

    def _pause(self) -> None:
        self._guide.paused = not self._guide.paused

    def _quit(self) -> None:
        self.closed = True

    def _keep(self, error: BaseException) -> None:
        """Tk would print it and go on; `show` raises it instead."""
        self._error = error
