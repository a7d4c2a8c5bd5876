"""Frames through the guide, to the window and the folder."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Protocol

from emo.capturing.guide import Cue, Guide
from emo.capturing.plan import NO_FACE
from emo.live.source import Source
from emo.view import ImageArray

_GOODBYE_S = 1.5  # the last words stay for so long
_PAUSE_S = 0.03  # between two looks at the keys


class Preview(Protocol):
    """Where the person sees themselves."""

    closed: bool

    def show(self, frame: ImageArray, cue: Cue) -> None:
        """Draw a frame, handle all pending events, and return at once."""

    def close(self) -> None:
        """Take it away; may be called twice."""


def run_capture(guide: Guide, source: Source, preview: Preview | None) -> None:
    """Take photos until all are there, the frames end, or the person quits.

    Args:
        guide: says what is wanted.
        source: a camera or a video.
        preview: None where nobody is looking.

    Raises:
        DataError: the folder cannot be written, or the disk is full.
    """
    last: tuple[ImageArray, Cue] | None = None
    done_at: float | None = None
    for frame in source:
        if frame is not None:
            last = frame.image, guide.step(frame.image, frame.time_s)
            if guide.done:
                done_at = frame.time_s if done_at is None else done_at
                if preview is None or frame.time_s - done_at >= _GOODBYE_S:
                    return
        if preview is None or last is None:
            continue
        _show(preview, last, source.note)
        while guide.paused and not source.live and not preview.closed:  # a file waits, a camera does not
            time.sleep(_PAUSE_S)
            preview.show(*last)
        if preview.closed:
            return


def _show(preview: Preview, last: tuple[ImageArray, Cue], note: str) -> None:
    frame, cue = last
    preview.show(frame, replace(cue, hint=note) if note else cue)


def report(guide: Guide) -> str:
    """What was done, and what is left to do, in a few lines for the terminal."""
    plan = guide.plan
    lines = [
        f"{len(guide.saved)} photos of {plan.person}, session {plan.session}, saved in {plan.folder}"
        f" (dropped: {guide.blurred} blurred, {guide.alike} alike)"
    ]
    missing = [
        f"{count} {'without a face' if label == NO_FACE else label}"
        for label, count in guide.wanted.items()
        if count
    ]
    if missing:
        lines.append(f"still wanted: {', '.join(missing)}; the same command goes on from here")
    else:
        lines.append(f"complete; look at the boxes: labelme {plan.folder}")
    return "\n".join(lines)
