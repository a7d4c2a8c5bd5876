"""What an import says at its end."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from emo.data.splits import SPLITS
from emo.importing.importer import Counts, Report


def print_report(report: Report, console: Console | None = None) -> None:
    """Print the counts before and after, what could not be used, the licence and what to do next."""
    console = console or Console(highlight=False)
    console.print(f"faces in the source, a set of the format {report.format}:", soft_wrap=True)
    console.print(_table(report.before))
    console.print(f"faces in {report.folder}:", markup=False, soft_wrap=True)
    console.print(_table(report.after))
    words = {
        "written": "images written", "there": "were there already", "dropped": "dropped by map",
        "problem": "not usable",
    }  # fmt: skip
    console.print(
        ", ".join(f"{report.images[kind]} {text}" for kind, text in words.items() if report.images[kind])
    )
    for problem in report.problems:
        console.print(f"  {problem}", markup=False, soft_wrap=True)
    if (rest := report.images["problem"] - len(report.problems)) > 0:
        console.print(f"  ... and {rest} more")
    console.print(f"licence: {report.licence}", markup=False, soft_wrap=True)
    console.print(
        f"next:\n  python -m emo.check data.root={report.folder}\n  python train.py data.root={report.folder}",
        markup=False,
        soft_wrap=True,
    )


def _table(counts: Counts) -> Table:
    splits = [split for split in ("", *SPLITS) if any(key[0] == split for key in counts)]
    table = Table("class")
    for split in splits:
        table.add_column(split or "all", justify="right")
    for label in sorted({label for _, label in counts}):
        table.add_row(label, *(str(counts[split, label]) for split in splits))
    sums = (sum(n for (where, _), n in counts.items() if where == split) for split in splits)
    table.add_section()
    table.add_row("sum", *map(str, sums))
    return table
