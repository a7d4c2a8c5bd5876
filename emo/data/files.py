"""Reading a whole file, never an endless one."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from emo.errors import DataError


def read_bytes(path: Path, max_bytes: int) -> bytes:
    """Read a regular file of at most `max_bytes`.

    Raises:
        DataError: the file is missing, unreadable, empty, too large, or no regular file.
    """
    try:
        status = os.stat(path)
        if not stat.S_ISREG(status.st_mode):
            raise DataError(path, "not a regular file")
        if status.st_size > max_bytes:
            raise DataError(path, f"larger than {max_bytes // 2**20} MB")
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise DataError(path, "no such file") from error
    except (OSError, ValueError) as error:
        raise DataError(path, f"cannot be read ({error})") from error
    if not content:
        raise DataError(path, "empty file")
    return content
