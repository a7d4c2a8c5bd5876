"""Which cells of a grid answer for which face."""

from __future__ import annotations

import torch
from torch import Tensor

_LATER = 1e3  # more than any face's area: cells around a face come after those that hold a centre


def match_cells(boxes_cxcywh: Tensor, owners: Tensor, views: int, grid: int, radius: float = 0.0) -> Tensor:
    """The face of each cell.

    The cell that a face's centre lies in answers for it, as YOLOv1 has it. With a radius the cells around do so too
    where their own centres lie inside the face's box (centre sampling: Tian et al. 2019,
    https://arxiv.org/abs/1904.01355). Of several faces a cell answers for the one whose centre it holds, else, or
    where it holds several, for the smallest.

    Args:
        boxes_cxcywh: (F, 4) faces of all views, in units of the view.
        owners: (F,) the view of each.
        views: how many there are.
        grid: G, cells a side.
        radius: most cells, along each side, from a face's centre to that of another cell.

    Returns:
        (views, G * G) index of the face, row by row; -1 where there is none.
    """
    device = boxes_cxcywh.device
    steps = torch.arange(grid, device=device)
    rows, columns = torch.meshgrid(steps, steps, indexing="ij")
    middles = torch.stack((columns, rows), dim=-1).view(-1, 2) + 0.5
    centres = boxes_cxcywh[:, None, :2] * grid
    distance = (centres - middles).abs()  # (F, N, 2) in cells
    holds = ((centres.floor().clamp(0, grid - 1) + 0.5) == middles).all(dim=-1)
    near = (distance <= radius).all(dim=-1) & (distance * 2 <= boxes_cxcywh[:, None, 2:] * grid).all(dim=-1)
    area = boxes_cxcywh[:, 2:].prod(dim=1)
    later = torch.where(near, _LATER, torch.inf)
    cost = area[:, None] + torch.where(holds, 0.0, later)
    best = torch.full((views, grid * grid), torch.inf, device=device)
    best.scatter_reduce_(0, owners[:, None].expand_as(cost), cost, "amin")
    faces, cells = torch.nonzero((cost == best[owners]) & cost.isfinite(), as_tuple=True)
    matched = torch.full((views, grid * grid), -1, dtype=torch.int64, device=device)
    matched[owners[faces], cells] = faces
    return matched
