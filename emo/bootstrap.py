"""Intervals of figures by drawing whole groups of rows again and again."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import torch
from torch import Tensor

Figures = Callable[[Tensor], Mapping[str, float]]
"""Row indices (N,) to figures by name; those that the rows cannot tell are left out."""


def intervals(
    figures: Figures, groups: Sequence[str], resamples: int = 200, seed: int = 1
) -> dict[str, tuple[float, float]]:
    """95 % percentile intervals of figures, drawing whole groups with replacement.

    Photos of one person resemble each other; drawing persons rather than photos keeps the interval honest. A figure
    that is the difference of two on the same rows gets a paired interval.

    Args:
        figures: the figures of the rows that are drawn; a row may come several times.
        groups: (N,) group of each row.
        resamples: number of draws.
        seed: of the draws.

    Returns:
        For each figure (low, high); one that fewer than half of the draws can tell is left out.
    """
    places: dict[str, list[int]] = {}
    for row, group in enumerate(groups):
        places.setdefault(group, []).append(row)
    members = [torch.tensor(places[name]) for name in sorted(places)]
    rng = np.random.default_rng(seed)
    draws: dict[str, list[float]] = {}
    for _ in range(resamples):
        rows = torch.cat([members[i] for i in rng.integers(len(members), size=len(members))])
        for figure, value in figures(rows).items():
            draws.setdefault(figure, []).append(value)
    return {
        figure: (float(np.quantile(values, 0.025)), float(np.quantile(values, 0.975)))
        for figure, values in draws.items()
        if len(values) >= resamples / 2
    }
