"""Short texts on a ground of their own, placed by their size."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from emo.drawing import Colour, draw_text
from emo.view import ImageArray


@lru_cache(maxsize=256)
def plate(text: str, height: int, ground: Colour) -> ImageArray:
    """A text of one line on its ground, as large as it needs; not to be written to.

    Args:
        text: one line.
        height: of the letters in pixels.
        ground: colour behind it.
    """
    outside = tuple(255 - level for level in ground)
    strip = np.full((3 * height, (len(text) + 2) * 2 * height, 3), outside, np.uint8)
    draw_text(strip, text, (0, 0), ground, height)
    drawn = (strip != np.array(outside, np.uint8)).any(axis=2)
    rows, columns = drawn.any(axis=1).nonzero()[0], drawn.any(axis=0).nonzero()[0]
    return strip[: rows[-1] + 1, : columns[-1] + 1].copy()


def lay(image: ImageArray, patch: ImageArray, across: float, y: int, opacity: float = 1.0) -> None:
    """Lay a patch over an image in place; what does not fit is cut off.

    Args:
        image: RGB, H x W x 3.
        patch: RGB.
        across: 0 for the left edge, 0.5 for the middle, 1 for the right edge, with a small margin.
        y: of its upper edge.
        opacity: in [0, 1].
    """
    margin = max(4, patch.shape[0] // 4)
    x = round(margin + across * (image.shape[1] - 2 * margin - patch.shape[1]))
    x, y = max(x, 0), max(y, 0)
    under = image[y : y + patch.shape[0], x : x + patch.shape[1]]
    over = patch[: under.shape[0], : under.shape[1]]
    under[:] = over if opacity >= 1 else np.rint(under + (over - under.astype(np.float32)) * opacity)
