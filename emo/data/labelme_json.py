"""The JSON of a labelme file, checked and bounded: bytes of unknown origin in, a dict or `DataError` out."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from emo.data.files import open_file
from emo.errors import DataError

MAX_JSON_BYTES = 64 * 2**20
"""Larger files are refused unread; an embedded photo of 24 megapixels takes about 20 MB."""

VOTES_KEY = "emotion_votes"
"""emo's own key of a labelme file: emotion -> how many people saw it in the photo's only face."""

MAX_SIZE = 1e9
"""Pixels; a width or height beyond it is nonsense."""


def read_json(json_file: Path) -> dict[str, Any]:
    """Read a labelme file without looking into it.

    UTF-8 with or without a byte order mark, UTF-16 and UTF-32 are told apart as RFC 4627 says; what is none
    of them is read as GB18030, which labelme wrote on Chinese Windows until 2020.

    Raises:
        DataError: the file is missing, too large, no JSON, or no JSON object.
    """
    with open_file(json_file, MAX_JSON_BYTES) as stream:
        raw = stream.read()
    try:
        content = json.loads(_decode(raw))
    except RecursionError as error:
        raise DataError(f"{json_file}: not a labelme file (nested too deeply)") from error
    except ValueError as error:
        raise DataError(f"{json_file}: not JSON ({error})") from error
    if not isinstance(content, dict):
        raise DataError(f"{json_file}: not a labelme file (a JSON {type(content).__name__}, not an object)")
    return content


def _decode(raw: bytes) -> str:
    try:
        return raw.decode(json.detect_encoding(raw))
    except UnicodeDecodeError:
        return raw.decode("gb18030")


def embedded_bytes(json_file: Path, content: dict[str, Any]) -> bytes | None:
    """Return the encoded image inside a labelme file (`imageData`), or None where there is none.

    Raises:
        DataError: `imageData` is no base64 text.
    """
    data = content.get("imageData")
    if data is None or data == "":
        return None
    if not isinstance(data, str):
        raise DataError(f"{json_file}: imageData is not text")
    try:
        return base64.b64decode(data)
    except ValueError as error:
        raise DataError(f"{json_file}: imageData is not base64 ({error})") from error


def list_shapes(content: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the shapes of a labelme file, unchecked; none where the key is missing or null.

    Raises:
        ValueError: `shapes` is not a list of objects.
    """
    shapes = content.get("shapes")
    if shapes is None:
        return []
    if not isinstance(shapes, list) or not all(isinstance(shape, dict) for shape in shapes):
        raise ValueError("shapes is not a list of objects")
    return shapes


def all_flags(holder: Mapping[str, Any]) -> dict[str, Any]:
    """Return the flags of a labelme file or of a shape; none where the key is missing or null.

    Raises:
        ValueError: `flags` is no object.
    """
    flags = holder.get("flags")
    if flags is None:
        return {}
    if not isinstance(flags, dict):
        raise ValueError("flags is not an object")
    return flags


def true_flags(holder: Mapping[str, Any]) -> set[str]:
    """Return the names of those flags that are set.

    Raises:
        ValueError: `flags` is no object.
    """
    return {name for name, value in all_flags(holder).items() if value is True}


def emotion_votes(content: Mapping[str, Any]) -> dict[str, float]:
    """Return how many people saw which emotion, those with no vote left out; empty where the key is missing or null.

    Raises:
        ValueError: it is no object of counts.
    """
    votes = content.get(VOTES_KEY)
    if votes is None:
        return {}
    if not isinstance(votes, dict) or not all(
        isinstance(count, (int, float)) and not isinstance(count, bool) and 0 <= count <= MAX_SIZE
        for count in votes.values()
    ):
        raise ValueError(f"{VOTES_KEY} is not an object of counts")
    return {name: float(count) for name, count in votes.items() if count}


def declared_size(content: Mapping[str, Any]) -> tuple[float, float] | None:
    """Return the (width, height) that a labelme file claims for its image, or None where it does not.

    Raises:
        ValueError: one of them is not a number.
    """
    width, height = content.get("imageWidth"), content.get("imageHeight")
    if width is None or height is None:
        return None
    for value in (width, height):
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= MAX_SIZE:
            raise ValueError("imageWidth or imageHeight is not a sensible number of pixels")
    return float(width), float(height)
