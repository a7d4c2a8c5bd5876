"""Open the window that the user has chosen."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from emo.errors import UserError
from emo.live.corrections import Corrections
from emo.live.state import Display, LiveSettings

KINDS = ("window", "opencv")


def open_window(
    kind: str,
    settings: LiveSettings,
    classes: Sequence[str],
    corrections: Corrections | None = None,
    outputs: Path = Path("outputs"),
    cameras: Sequence[int] = (),
) -> Display:
    """Open a window; the arguments are those of `emo.window.app.Window`.

    Args:
        kind: "window" (Tk) or "opencv".
        settings: changed by the window.
        classes: names of the emotions.
        corrections: where corrected frames go.
        outputs: folder of snapshots and recordings.
        cameras: numbers of those that can be chosen.

    Raises:
        UserError: there is no screen, or what the window is made of is not installed; the message says how to.
        ValueError: `kind` is neither.
    """
    if kind not in KINDS:
        raise ValueError(f"kind must be one of {KINDS}, not {kind!r}")
    if kind == "opencv":
        from emo.window.opencv import OpenCvWindow

        return OpenCvWindow(settings, classes, corrections, outputs)
    check_tk()
    from emo.window.app import Window

    return Window(settings, classes, corrections, outputs, cameras)


def check_tk() -> None:
    """Make sure that Tk can be imported.

    Raises:
        UserError: it cannot; the message says how to install it.
    """
    try:
        import tkinter  # noqa: F401

        from PIL import ImageTk  # noqa: F401
    except ImportError as error:
        raise UserError(f"this Python has no Tk ({error}); {_how_to_install()}; or display=opencv") from error


def _how_to_install() -> str:
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    if sys.platform == "darwin":
        return f"`brew install python-tk@{version}`"
    if sys.platform == "win32":
        return "run Python's installer again and tick `tcl/tk`"
    return (
        "`apt install python3-tk` or `dnf install python3-tkinter`, then make the virtual environment again"
    )
