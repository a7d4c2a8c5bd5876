"""Random numbers for a batch of B views, on the device where they are used."""

from __future__ import annotations

from copy import copy

import torch
from torch import Tensor


class Draws:
    """Draws one tensor of any shape for each view.

    Args:
        seed: the same one gives the same numbers on the same kind of device.
        views: B.
        device: of the numbers.
    """

    def __init__(self, seed: int, views: int, device: torch.device) -> None:
        self._generator = torch.Generator(device).manual_seed(seed)
        self._on_host = torch.Generator().manual_seed(seed + 1)  # other numbers, where all is on the host
        self._views, self._device = views, device

    def chosen(self, share: float) -> Tensor:
        """Indices of the views whose turn it is, each with the probability `share`.

        Drawn on the host, as nobody need then wait for the device to know how many they are.
        """
        drawn = torch.rand(self._views, generator=self._on_host) < share
        return drawn.nonzero().flatten().to(self._device, non_blocking=True)

    def for_views(self, views: int) -> Draws:
        """The same stream of numbers, for another number of views."""
        others = copy(self)
        others._views = views
        return others

    def uniform(self, low: float, high: float, *shape: int) -> Tensor:
        """Evenly from [low, high), (B, *shape)."""
        drawn = torch.rand((self._views, *shape), generator=self._generator, device=self._device)
        return low + (high - low) * drawn

    def integers(self, low: int, high: int, *shape: int) -> Tensor:
        """Whole numbers from low to high, both included, (B, *shape)."""
        size = (self._views, *shape)
        return torch.randint(int(low), int(high) + 1, size, generator=self._generator, device=self._device)

    def normal(self, *shape: int) -> Tensor:
        """From the standard normal distribution, (B, *shape)."""
        return torch.randn((self._views, *shape), generator=self._generator, device=self._device)
