"""The window of the demo, made of Tk."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

from emo.live.corrections import Corrections
from emo.live.state import LiveSettings, Shown
from emo.window.actions import Actions
from emo.window.canvas import PictureCanvas
from emo.window.controls import Controls
from emo.window.render import fit_of, render
from emo.window.root import end_root, open_root

_CONTROL = 0x4  # in the state of a key's event
_DRAG = 8  # pixels that the mouse moves before a click becomes a box


class Window:
    """Shows frames and lets its user mend what the network says about them. Implements `Display`.

    All in the main thread: `show` draws a frame, handles what was pressed meanwhile, and returns.

    Args:
        settings: changed in place.
        classes: names of the emotions.
        corrections: where corrected frames go; None where none are to be saved.
        outputs: folder of snapshots and recordings.
        cameras: numbers of those that can be chosen while it runs.
        title: of the window.

    Raises:
        UserError: there is no screen.
    """

    def __init__(
        self,
        settings: LiveSettings,
        classes: Sequence[str],
        corrections: Corrections | None = None,
        outputs: Path = Path("outputs"),
        cameras: Sequence[int] = (),
        title: str = "emo",
    ) -> None:
        self.actions = Actions(settings, classes, corrections, outputs)
        self._root: tk.Tk | None = open_root(title)
        self._error: BaseException | None = None
        self._drag_from: tuple[int, int] | None = None
        self._controls = Controls(self._root, self.actions, cameras)
        self._picture = PictureCanvas(self._root, self._draw)
        self._bind(self._root)

    @property
    def closed(self) -> bool:
        """Whether the user closed it, or asked to quit."""
        return self.actions.closed

    def show(self, shown: Shown) -> None:
        """Draw a frame and handle all pending events."""
        if self.closed or self._root is None:
            return
        if self.actions.shown is None:
            self._root.update_idletasks()  # or the controls do not know their size yet
            self._picture.place(shown.frame, self._controls.size)
        self.actions.update(shown)
        self._draw()
        self._root.update()
        if self._error is not None:
            raise self._error

    def close(self) -> None:
        """Take the window away; once more does nothing."""
        self.actions.closed = True
        if self._root is not None:
            self._picture.clear()
            end_root(self._root)
            self._root = None

    def _bind(self, root: tk.Tk) -> None:
        root.protocol("WM_DELETE_WINDOW", self.actions.quit)
        root.report_callback_exception = self._keep_error
        root.bind("<Key>", self._on_key)
        canvas = self._picture.canvas
        canvas.bind("<ButtonPress-1>", self._on_press)
        canvas.bind("<Motion>", self._on_motion)
        canvas.bind("<Leave>", self._on_leave)
        canvas.bind("<ButtonRelease-1>", self._on_release)
        root.focus_set()

    def _keep_error(
        self, kind: type[BaseException], error: BaseException, traceback: TracebackType | None
    ) -> None:
        """Tk would print it and go on; `show` raises it instead."""
        self._error = error

    def _draw(self) -> None:
        if self.actions.shown is None or min(self._picture.size) < 2:
            return
        self._picture.draw(render(self.actions, self._picture.size))
        self._controls.refresh(self.actions.shown)

    def _on_key(self, event: tk.Event[tk.Misc]) -> None:
        if not int(event.state) & _CONTROL:
            self.actions.press(event.char if event.char.isalnum() else event.keysym)

    def _on_press(self, event: tk.Event[tk.Misc]) -> None:
        self._drag_from = (event.x, event.y)

    def _on_motion(self, event: tk.Event[tk.Misc]) -> None:
        if self.actions.shown is None:
            return
        fit = fit_of(self.actions, self._picture.size)
        here = fit.to_frame(event.x, event.y)
        self.actions.choice.pointer = here
        if self._drag_from is not None:
            x, y = self._drag_from
            if max(abs(event.x - x), abs(event.y - y)) >= _DRAG:
                self.actions.draw_box(fit.to_frame(x, y), here)

    def _on_leave(self, event: tk.Event[tk.Misc]) -> None:
        self.actions.choice.pointer = None

    def _on_release(self, event: tk.Event[tk.Misc]) -> None:
        if self._drag_from is None or self.actions.shown is None:
            return
        x, y = self._drag_from
        self._drag_from = None
        if max(abs(event.x - x), abs(event.y - y)) < _DRAG:
            fit = fit_of(self.actions, self._picture.size)
            self.actions.click(*fit.to_frame(event.x, event.y))
