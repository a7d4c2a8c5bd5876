"""What a check says: a table, a JSON file, an HTML page, and the exit code."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from emo.checking.checker import Checked
from emo.checking.finding import KINDS, MOST_KEPT
from emo.checking.page import page
from emo.checking.statistics import count_table, counts, people_counts, people_line
from emo.data.files import replace_file
from emo.errors import UserError

FORMAT = 1
_SHOWN = 3  # findings of a kind that are printed


def tell(checked: Checked, report: str | None, html: str | None) -> int:
    """Print a check and write its files; returns the exit code: 1 where there are errors, else 0."""
    print_check(checked)
    if report:
        replace_file(Path(report), json.dumps(as_json(checked), indent=2) + "\n")
        print(f"report: {report}")
    if html:
        replace_file(Path(html), page(checked))
        print(f"page: {html}")
    return 1 if checked.findings.total("error") else 0


def check_free(files: list[str | None], overwrite: bool) -> None:
    """See to it that no file of the user's is lost.

    Raises:
        UserError: one exists and may not be replaced.
    """
    for file in filter(None, files):
        if Path(file).exists() and not overwrite:
            raise UserError(f"{file}: exists already; choose another name, or overwrite=true")


def print_check(checked: Checked, console: Console | None = None) -> None:
    """Print the counts and the findings."""
    console = console or Console(highlight=False)
    findings = checked.findings
    console.print(count_table(checked))
    console.print(people_line(checked), markup=False, soft_wrap=True)
    table = Table("", "how many", "what", "what to do")
    for kind, (level, title, advice) in KINDS.items():
        if findings.counts[kind]:
            table.add_row(level, str(findings.counts[kind]), title, advice)
    if findings.counts:
        console.print(table)
    for kind in filter(findings.counts.__getitem__, KINDS):
        console.print(f"{KINDS[kind].title}:")
        for finding in findings.kept[kind][:_SHOWN]:
            console.print(
                f"  {checked.short(finding.file)}: {checked.short(finding.text)}",
                markup=False,
                soft_wrap=True,
            )
        if findings.counts[kind] > _SHOWN:
            console.print(
                f"  ... and {findings.counts[kind] - _SHOWN} more; page=FILE.html or report=FILE.json has them"
            )
    totals = f"{findings.total('error')} errors, {findings.total('warning')} warnings, {findings.total('note')} notes"
    console.print(f"{len(checked.pool.photos)} pictures checked: {totals}")


def as_json(checked: Checked) -> dict[str, Any]:
    """The check as plain data; of each kind at most `MOST_KEPT` findings."""
    findings = checked.findings
    return {
        "format": FORMAT,
        "folders": [str(root) for root in checked.roots],
        "pictures": len(checked.pool.photos),
        "errors": findings.total("error"),
        "warnings": findings.total("warning"),
        "photos": counts(checked),
        "people": people_counts(checked),
        "kinds": {kind: findings.counts[kind] for kind in KINDS if findings.counts[kind]},
        "most_of_a_kind": MOST_KEPT,
        "findings": [
            {"level": KINDS[f.kind].level, "kind": f.kind, "file": f.file, "text": f.text} for f in findings
        ],
    }
