"""A drawn person before a drawn camera, for machines that have none."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator

from emo.live.source import Frame

_FPS = 15.0  # drawing a frame takes longer than looking at it


class Sample:
    """A drawn person who shows all emotions. Implements `Source`.

    Args:
        seconds: until all are shown.
        seed: of the person.
    """

    name, live, still, note = "sample", False, False, ""

    def __init__(self, seconds: float = 15.0, seed: int = 7) -> None:
        self.fps: float | None = _FPS
        self.frames: int | None = round(seconds * _FPS)
        self.problems: list[str] = []
        self.endless = False
        """Set to True, other people go on coming."""
        self._seconds, self._seed = seconds, seed

    def __iter__(self) -> Iterator[Frame]:
        """Every frame."""
        from emo.drawn.clip import render_clip  # most runs of the demo draw nobody: it starts sooner without

        people = itertools.count(self._seed) if self.endless else [self._seed]
        clips = (render_clip(seed, self._seconds, _FPS, (480, 360)) for seed in people)
        for index, (image, _) in enumerate(itertools.chain.from_iterable(clips)):
            yield Frame(image, index, index / _FPS, self.name, time.perf_counter())

    def close(self) -> None:
        """Nothing is open."""
