"""Settings without the paths of the machine they were made on."""

from __future__ import annotations

from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any


def without_paths(value: Any) -> Any:  # noqa: ANN401
    """The same settings; of each absolute path only what lies below the working folder, else its last part.

    Args:
        value: dictionaries, lists and primitives.
    """
    if isinstance(value, dict):
        return {key: without_paths(part) for key, part in value.items()}
    if isinstance(value, list):
        return [without_paths(part) for part in value]
    return _shortened(value) if isinstance(value, str) else value


def _shortened(text: str) -> str:
    path = PureWindowsPath(text) if PureWindowsPath(text).drive else PurePosixPath(text)
    if text.startswith("~"):
        return path.name
    if not path.is_absolute():
        return text
    here = Path.cwd()
    if isinstance(path, PurePosixPath) and Path(path).is_relative_to(here):
        return Path(path).relative_to(here).as_posix()
    return path.name
