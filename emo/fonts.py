"""Letters that look the same on every system: the fonts that come with matplotlib."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from io import BytesIO

from PIL import ImageFont


@lru_cache(maxsize=64)
def load_font(height: int, file: str = "DejaVuSans.ttf") -> ImageFont.FreeTypeFont:
    """A font whose letters are so many pixels high; the default has Latin, Greek and Cyrillic letters."""
    with (files("matplotlib") / "mpl-data/fonts/ttf" / file).open("rb") as stream:
        return ImageFont.truetype(BytesIO(stream.read()), height, layout_engine=ImageFont.Layout.BASIC)
