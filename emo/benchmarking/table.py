"""The table in the terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from emo.benchmarking.rows import Row

Column = tuple[str, str, str]
"""Key in the row, heading, format."""

_WIDTH = 112  # characters at least: a figure cut short is none

RUNTIMES: tuple[Column, ...] = (
    ("runtime", "runtime", "s"),
    ("precision", "", "s"),
    ("batch", "batch", "d"),
    ("ms", "ms", ".2f"),
    ("ms_p5", "5 %", ".2f"),
    ("ms_p95", "95 %", ".2f"),
    ("frames_per_second", "frames/s", ".0f"),
    ("share_of_peak", "of peak", ".0%"),
    ("memory_mb", "MB", ".0f"),
    ("start_s", "start s", ".1f"),
    ("deviation", "off fp32", ".1g"),
)

MODELS: tuple[Column, ...] = (
    ("model", "model", "s"),
    ("input_size", "side", "d"),
    ("parameters", "parameters", ",d"),
    ("megabytes", "MB", ".1f"),
    ("giga_operations", "GFLOP", ".2f"),
    ("runtime", "runtime", "s"),
    ("precision", "", "s"),
    ("ms", "ms", ".2f"),
    ("frames_per_second", "frames/s", ".0f"),
    ("accuracy", "balanced accuracy", ".2f"),
)


FACES: tuple[Column, ...] = (
    ("way", "way", "s"),
    ("recall", "recall", ".2f"),
    ("recall_small", "small", ".2f"),
    ("recall_middle", "middle", ".2f"),
    ("recall_large", "large", ".2f"),
    ("false", "false", ".2f"),
    ("alarms", "alarms", ".2f"),
    ("emotion", "emotion", ".2f"),
    ("ms_0", "ms, 0", ".1f"),
    ("ms_1", "1", ".1f"),
    ("ms_5", "5", ".1f"),
    ("ms_20", "20 faces", ".1f"),
)

TRACKING: tuple[Column, ...] = (
    ("script", "clip", "s"),
    ("way", "way", "s"),
    ("faces", "faces", "d"),
    ("missed", "missed", ".1%"),
    ("false", "false", ".1%"),
    ("switches", "switches", "d"),
    ("mota", "MOTA", ".3f"),
)


def show(title: str, columns: Sequence[Column], rows: Sequence[Row]) -> None:
    """Print rows as a table, then those that have a reason, one line each."""
    table = Table(title=title, box=box.SIMPLE_HEAD, pad_edge=False)
    for key, heading, form in columns:
        table.add_column(heading, justify="left" if form == "s" else "right", no_wrap=key == "runtime")
    for row in rows:
        if "reason" not in row:
            table.add_row(*(_cell(row.get(key), form) for key, _, form in columns))
    console = Console()
    console.width = max(console.width, _WIDTH)
    console.print(table)
    for row in rows:
        if "reason" in row:
            console.print(f"{row['runtime']} {row['precision']}: {row['reason']}", highlight=False)


def show_figures(title: str, figures: Mapping[str, Any]) -> None:
    """Print figures with their names, one a line."""
    table = Table(title=title, show_header=False)
    table.add_column()
    table.add_column(justify="right")
    for name, value in figures.items():
        table.add_row(
            name, value if isinstance(value, str) else f"{value:,.3g}" if value < 10 else f"{value:,.0f}"
        )
    Console().print(table)


def _cell(value: Any, form: str) -> str:  # noqa: ANN401
    return "" if value is None else format(value, form)
