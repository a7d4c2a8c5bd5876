"""What an evaluation says in the terminal."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from emo.data.datamodule import FaceDataModule
from emo.evaluating.gallery import LOOKS
from emo.evaluating.photos import Chosen


def warn(data: FaceDataModule, chosen: Chosen, against: str | None) -> None:
    """Say in a line each what makes the figures say less than they seem to."""
    if data.problems:
        first = data.problems[0]
        _warn(f"{len(data.problems)} files cannot be used and are left out; the first: {first}")
    if seen := seen_line(chosen.learned, chosen.selected, len(chosen.photos)):
        _warn(seen)
    if against is not None and (Path(against).parent / "split.json").is_file() and chosen.split != "all":
        _warn(f"which photos are unseen is told by the first checkpoint's run, not by that of {against}")


def seen_line(learned: int, selected: int, photos: int) -> str:
    """What to know about photos that the training has seen; empty where it has seen none."""
    if learned:
        return f"{learned} of these {photos} photos were in this checkpoint's training: figures on them say little"
    if selected:
        return f"{selected} of these {photos} photos have chosen this checkpoint's weights: figures on them flatter"
    return ""


def drawn_from(metrics: Mapping[str, Any]) -> str:
    """What the intervals are drawn from, in words."""
    people = f"{metrics['groups']} people" if metrics["people_known"] else "photos"
    return f"95 % intervals by drawing {people}"


def tell(metrics: Mapping[str, Any], folder: Path) -> None:
    """Print the figures, what corruptions cost, the comparison, and where everything is."""
    console = Console(highlight=False)
    title = f"{metrics['photos']} photos ({metrics['split']}), {drawn_from(metrics)}"
    table = _table(title, "figure", "one look", "two looks")
    for name in metrics["one_look"]:
        table.add_row(name, *(cell(metrics[look].get(name)) for look in LOOKS))
    console.print(table)
    if any(row["count"] for row in metrics["per_class"]["two_looks"].values()):
        table = _table("by emotion, two looks", "emotion", "faces", "precision", "recall", "F1")
        for name, row in metrics["per_class"]["two_looks"].items():
            table.add_row(
                name, str(row["count"]), *(cell(row.get(what), 2) for what in ("precision", "recall", "f1"))
            )
        console.print(table)
    if "corruptions" in metrics:
        _tell_corruptions(console, metrics)
    if "against" in metrics:
        _tell_difference(console, metrics)
    console.print(f"report           {folder / 'report.html'}", soft_wrap=True)
    console.print(f"figures          {folder / 'metrics.json'}", soft_wrap=True)
    console.print(f"every answer     {folder / 'predictions.csv'}", soft_wrap=True)


def _tell_corruptions(console: Console, metrics: Mapping[str, Any]) -> None:
    shown = {
        "box_iou_50": "IoU >= 0.5",
        "emotion_balanced_accuracy": "emotion, balanced",
        "false_alarm_rate": "false alarms",
    }
    table = _table(
        f"{metrics['corrupted_photos']} photos corrupted, two looks: value and change",
        "corruption",
        *shown.values(),
    )
    for name, looks in metrics["corruptions"].items():
        cells = (looks.get("two_looks", {}).get(what) for what in shown)
        table.add_row(
            name, *("" if c is None else f"{c['value']:.3f} {change(c.get('change'))}" for c in cells)
        )
    console.print(table)


def _tell_difference(console: Console, metrics: Mapping[str, Any]) -> None:
    other = metrics["against"]
    table = _table(
        f"difference from {other['checkpoint']} on the same photos", "figure", "one look", "two looks"
    )
    for name in {**other["one_look"], **other["two_looks"]}:
        cells = (other[look].get(name) for look in LOOKS)
        table.add_row(name, *("" if c is None else change(c["difference"], ends=True) for c in cells))
    console.print(table)


def cell(figure: Mapping[str, float] | None, digits: int = 3) -> str:
    """A figure with its interval, as text."""
    if figure is None:
        return ""
    if "low" not in figure:
        return f"{figure['value']:.{digits}f}"
    return f"{figure['value']:.{digits}f} [{figure['low']:.2f}, {figure['high']:.2f}]"


def change(figure: Mapping[str, float] | None, ends: bool = False) -> str:
    """A difference with its sign, and a star where its interval is on one side of zero."""
    if figure is None:
        return ""
    text = f"{figure['value']:+.3f}"
    if "low" not in figure:
        return text
    interval = f" [{figure['low']:+.3f}, {figure['high']:+.3f}]" if ends else ""
    return text + interval + (" *" if is_clear(figure) else "")


def is_clear(figure: Mapping[str, float]) -> bool:
    """Whether a difference's interval leaves out zero."""
    return "low" in figure and (figure["low"] > 0 or figure["high"] < 0)


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left")
    for index, column in enumerate(columns):
        table.add_column(column, justify="right" if index else "left")
    return table


def _warn(line: str) -> None:
    print(f"warning: {line}", file=sys.stderr)
