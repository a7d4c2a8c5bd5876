"""How far long work has come, where somebody watches."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from typing import TypeVar

from rich.console import Console
from rich.progress import track

Thing = TypeVar("Thing")


def progress(things: Iterable[Thing], what: str, total: int | None = None) -> Iterator[Thing]:
    """Go through things with a bar on standard error, if that is a terminal.

    Args:
        things: to go through.
        what: a word for the bar.
        total: how many there are, where they do not tell themselves.
    """
    yield from track(things, what, total, console=Console(stderr=True), disable=not sys.stderr.isatty())
