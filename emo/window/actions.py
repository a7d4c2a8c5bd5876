"""What the keys and the mouse do, whatever the window is made of."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from emo.drawing import Colour, emotion_colour
from emo.errors import UserError
from emo.live.corrections import Box, Corrections
from emo.live.state import LiveSettings, Shown
from emo.window.choice import Choice
from emo.window.message import BAD, GOOD, Message
from emo.window.snapshot import free_name, save_snapshot

KEYS = (
    ("1 2 3 ...", "name the right emotion: saves the picture to train on"),
    ("0", "this is no face: saves the picture without it"),
    ("u", "undo: deletes the picture saved last"),
    ("point, click", "choose one of several faces; a click keeps to it"),
    ("drag", "draw the box of a face that was missed, or boxed badly"),
    ("space", "pause"),
    ("s", "snapshot"),
    ("r", "record a video; again: stop"),
    ("m", "mirror"),
    ("b", "bars"),
    ("h", "this help"),
    ("q, Esc", "quit"),
)
"""The keys, and what each does; for the help."""

_REPEATS = 0.8  # seconds: keyboards repeat a key sooner than that


class Actions:
    """What a window knows beside the loop's settings, and all that changes either.

    Args:
        settings: changed in place.
        classes: names of the emotions, in the order of the keys 1, 2, ...
        corrections: where corrected frames go; None where none are to be saved.
        outputs: folder of snapshots and recordings.
        clock: seconds.

    Attributes:
        shown: the frame that is to be seen.
        drawn_box: of a face that the user has drawn, in pixels of that frame, which stands still meanwhile.
        help: whether the help is to be seen.
        closed: whether the user has quit.
    """

    def __init__(
        self,
        settings: LiveSettings,
        classes: Sequence[str],
        corrections: Corrections | None,
        outputs: Path,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.settings = settings
        self.classes = tuple(classes)
        self.corrections = corrections
        self.message = Message(clock)
        self.choice = Choice()
        self.shown: Shown | None = None
        self.drawn_box: Box | None = None
        self.help = False
        self.closed = False
        self._outputs = outputs
        self._clock = clock
        self._last_key, self._last_time = "", 0.0
        self._keys: dict[str, Callable[[], None]] = {
            "q": self.quit,
            "escape": self.escape,
            "space": self.pause,
            "s": self.snapshot,
            "r": self.record,
            "m": self.mirror,
            "b": self.bars,
            "h": self.toggle_help,
            "u": self.undo,
            "0": self.no_face,
        }
        for number, name in enumerate(self.classes[:9], 1):
            self._keys[str(number)] = partial(self.correct, name)

    def update(self, shown: Shown) -> None:
        """Take the next frame, unless the user is drawing on the last one."""
        if self.drawn_box is None:
            self.shown = shown

    def press(self, key: str) -> None:
        """Do what a key says: a sign, "space" or "escape"; other keys do nothing. A UserError is shown."""
        action, now = self._keys.get(key.lower()), self._clock()
        held = self._last_key == key and now - self._last_time < _REPEATS
        self._last_key, self._last_time = key, now
        if action is None or (held and key.isdecimal()):  # a held digit must not fill the folder
            return
        try:
            action()
        except UserError as error:
            self.message.say(str(error), BAD)

    def quit(self) -> None:
        """The loop ends after this frame."""
        self.closed = True

    def escape(self) -> None:
        """Leave the help or the drawn box; else quit."""
        if self.help or self.drawn_box is not None:
            self.help, self.drawn_box = False, None
        else:
            self.quit()

    def pause(self) -> None:
        """Stop, and go on."""
        self.settings.paused = not self.settings.paused

    def mirror(self) -> None:
        """Mirror the picture on the screen; files are never mirrored."""
        self.settings.mirror = not self.settings.mirror

    def bars(self) -> None:
        """Show a bar for each emotion."""
        self.settings.bars = not self.settings.bars

    def toggle_help(self) -> None:
        """Show or hide what the keys do."""
        self.help = not self.help

    def snapshot(self) -> None:
        """Save the picture with boxes and labels, as large as the frame and not mirrored.

        Raises:
            UserError: the folder cannot be written, or the disk is full.
        """
        if self.shown is not None:
            file = save_snapshot(self._outputs, self.shown, self.classes, self.settings.bars)
            self.message.say(f"snapshot: {file}", GOOD)

    def record(self) -> None:
        """Begin a video of the annotated frames, or end it.

        Raises:
            UserError: the folder cannot be made.
        """
        if self.settings.recording is None:
            self.settings.recording = free_name(self._outputs, ".mp4")
            self.message.say("recording; r stops")
        else:
            self.message.say(f"recorded: {self.settings.recording}", GOOD)
            self.settings.recording = None

    def click(self, x: float, y: float) -> None:
        """Choose the face at a point of the frame; a drawn box is dropped."""
        self.drawn_box, self._last_key = None, ""
        if self.shown is not None:
            self.choice.click(self.shown.faces, x, y)

    def draw_box(self, one: tuple[float, float], other: tuple[float, float]) -> None:
        """Set the face's box by hand, by two opposite corners in pixels of the frame, which now stands still."""
        x1, x2 = sorted((one[0], other[0]))
        y1, y2 = sorted((one[1], other[1]))
        if x2 - x1 >= 1 and y2 - y1 >= 1:
            self.drawn_box, self._last_key = (x1, y1, x2, y2), ""

    def correct(self, emotion: str) -> None:
        """Save the picture with the right emotion of the drawn or the chosen face.

        Raises:
            UserError: there is nothing to name, or it cannot be saved.
        """
        shown, corrections = self._correctable()
        box = self._meant(shown)
        if box is None:
            raise UserError("no face found here: drag a box around it first")
        file = corrections.name_face(shown.frame, shown.index, box, emotion, shown.faces)
        self._saved(emotion, file, emotion_colour(emotion, self.classes))

    def no_face(self) -> None:
        """Save the picture as one in which the drawn or the chosen box holds no face.

        Raises:
            UserError: it cannot be saved.
        """
        shown, corrections = self._correctable()
        file = corrections.no_face(shown.frame, shown.index, self._meant(shown), shown.faces)
        self._saved("no face", file, GOOD)

    def undo(self) -> None:
        """Delete what was corrected last.

        Raises:
            UserError: somebody has worked on it since.
        """
        file = None if self.corrections is None else self.corrections.undo()
        self.message.say("nothing to undo" if file is None else f"undone: {file.name}")

    def _correctable(self) -> tuple[Shown, Corrections]:
        if self.shown is None or self.corrections is None:
            raise UserError("corrections are switched off")
        return self.shown, self.corrections

    def _meant(self, shown: Shown) -> Box | None:
        """The box that the keys speak of: the drawn one, else that of the chosen face; None where there is none."""
        index = self.choice.of(shown.faces)
        if self.drawn_box is not None or index is None:
            return self.drawn_box
        x1, y1, x2, y2 = shown.faces.boxes_xyxy[index].tolist()
        return x1, y1, x2, y2

    def _saved(self, label: str, file: Path, colour: Colour) -> None:
        self.drawn_box = None
        self.message.say(f"saved as {label}: {file.stem.rsplit('_', 1)[0]} (u: undo)", colour)
