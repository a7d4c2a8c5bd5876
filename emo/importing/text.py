"""Text files of unknown origin, line by line and never more than a line in memory."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

from emo.data.files import open_file
from emo.errors import DataError

_LONGEST_LINE = 2**17
"""Characters; a line of FER2013 has about 9,000. The csv module allows no more in a field either."""


def read_lines(path: Path) -> Iterator[str]:
    """The lines of a text file, with their ends; a longer one comes in pieces.

    Raises:
        DataError: the file is missing or cannot be read.
    """
    with open_file(path) as raw, io.TextIOWrapper(raw, "utf-8-sig", "replace", newline="") as text:
        while line := text.readline(_LONGEST_LINE):
            yield line


def read_table(path: Path, needed: frozenset[str]) -> Iterator[dict[str, str]]:
    """The rows of a CSV file by the names in its first line, stripped; missing cells are empty.

    Raises:
        DataError: the file cannot be read, is no CSV or lacks a needed column.
    """
    rows = csv.reader(read_lines(path))
    try:
        header = [name.strip() for name in next(rows, [])]
        if missing := needed - set(header):
            raise DataError(f"{path}: has no column {', '.join(sorted(missing))}")
        for row in rows:
            if row:
                cells = [*row, *[""] * (len(header) - len(row))]
                yield dict(zip(header, cells, strict=False))
    except csv.Error as error:
        raise DataError(f"{path}: line {rows.line_num} is no CSV ({error})") from error


def has_columns(path: Path, needed: frozenset[str]) -> bool:
    """Whether a CSV file begins with these columns."""
    try:
        next(read_table(path, needed), None)
    except DataError:
        return False
    return True
