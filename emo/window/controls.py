"""The strip below the picture: the right emotions, what can be switched and set, and how fast it goes."""

from __future__ import annotations

import time
import tkinter as tk
from collections.abc import Callable, Sequence
from functools import partial
from tkinter import ttk

from emo.drawing import emotion_colour
from emo.live.state import Shown
from emo.window.actions import Actions
from emo.window.root import colour_button

_REFRESH_S = 0.25  # a figure that changes with every frame cannot be read
_GAP = 3  # pixels
_TEXTS = ("saved", "pause", "record", "source", "camera", "speed")


class Controls:
    """Tk widgets that press keys and set settings; what the keys do shows in the widgets too.

    Args:
        parent: the strip goes to its bottom.
        actions: what the buttons do, and the settings.
        cameras: numbers to choose from; fewer than two are no choice.
    """

    def __init__(self, parent: tk.Misc, actions: Actions, cameras: Sequence[int]) -> None:
        self._actions = actions
        self._settings = actions.settings
        self._refreshed = -_REFRESH_S
        self._switches: dict[str, tk.BooleanVar] = {}
        self._texts = {name: tk.StringVar(parent) for name in _TEXTS}
        self._strip = ttk.Frame(parent, padding=(8, 5))
        self._strip.pack(side="bottom", fill="x")
        if actions.corrections is not None:
            self._add_corrections(self._row())
        self._add_buttons(self._row())
        self._add_scales(self._row(), cameras)
        self._add_status(self._row())

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels that it needs."""
        return self._strip.winfo_reqwidth(), self._strip.winfo_reqheight()

    def refresh(self, shown: Shown) -> None:
        """Show what is so now."""
        for name, switch in self._switches.items():
            if switch.get() != getattr(self._settings, name):
                switch.set(getattr(self._settings, name))
        for name, text in (
            ("pause", "go on" if self._settings.paused else "pause"),
            ("record", self._record()),
        ):
            self._texts[name].set(f"{'space' if name == 'pause' else 'r'}  {text}")
        corrections = self._actions.corrections
        if corrections is not None:
            self._texts["saved"].set(f"{len(corrections)} saved" if len(corrections) else "")
        now = time.monotonic()
        if now - self._refreshed >= _REFRESH_S:
            self._refreshed = now
            height, width = shown.frame.shape[:2]
            source = f"camera {shown.source}" if shown.source.isdecimal() else shown.source
            self._texts["source"].set(f"{source}   {width} x {height}")
            if self._settings.camera is None:  # or the one that was chosen, until it is open
                self._texts["camera"].set(source)
            self._texts["speed"].set(f"{shown.fps:.0f} frames/s   {shown.latency_ms:.0f} ms")

    def _record(self) -> str:
        return "record" if self._settings.recording is None else "stop"

    def _row(self) -> ttk.Frame:
        row = ttk.Frame(self._strip)
        row.pack(fill="x", pady=2)
        return row

    def _add_corrections(self, row: ttk.Frame) -> None:
        ttk.Label(row, text="Wrong? It is").pack(side="left", padx=(0, 2 * _GAP))
        for number, name in enumerate(self._actions.classes[:9], 1):
            colour_button(row, f"{name}.TButton", emotion_colour(name, self._actions.classes))
            self._button(row, str(number), f"{number}  {name}", f"{name}.TButton")
        self._button(row, "0", "0  no face")
        self._button(row, "u", "u  undo")
        ttk.Label(row, textvariable=self._texts["saved"], style="Dim.TLabel", width=8, anchor="e").pack(
            side="right"
        )

    def _add_buttons(self, row: ttk.Frame) -> None:
        self._button(row, "space", self._texts["pause"])
        self._button(row, "s", "s  snapshot")
        self._button(row, "r", self._texts["record"])
        self._button(row, "h", "h  help")
        for name, text in (("bars", "bars"), ("mirror", "mirror"), ("zoom", "zoom")):
            self._switches[name] = tk.BooleanVar(row, getattr(self._settings, name))
            switch = ttk.Checkbutton(row, text=text, variable=self._switches[name], takefocus=False)
            switch.configure(command=partial(self._switch, name))
            switch.pack(side="right", padx=_GAP)

    def _add_scales(self, row: ttk.Frame, cameras: Sequence[int]) -> None:
        self._scale(row, "smoothing_s", "smoothing", 1.0, lambda value: f"{value:.2f} s")
        self._scale(row, "threshold", "unsure below", 0.95, lambda value: f"{value:.0%}")
        if len(cameras) > 1:
            names = [f"camera {number}" for number in cameras]
            box = ttk.Combobox(row, values=names, state="readonly", width=9, takefocus=False)
            box.configure(textvariable=self._texts["camera"])
            box.bind("<<ComboboxSelected>>", lambda _: self._choose_camera(box))
            box.pack(side="right")

    def _add_status(self, row: ttk.Frame) -> None:
        ttk.Label(row, textvariable=self._texts["speed"], style="Dim.TLabel").pack(side="right")
        ttk.Label(row, textvariable=self._texts["source"], style="Dim.TLabel").pack(side="left")

    def _button(self, row: ttk.Frame, key: str, text: str | tk.StringVar, style: str = "TButton") -> None:
        button = ttk.Button(row, style=style, takefocus=False, command=partial(self._actions.press, key))
        if isinstance(text, str):
            button.configure(text=text)
        else:
            button.configure(textvariable=text)
        button.pack(side="left", padx=(0, _GAP))

    def _scale(self, row: ttk.Frame, name: str, text: str, most: float, say: Callable[[float], str]) -> None:
        value = float(getattr(self._settings, name))
        said = tk.StringVar(row, say(value))

        def change(to: str) -> None:
            setattr(self._settings, name, float(to))
            said.set(say(float(to)))

        ttk.Label(row, text=text).pack(side="left", padx=(0, 2 * _GAP))
        scale = ttk.Scale(
            row, from_=0.0, to=max(most, value), value=value, length=110, takefocus=False, command=change
        )
        scale.pack(side="left")
        ttk.Label(row, textvariable=said, width=7, style="Dim.TLabel").pack(side="left", padx=(_GAP, 12))

    def _switch(self, name: str) -> None:
        setattr(self._settings, name, self._switches[name].get())

    def _choose_camera(self, box: ttk.Combobox) -> None:
        self._settings.camera = int(box.get().split()[1])
        box.selection_clear()
        box.winfo_toplevel().focus_set()  # or the digits would go to the list instead of the emotions
