"""Open Tk's root window and dress it, or say what is missing and how to get it."""

from __future__ import annotations

import gc
import sys
import tkinter as tk
from tkinter import ttk

from emo.errors import UserError

GROUND, RAISED, PRESSED, TEXT, DIM = "#1e1f22", "#35373d", "#4a4d55", "#ececec", "#a7abb3"
"""Colours of everything around the picture."""


def open_root(title: str) -> tk.Tk:
    """A dark, still empty window.

    Raises:
        UserError: there is no screen.
    """
    try:
        root = tk.Tk(className=title)
    except tk.TclError as error:
        linux = sys.platform.startswith("linux")
        hint = (
            "over ssh use `ssh -X`, on a server display=none"
            if linux
            else "log in to a desktop, or display=none"
        )
        raise UserError(f"no screen for a window ({error}); {hint}") from error
    root.title(title)
    root.configure(background=GROUND)
    _dress(root)
    return root


def end_root(root: tk.Tk) -> None:
    """Take a window away, with all that is in it.

    Its remains are collected at once, in this thread: Tk ends the whole program where another one does it later.
    """
    root.destroy()
    gc.collect()


def _dress(root: tk.Tk) -> None:
    """The one theme that looks alike on all systems, darkened, so that the picture stands out."""
    style = ttk.Style(root)
    style.theme_use("clam")
    style.configure(
        ".", background=GROUND, foreground=TEXT, bordercolor=RAISED, darkcolor=RAISED, lightcolor=RAISED
    )
    style.configure("Dim.TLabel", foreground=DIM)
    style.configure("TButton", background=RAISED, padding=(6, 2), width=0, relief="flat")
    style.map("TButton", background=[("active", PRESSED)])
    style.configure("TCheckbutton", indicatorcolor=RAISED, shadecolor=DIM, indicatormargin=(0, 3, 5, 1))
    style.element_create("tick", "from", "alt", "Checkbutton.indicator")  # clam's own is a cross
    style.layout("TCheckbutton", [("tick", {"side": "left"}), ("Checkbutton.label", {"side": "left"})])
    style.map("TCheckbutton", background=[("active", GROUND)], indicatorcolor=[("active", PRESSED)])
    style.configure("Horizontal.TScale", background=DIM, troughcolor=RAISED, sliderlength=16, gripcount=0)
    style.map("Horizontal.TScale", background=[("active", TEXT)])
    style.configure("TCombobox", fieldbackground=RAISED, background=RAISED, arrowcolor=TEXT)
    style.map("TCombobox", fieldbackground=[("readonly", RAISED)], foreground=[("readonly", TEXT)])


def colour_button(root: tk.Misc, style: str, colour: tuple[int, int, int]) -> None:
    """Define a style of button on a bright ground."""
    lighter = tuple((level + 255) // 2 for level in colour)
    ttk.Style(root).configure(style, background=_hex(colour), foreground="#141414")
    ttk.Style(root).map(style, background=[("active", _hex(lighter))])


def _hex(colour: tuple[int, ...]) -> str:
    return "#" + "".join(f"{level:02x}" for level in colour)
