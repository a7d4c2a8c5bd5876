"""Decoded and shrunken frames, shared by all worker processes within a budget of memory."""

from __future__ import annotations

import tempfile
import weakref
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from emo.data.images import load_image
from emo.data.labels import LabelledPhoto
from emo.view import ImageArray


class FrameCache:
    """The frames of a list of photos, decoded once.

    The pixels lie in a file that every process maps into its memory (the operating system keeps them in its page
    cache), so that ten workers need no more than one. What exceeds the budget is decoded every time.

    Args:
        photos: the photos, in the order of the indices of `frame`.
        max_side: longer side in pixels that larger frames are shrunk to.
        budget_mb: megabytes of decoded frames to keep; 0 keeps none.
    """

    def __init__(self, photos: Sequence[LabelledPhoto], max_side: int, budget_mb: int) -> None:
        self._photos = photos
        self._max_side = max_side
        sizes = [height * width * 3 for width, height in (self.frame_size(i) for i in range(len(photos)))]
        ends = np.cumsum(sizes, dtype=np.int64)
        self._kept = int(np.searchsorted(ends, budget_mb * 1_000_000, side="right"))
        self._starts = np.concatenate(([0], ends[: self._kept])).astype(np.int64)
        self._folder: Path | None = None
        self._maps: tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]] | None = None
        if self._kept:
            temporary = tempfile.TemporaryDirectory(prefix="emo-frames-", ignore_cleanup_errors=True)
            self._folder = Path(temporary.name)
            weakref.finalize(self, temporary.cleanup)
            self._map(mode="w+")

    def __getstate__(self) -> dict[str, object]:
        """Other processes map the same files instead of receiving a copy."""
        return {**self.__dict__, "_maps": None}

    @property
    def megabytes(self) -> float:
        """Memory that the frames take once all are decoded."""
        return float(self._starts[-1]) / 1e6

    @property
    def left_out(self) -> int:
        """How many frames exceed the budget."""
        return len(self._photos) - self._kept

    def frame_size(self, index: int) -> tuple[int, int]:
        """Width and height in pixels of a frame as `frame` gives it."""
        width, height = self._photos[index].width, self._photos[index].height
        scale = min(1.0, self._max_side / max(width, height))
        return max(1, round(width * scale)), max(1, round(height * scale))

    def frame(self, index: int) -> ImageArray:
        """The frame in RGB, H x W x 3; read-only where it is kept.

        Raises:
            DataError: the image cannot be decoded any more.
        """
        if index >= self._kept:
            return load_image(self._photos[index].image, self._max_side)
        pixels, done = self._maps or self._map(mode="r+")
        start, end = self._starts[index : index + 2]
        width, height = self.frame_size(index)
        if not done[index]:  # two workers may both decode it: they write the same bytes
            pixels[start:end] = load_image(self._photos[index].image, self._max_side).reshape(-1)
            done[index] = 1
        frame = pixels[start:end].reshape(height, width, 3)
        frame.flags.writeable = False
        return frame

    def _map(self, mode: str) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]:
        assert self._folder is not None
        pixels = np.memmap(self._folder / "pixels", np.uint8, mode, shape=(int(self._starts[-1]),))  # type: ignore[call-overload]
        done = np.memmap(self._folder / "done", np.uint8, mode, shape=(self._kept,))  # type: ignore[call-overload]
        # as plain arrays: slices of memmap carry Python overhead that slices of ndarray do not
        self._maps = (pixels.view(np.ndarray), done.view(np.ndarray))
        return self._maps
