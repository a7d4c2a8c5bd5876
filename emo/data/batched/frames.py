"""All frames of a dataset as one tensor, with halved ones beside them for small views."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import cv2
import numpy as np
import torch
from rich.progress import track
from torch import Tensor, nn

from emo.data.cache import FrameCache
from emo.errors import ConfigError
from emo.view import ImageArray

LEVELS = 6
"""Sizes in which a frame is kept: the whole one, a half ... a 32nd."""


class Places(NamedTuple):
    """Where frames lie among the pixels, each (B, 1) or for every point another (B, N): first pixel, width, height."""

    start: Tensor
    width: Tensor
    height: Tensor


class FramePyramid(nn.Module):
    """The frames of a dataset in memory, halved again and again, on the device that this module is moved to.

    A view that shows a frame at less than half its size is sampled from a smaller one: a warp alone would skip pixels.

    Args:
        frames: decodes them, once.
        count: how many there are.
    """

    pixels: Tensor
    starts: Tensor
    sizes: Tensor

    def __init__(self, frames: FrameCache, count: int) -> None:
        super().__init__()
        sizes = np.array([list(_halved_sizes(*frames.frame_size(i))) for i in range(count)]).reshape(-1, 2)
        ends = sizes.prod(axis=1).cumsum()
        pixels = torch.empty((int(ends[-1]) if count else 0, 3), dtype=torch.uint8)
        starts = np.concatenate(([0], ends[:-1])).reshape(count, LEVELS)
        into = pixels.numpy()

        def fill(index: int) -> None:
            for start, level in zip(starts[index], halve(frames.frame(index)), strict=True):
                rows, columns = level.shape[:2]
                into[start : start + rows * columns] = level.reshape(-1, 3)

        with ThreadPoolExecutor(os.cpu_count()) as pool:  # decoding lets other threads run
            for _ in track(pool.map(fill, range(count)), "decoding", total=count, transient=True):
                pass
        self.register_buffer("pixels", pixels, persistent=False)
        self.register_buffer("starts", torch.from_numpy(starts), persistent=False)
        self.register_buffer("sizes", torch.from_numpy(sizes.reshape(count, LEVELS, 2)), persistent=False)

    @property
    def megabytes(self) -> float:
        """Memory that the frames take."""
        return self.pixels.numel() / 1e6

    def move_to(self, device: torch.device) -> None:
        """Move to a device, which needs room for the training too.

        Raises:
            ConfigError: there is too little.
        """
        if device.type == "cuda" and device != self.pixels.device:
            free = torch.cuda.mem_get_info(device)[0] / 1e6
            if self.megabytes > free / 2:
                raise ConfigError(
                    f"data.augment_on=gpu: the frames take {self.megabytes:.0f} MB, more than half of the "
                    f"{free:.0f} MB that the GPU has free; lower data.max_side, or set data.augment_on=cpu"
                )
        self.to(device)

    def places(self, photos: Tensor, levels: Tensor) -> Places:
        """Where frames (B,) lie at levels (B,), 0 being the whole frame."""
        sizes = self.sizes[photos, levels]
        return Places(self.starts[photos, levels][:, None], sizes[:, :1], sizes[:, 1:])

    def sample(self, places: Places, points: Tensor) -> Tensor:
        """Bilinear values (B, N, 3) in [0, 255] at points (B, N, 2), continuous pixels; beyond the edges the edge's."""
        last_x, last_y = places.width - 1, places.height - 1
        x = (points[..., 0] - 0.5).clamp(min=0).minimum(last_x)
        y = (points[..., 1] - 0.5).clamp(min=0).minimum(last_y)
        left, top = x.long(), y.long()
        right, below = (left + 1).minimum(last_x), (top + 1).minimum(last_y)
        across, down = (x - left)[..., None], (y - top)[..., None]
        upper, lower = (places.start + row * places.width for row in (top, below))
        above = torch.lerp(self.pixels[upper + left].float(), self.pixels[upper + right].float(), across)
        under = torch.lerp(self.pixels[lower + left].float(), self.pixels[lower + right].float(), across)
        return torch.lerp(above, under, down)


def halve(frame: ImageArray) -> list[ImageArray]:
    """The frame in all sizes, an odd last column shared out among the others: repeating it would move what is seen."""
    sizes = list(_halved_sizes(*frame.shape[1::-1]))
    levels = [frame]
    for size in sizes[1:]:
        levels.append(cv2.resize(levels[-1], size, interpolation=cv2.INTER_AREA))  # type: ignore[arg-type]
    return levels


def level_of(scale: Tensor) -> Tensor:
    """The level (B,) from which a view at `scale` (B,) output pixels per frame pixel is sampled.

    The largest that is shown at no less than half its size.
    """
    return (-1 - scale.log2()).ceil().clamp(0, LEVELS - 1).long()


def _halved_sizes(width: int, height: int) -> Iterator[tuple[int, int]]:
    for _ in range(LEVELS):
        yield width, height
        width, height = max(1, (width + 1) // 2), max(1, (height + 1) // 2)
