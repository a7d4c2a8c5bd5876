"""Where the image of a labelme file is."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any

from emo.data.images import ImageHeader, image_header, parse_header
from emo.data.labelme_json import embedded_bytes
from emo.data.walk import is_inside
from emo.errors import DataError


def find_image(json_file: Path, root: Path, content: dict[str, Any]) -> tuple[Path, ImageHeader]:
    """Take `imagePath`, else the file of that name beside the JSON, else the image inside the JSON.

    Args:
        json_file: the labelme file; its own path is returned where the image is inside it.
        root: no file outside of this folder is opened, whatever `imagePath` says or links to.
        content: what is in the labelme file.

    Raises:
        DataError: there is no image, or it cannot be read.
    """
    named = content.get("imagePath")
    if named is not None and not isinstance(named, str):
        raise DataError(f"{json_file}: imagePath is not text")
    for relative in _candidates(named or ""):
        path = os.path.normpath(os.path.join(json_file.parent, relative))
        if is_inside(Path(path), root) and os.path.isfile(path):
            return Path(path), image_header(Path(path))
    embedded = embedded_bytes(json_file, content)
    if embedded is None:
        wanted = repr(named)[:200] if named else "no imagePath"
        raise DataError(f"{json_file}: its image is not in the dataset ({wanted}) nor inside the file")
    return json_file, parse_header(io.BytesIO(embedded), json_file)


def _candidates(named: str) -> list[str]:
    # labelme on Windows wrote backslashes; a path on a file server ("//") must not be touched at all.
    path = named.replace("\\", "/")
    name = path.rsplit("/", 1)[-1]
    found = [name] if path.startswith("//") else [path, name]
    return [] if name in ("", ".", "..") or name.lower().endswith(".json") else found
