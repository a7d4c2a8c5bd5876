"""Frames through the guide, to the window and the folder."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from emo.capturing.guide import Cue, Guide
from emo.capturing.plan import NO_FACE
from emo.view import ImageArray

_GOODBYE_S = 1.5  # the last words stay for so long


class Preview(Protocol):
    """Where the person sees themselves."""

    closed: bool

    def show(self, frame: ImageArray, cue: Cue) -> None:
        """Draw a frame, handle all pending events, and return at once."""


def run_capture(guide: Guide, frames: Iterable[tuple[ImageArray, float]], preview: Preview | None) -> None:
    """Take photos until all are there, the frames end, or the person quits.

    Args:
        guide: says what is wanted.
        frames: H x W x 3 RGB each, with its time in seconds.
        preview: None where nobody is looking.

    Raises:
        DataError: the folder cannot be written, or the disk is full.
    """
    done_at: float | None = None
    for frame, time_s in frames:
        cue = guide.step(frame, time_s)
        if preview is not None:
            preview.show(frame, cue)
            if preview.closed:
                return
        if guide.done:
            done_at = time_s if done_at is None else done_at
            if preview is None or time_s - done_at >= _GOODBYE_S:
                return


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
