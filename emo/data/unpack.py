"""Unpack a zip of somebody's photos: into a folder of its own, and nowhere else."""

from __future__ import annotations

import os
import stat
import tempfile
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from emo.errors import UserError

MAX_FILES, MAX_BYTES = 100_000, 8 * 2**30
"""More than this is no folder of labelled photos, but may well fill a disk."""


def unpack_zip(archive: Path, folder: Path) -> Path:
    """Unpack an archive into a new folder; all of it, or nothing.

    Args:
        archive: the zip.
        folder: that must not exist.

    Returns:
        The folder.

    Raises:
        UserError: the folder exists, or the archive is damaged, too large, has a password, or holds a path that leads
            out of the folder.
    """
    if os.path.lexists(folder):
        raise UserError(f"{folder}: exists already; move it away, or rename the zip")
    try:
        with zipfile.ZipFile(archive) as zipped:
            _check(archive, zipped.infolist())
            folder.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".unpacking-") as part:
                zipped.extractall(Path(part) / folder.name)
                os.rename(Path(part) / folder.name, folder)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError) as error:
        raise UserError(f"{archive}: not a zip, or damaged ({error}); make it again") from error
    except OSError as error:
        raise UserError(f"{archive}: cannot be unpacked ({error.strerror or error})") from error
    return folder


def _check(archive: Path, members: list[zipfile.ZipInfo]) -> None:
    files = [member for member in members if not member.is_dir()]
    if not files:
        raise UserError(f"{archive}: there is nothing in it")
    if len(files) > MAX_FILES or sum(member.file_size for member in files) > MAX_BYTES:
        raise UserError(
            f"{archive}: more than {MAX_FILES} files or {MAX_BYTES // 2**30} GB; unpack it yourself"
        )
    for member in members:
        name = member.filename[:200]
        path = PurePosixPath(member.filename.replace("\\", "/"))
        if path.is_absolute() or ".." in path.parts or ":" in member.filename:
            raise UserError(f"{archive}: {name!r} leads out of the folder; do not trust this zip")
        if stat.S_ISLNK(member.external_attr >> 16):
            raise UserError(f"{archive}: {name!r} is a link; zip the files themselves")
        if member.flag_bits & 1:
            raise UserError(f"{archive}: {name!r} has a password; make the zip without one")
