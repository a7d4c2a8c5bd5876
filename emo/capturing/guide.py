"""Leads a person through the expressions. Knows frames and times only: no camera, no window, no clock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil

from emo.capturing.plan import NO_FACE, Plan
from emo.capturing.prompts import ALIKE, BLURRED, PAUSED, UNSEEN, move_of, prompt_of
from emo.capturing.quality import Box, Sharpness, Variety, sharpness
from emo.data.labels import LabelledFace
from emo.data.new_photo import NewPhoto
from emo.view import ImageArray

Find = Callable[[ImageArray], Box | None]
"""The face of a frame: x1, y1, x2, y2 in pixels, or None where the model sees none."""


@dataclass(frozen=True)
class Pace:
    """How a burst goes; all times in seconds.

    Args:
        countdown: before the first photo of each expression.
        every: between two photos of a burst.
        patience: a burst without a photo for so long is given up; a later run asks for the rest again.
        sharpness: see `Sharpness`.
        difference: see `Variety`.
    """

    countdown: float = 3.0
    every: float = 0.35
    patience: float = 10.0
    sharpness: float = 0.5
    difference: float = 4.0


@dataclass(frozen=True)
class Cue:
    """What the person in front of the camera is to see with this frame.

    Args:
        label: of the photos now, an emotion or `NO_FACE`; empty at the end.
        prompt: what to do.
        hint: how to move, or what is wrong with the frames.
        countdown: whole seconds until the burst begins, 0 within it.
        wanted: photos of this label that are still missing.
        wanted_in_all: of all labels.
        box_xyxy: where the face is taken to be; None without a face.
        saved: the photo that this frame became.
    """

    label: str
    prompt: str
    hint: str
    countdown: int
    wanted: int
    wanted_in_all: int
    box_xyxy: Box | None
    saved: NewPhoto | None


class Guide:
    """One run through what a plan still wants.

    Args:
        plan: what is wanted, and where it is saved.
        find: finds the face; where it finds none, the box is a guess in the middle.
        pace: of the bursts.

    Attributes:
        wanted: label -> photos that are missing.
        blurred: frames that were dropped as blurred.
        alike: frames that were dropped as too much like a kept one.
        saved: label and photo of all that this run has kept.
        paused: set by the person; the countdown begins again afterwards.
    """

    def __init__(self, plan: Plan, find: Find, pace: Pace) -> None:
        self.plan = plan
        self.wanted = {label: max(0, plan.goal(label) - plan.taken(label)) for label in plan.labels}
        self.blurred = self.alike = 0
        self.saved: list[tuple[str, NewPhoto]] = []
        self.paused = False
        self._find = find
        self._pace = pace
        self._left = [label for label in plan.labels if self.wanted[label]]
        self._variety = Variety(pace.difference)
        self._sharpness = {kind: Sharpness(pace.sharpness) for kind in ("face", "room")}
        self._due: float | None = None  # time of the next photo; None before the countdown
        self._begin = 0.0  # of the burst
        self._hint = ""

    @property
    def done(self) -> bool:
        """Whether nothing is left to ask for in this run."""
        return not self._left

    def step(self, frame: ImageArray, time_s: float) -> Cue:
        """Look at the next frame, and keep it where it is wanted and good.

        Args:
            frame: H x W x 3 RGB, not mirrored.
            time_s: its time; never goes back.

        Raises:
            DataError: the folder cannot be written, or the disk is full.
        """
        if self.done:
            return Cue("", "Done. Thank you!", "", 0, 0, sum(self.wanted.values()), None, None)
        label = self._left[0]
        found = None if label == NO_FACE else self._find(frame)
        box = None if label == NO_FACE else found or _middle(frame)
        kind = "room" if label == NO_FACE else "face"
        sharp = self._sharpness[kind].passes(sharpness(frame, box))
        if self._due is None or self.paused:
            self._begin = self._due = time_s + self._pace.countdown
            self._hint = ""
        late = time_s - self._due
        saved = self._consider(frame, time_s, late, box, sharp) if late >= 0 else None
        hint = PAUSED if self.paused else self._hint
        if label != NO_FACE and found is None and not hint:
            hint = UNSEEN
        to_go = max(0, ceil(self._begin - time_s))
        wanted = self.wanted[label]
        return Cue(label, prompt_of(label), hint, to_go, wanted, sum(self.wanted.values()), box, saved)

    def skip(self) -> None:
        """Go on to the next label; a later run asks for this one again."""
        if self._left:
            self._left.pop(0)
            self._due = None
            self._hint = ""
            self._variety.clear()

    def retake(self) -> None:
        """Delete the last burst and take it again.

        Raises:
            UserError: somebody has worked on one of its photos since; that one and those before it stay.
        """
        if not self.saved:
            return
        label = self.saved[-1][0]
        while self.saved and self.saved[-1][0] == label:
            self.saved.pop()[1].delete()
            self.wanted[label] += 1
        self._left = [label, *(other for other in self._left if other != label)]
        self._due = None
        self._variety.clear()

    def _consider(
        self, frame: ImageArray, time_s: float, late: float, box: Box | None, sharp: bool
    ) -> NewPhoto | None:
        """Keep a frame that is due, if it is good; give up where none was for too long."""
        label = self._left[0]
        if late > self._pace.patience:
            self.skip()
        elif not sharp:
            self.blurred += 1
            self._hint = BLURRED
        elif not self._variety.passes(frame, box):
            self.alike += 1
            self._hint = ALIKE
        else:
            face = None if box is None else LabelledFace(box, label, suggested=True)
            return self._keep(label, frame, face, time_s)
        return None

    def _keep(self, label: str, frame: ImageArray, face: LabelledFace | None, time_s: float) -> NewPhoto:
        photo = self.plan.save(label, frame, face)
        self.saved.append((label, photo))
        self._variety.keep(frame)
        self.wanted[label] -= 1
        self._due = time_s + self._pace.every
        self._hint = move_of(label, self.plan.goal(label) - self.wanted[label])
        if not self.wanted[label]:
            self.skip()
        return photo


def _middle(frame: ImageArray) -> Box:
    """Where a face before a webcam usually is: a third of the frame high, somewhat above the middle."""
    height, width = frame.shape[:2]
    tall = 0.45 * min(height, width)
    x, y = width / 2, height * 0.45
    return x - 0.38 * tall, y - tall / 2, x + 0.38 * tall, y + tall / 2
