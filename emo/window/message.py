"""A short message over the picture, which fades by itself."""

from __future__ import annotations

import time
from collections.abc import Callable

from emo.drawing import Colour

GOOD: Colour = (0, 158, 115)
BAD: Colour = (213, 94, 0)
PLAIN: Colour = (230, 230, 230)

_STAYS, _FADES = 2.2, 0.6  # seconds


class Message:
    """What was just done, or why not; the next one takes its place.

    Args:
        clock: seconds; another one in tests.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self.text = ""
        self.colour = PLAIN
        self._since = 0.0

    def say(self, text: str, colour: Colour = PLAIN) -> None:
        """Show a text of one line from now on."""
        self.text, self.colour, self._since = text, colour, self._clock()

    @property
    def opacity(self) -> float:
        """How much of it is to be seen now, in [0, 1]."""
        if not self.text:
            return 0.0
        return min(max((self._since + _STAYS + _FADES - self._clock()) / _FADES, 0.0), 1.0)
