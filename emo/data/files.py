"""Whole files: reading, never an endless one; writing, never half of one."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from emo.errors import DataError


@contextmanager
def open_file(path: Path, max_bytes: int | None = None) -> Iterator[IO[bytes]]:
    """Open a regular file for reading.

    Raises:
        DataError: the file is missing, unreadable, empty, larger than `max_bytes`, or no regular file.
    """
    try:
        status = os.stat(path)
        if not stat.S_ISREG(status.st_mode):  # opening a named pipe would wait for ever
            raise DataError(f"{path}: not a regular file")
        if status.st_size == 0:
            raise DataError(f"{path}: empty file")
        if max_bytes is not None and status.st_size > max_bytes:
            raise DataError(f"{path}: larger than {max_bytes // 2**20} MB")
        with path.open("rb") as stream:
            yield stream
    except FileNotFoundError as error:
        raise DataError(f"{path}: no such file") from error
    except (OSError, ValueError) as error:
        raise DataError(f"{path}: cannot be read ({error})") from error


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """A file beside `path` to write, which takes its place at the end, or is gone if there was an error.

    Raises:
        OSError: it cannot take the place.
    """
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        yield part
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def put_file(source: Path, path: Path, link: bool) -> None:
    """Copy a regular file, or make a hard link to it, at once or not at all; the folder is made.

    Raises:
        DataError: the source cannot be read.
        OSError: the new file cannot be written, or not be linked.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(path) as part:
        if link:
            os.link(os.path.realpath(source), part)
        else:
            with open_file(source) as stream:
                content = stream.read()
            part.write_bytes(content)  # its errors are of the new file, not of the source


def replace_file(path: Path, text: str) -> None:
    """Write a file so that at every moment either the former content or the new one is there.

    Raises:
        DataError: the folder cannot be written, or the disk is full; the former file is untouched.
    """
    try:
        with whole_file(path) as part:
            part.write_text(text, encoding="utf-8")
    except OSError as error:
        raise DataError(f"{path}: cannot be written ({error.strerror or error})") from error
