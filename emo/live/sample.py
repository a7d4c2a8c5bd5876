"""Drawn people before a drawn camera, for machines that have none."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator

from emo.live.source import Frame

_FPS = 15.0  # drawing a frame takes longer than looking at it


SAMPLES = {"sample": ("expressions", (480, 360)), "sample_many": ("group", (640, 480))}
"""Names of sources: the script of each, see `emo.drawn.clip.Clip`, and the size of its frames."""


class Sample:
    """A drawn person who shows all emotions, or several who come and go. Implements `Source`.

    Args:
        name: of `SAMPLES`.
        seconds: until all emotions are shown.
        seed: of the people.
    """

    live, still, note = False, False, ""

    def __init__(self, name: str = "sample", seconds: float = 15.0, seed: int = 7) -> None:
        self.name = name
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
        script, size = SAMPLES[self.name]
        clips = (render_clip(seed, self._seconds, _FPS, size, script) for seed in people)
        for index, (image, _) in enumerate(itertools.chain.from_iterable(clips)):
            yield Frame(image, index, index / _FPS, self.name, time.perf_counter())

    def close(self) -> None:
        """Nothing is open."""
