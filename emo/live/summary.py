"""The emotions over time in one picture, and the share of each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from emo.drawing import emotion_colour
from emo.live.sinks import cannot_write, claim
from emo.live.state import UNSURE, Shown

if TYPE_CHECKING:
    from matplotlib.axes import Axes

NO_FACE = "no face"
_NOBODY = (0.92, 0.92, 0.92)


def shares(counts: Counter[str], classes: Sequence[str]) -> list[tuple[str, float]]:
    """The share of each label among all frames, in [0, 1]; those that did not come are left out."""
    total = max(sum(counts.values()), 1)
    return [(name, counts[name] / total) for name in (*classes, UNSURE, NO_FACE) if counts[name]]


def label_of(shown: Shown) -> str:
    """What a frame counts as: the label of its largest face."""
    if not len(shown.faces):
        return NO_FACE
    return shown.labels[_largest(shown)]


class SummarySink:
    """A picture of the largest face's emotions, made at the end.

    Args:
        path: ends in .png.
        classes: names of the emotions.
        still: photos follow one another, which have no time.
        overwrite: replace an existing file.

    Raises:
        UserError: the file exists or its folder cannot be made.
    """

    def __init__(self, path: Path, classes: Sequence[str], still: bool, overwrite: bool = False) -> None:
        self.path = claim(path, overwrite, [".png"])
        self._classes, self._still, self._overwrite = classes, still, overwrite
        self._times: list[float] = []
        self._emotions: list[npt.NDArray[np.float32]] = []
        self._counts: Counter[str] = Counter()

    def write(self, shown: Shown) -> None:
        """Remember a frame."""
        frames = self._counts.total()
        self._counts[label_of(shown)] += 1
        nobody = np.full(len(self._classes), np.nan, np.float32)
        self._times.append(float(frames + 1) if self._still else shown.time_s)
        self._emotions.append(shown.faces.emotions[_largest(shown)] if len(shown.faces) else nobody)

    def close(self) -> None:
        """Draw the picture."""
        if not self._times:
            return
        from matplotlib.figure import Figure  # takes a while, and is needed only here

        figure = Figure(figsize=(11, 4.2), layout="constrained")
        over_time, share = figure.subplots(1, 2, width_ratios=(3.2, 1))
        self._draw_lines(over_time)
        self._draw_shares(share)
        try:
            claim(self.path, self._overwrite, [".png"])
            figure.savefig(self.path, format="png")
        except OSError as error:
            raise cannot_write(self.path, error) from error
        self._times = []

    def _draw_lines(self, axes: Axes) -> None:
        times, emotions = np.array(self._times), np.stack(self._emotions)
        for index, name in enumerate(self._classes):
            style = {"marker": "o", "linestyle": "none"} if self._still else {"linewidth": 1.8}
            axes.plot(times, emotions[:, index], label=name, color=_rgb(name, self._classes), **style)
        nobody = np.isnan(emotions[:, 0])
        axes.fill_between(
            times, 0, 1, where=nobody, color=_NOBODY, step="mid", label=NO_FACE if nobody.any() else None
        )
        axes.set(ylim=(0, 1), ylabel="probability", xlabel="photo" if self._still else "seconds")
        axes.set_xlim(times.min(), max(times.max(), times.min() + 1e-3))
        axes.legend(loc="upper center", bbox_to_anchor=(0.5, 1.12), ncols=6, frameon=False, fontsize="small")
        axes.spines[["top", "right"]].set_visible(False)

    def _draw_shares(self, axes: Axes) -> None:
        named = shares(self._counts, self._classes)[::-1]
        names, values = [name for name, _ in named], [share for _, share in named]
        colours = [_NOBODY if name == NO_FACE else _rgb(name, self._classes) for name in names]
        bars = axes.barh(names, values, color=colours)
        axes.bar_label(bars, [f"{value:.0%}" for value in values], padding=3)
        axes.set(xlim=(0, 1.15), xticks=[], title=f"share of {sum(self._counts.values())} frames")
        axes.spines[["top", "right", "bottom"]].set_visible(False)


def _rgb(name: str, classes: Sequence[str]) -> tuple[float, float, float]:
    red, green, blue = emotion_colour(name, classes)
    return red / 255, green / 255, blue / 255


def _largest(shown: Shown) -> int:
    sides = shown.faces.boxes_xyxy[:, 2:] - shown.faces.boxes_xyxy[:, :2]
    return int(sides.prod(axis=1).argmax())
