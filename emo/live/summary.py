"""The emotions over time in one picture, and the share of each."""

from __future__ import annotations

import os
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
_MOST_ROWS = 6


def shares(counts: Counter[str], classes: Sequence[str]) -> list[tuple[str, float]]:
    """The share of each label among all that were counted, in [0, 1]; those that did not come are left out."""
    total = max(sum(counts.values()), 1)
    return [(name, counts[name] / total) for name in (*classes, UNSURE, NO_FACE) if counts[name]]


def labels_of(shown: Shown) -> tuple[str, ...]:
    """What a frame counts as: the label of each face, or that there is none."""
    return shown.labels or (NO_FACE,)


class SummarySink:
    """A picture of the emotions over time, made at the end.

    It has as many rows as faces were there at once: who comes when another has left goes into the same row.

    Args:
        path: ends in .png.
        classes: names of the emotions.
        still: photos follow one another, which have no time; their faces share a row.
        overwrite: replace an existing file.

    Raises:
        UserError: the file exists or its folder cannot be made.
    """

    ENDINGS = (".png",)

    def __init__(self, path: Path, classes: Sequence[str], still: bool, overwrite: bool = False) -> None:
        self.path = claim(path, overwrite, self.ENDINGS)
        self._classes, self._still, self._overwrite = classes, still, overwrite
        self._times: list[float] = []
        self._rows: list[_Row] = [_Row()]

    def write(self, shown: Shown) -> None:
        """Remember a frame."""
        frame = len(self._times)
        self._times.append(float(frame + 1) if self._still else shown.time_s)
        ids = [0] * len(shown.faces) if self._still else _ids(shown)
        for face, label, emotions in zip(ids, shown.labels, shown.faces.emotions, strict=True):
            self._row_of(face, ids).add(face, frame, label, emotions)

    def close(self) -> None:
        """Draw the picture."""
        if not self._times:
            return
        from matplotlib.figure import Figure  # takes a while, and is needed only here

        rows = sorted(self._rows, key=lambda row: -len(row.frames))[:_MOST_ROWS]
        figure = Figure(figsize=(11, 1.4 + 2.8 * len(rows)), layout="constrained")
        panels = figure.subplots(len(rows), 2, width_ratios=(3.2, 1), squeeze=False)
        for row, (over_time, share) in zip(rows, panels, strict=True):
            self._draw_lines(over_time, row)
            self._draw_shares(share, row)
            if len(self._rows) > 1:
                over_time.set_title(row.title(), loc="left", fontsize="small")
        panels[0, 0].legend(
            loc="upper center", bbox_to_anchor=(0.5, 1.2), ncols=6, frameon=False, fontsize="small"
        )
        panels[-1, 0].set_xlabel("photo" if self._still else "seconds")
        part = self.path.with_suffix(".part.png")
        try:
            claim(self.path, self._overwrite, self.ENDINGS)
            figure.savefig(part)
            os.replace(part, self.path)
        except OSError as error:
            part.unlink(missing_ok=True)
            raise cannot_write(self.path, error) from error
        self._times = []

    def _row_of(self, face: int, there: Sequence[int]) -> _Row:
        """The row that has this face already, else one whose last face has left, else a new one."""
        latest = [row.faces[-1] if row.faces else None for row in self._rows]
        if face in latest:
            return self._rows[latest.index(face)]
        for row, last in zip(self._rows, latest, strict=True):
            if last not in there:
                return row
        self._rows.append(_Row())
        return self._rows[-1]

    def _draw_lines(self, axes: Axes, row: _Row) -> None:
        times = np.array(self._times)
        for index, name in enumerate(self._classes):
            colour = _rgb(name, self._classes)
            if self._still:
                shares = [emotions[index] for emotions in row.emotions]
                axes.plot(times[row.frames], shares, label=name, color=colour, marker="o", linestyle="none")
            else:
                line = np.full(len(times), np.nan)
                line[row.frames] = [emotions[index] for emotions in row.emotions]
                axes.plot(times, line, label=name, color=colour, linewidth=1.8)
        nobody = np.isin(np.arange(len(times)), row.frames, invert=True)
        axes.fill_between(
            times, 0, 1, where=nobody, color=_NOBODY, step="mid", label=NO_FACE if nobody.any() else None
        )
        axes.set(ylim=(0, 1), ylabel="probability")
        axes.set_xlim(times.min(), max(times.max(), times.min() + 1e-3))
        axes.spines[["top", "right"]].set_visible(False)

    def _draw_shares(self, axes: Axes, row: _Row) -> None:
        counts = row.counts + Counter({NO_FACE: len(self._times) - len(set(row.frames))})
        named = shares(counts, self._classes)[::-1]
        names, values = [name for name, _ in named], [share for _, share in named]
        colours = [_NOBODY if name == NO_FACE else _rgb(name, self._classes) for name in names]
        bars = axes.barh(names, values, color=colours)
        axes.bar_label(bars, [f"{value:.0%}" for value in values], padding=3)
        title = f"share of {counts.total()} {'faces' if self._still else 'frames'}"
        axes.set(xlim=(0, 1.15), xticks=[], title=title)
        axes.spines[["top", "right", "bottom"]].set_visible(False)


class _Row:
    """Faces that follow one another: what each frame with one of them shows."""

    def __init__(self) -> None:
        self.faces: list[int] = []
        self.frames: list[int] = []
        self.emotions: list[npt.NDArray[np.float32]] = []
        self.counts: Counter[str] = Counter()

    def add(self, face: int, frame: int, label: str, emotions: npt.NDArray[np.float32]) -> None:
        if not self.faces or self.faces[-1] != face:
            self.faces.append(face)
        self.frames.append(frame)
        self.emotions.append(emotions)
        self.counts[label] += 1

    def title(self) -> str:
        return ", ".join(f"#{face}" for face in self.faces[:12]) + (" ..." if len(self.faces) > 12 else "")


def _ids(shown: Shown) -> list[int]:
    ids = shown.faces.track_ids
    return list(range(len(shown.faces))) if ids is None else [int(face) for face in ids]


def _rgb(name: str, classes: Sequence[str]) -> tuple[float, float, float]:
    red, green, blue = emotion_colour(name, classes)
    return red / 255, green / 255, blue / 255
