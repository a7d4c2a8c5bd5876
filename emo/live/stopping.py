"""Ctrl-C and SIGTERM ask to end; files are completed first."""

from __future__ import annotations

import signal
from types import FrameType


class Stopping:
    """A context in which the first Ctrl-C or SIGTERM is only remembered; the second one counts at once.

    On leaving, the program ends as the signal wants it: by KeyboardInterrupt, or with exit status 143.
    """

    def __init__(self) -> None:
        self._signal: int | None = None
        self._before: dict[int, object] = {}

    def __call__(self) -> bool:
        """Whether somebody asked to end."""
        return self._signal is not None

    def __enter__(self) -> Stopping:
        """Begin to listen."""
        for number in (signal.SIGINT, signal.SIGTERM):
            self._before[number] = signal.signal(number, self._remember)
        return self

    def __exit__(self, error: object, *_: object) -> None:
        """Stop listening, and end the program if that was asked for."""
        self._restore()
        if error is None and self._signal == signal.SIGINT:
            raise KeyboardInterrupt
        if error is None and self._signal == signal.SIGTERM:
            raise SystemExit(128 + signal.SIGTERM)

    def _remember(self, number: int, _: FrameType | None) -> None:
        self._signal = number
        self._restore()

    def _restore(self) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)  # type: ignore[arg-type]
        self._before = {}
