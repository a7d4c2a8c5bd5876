"""Views of frames by batched warps: where the photo is, and what is to be seen beyond it."""

from __future__ import annotations

import torch
from torch import Tensor

from emo.data.batched.frames import FramePyramid, level_of


def pixel_centres(width: int, height: int, device: torch.device) -> Tensor:
    """Centres (height * width, 2) of a view's pixels, row by row."""
    x, y = (torch.arange(n, device=device, dtype=torch.float32) + 0.5 for n in (width, height))
    rows, columns = torch.meshgrid(y, x, indexing="ij")
    return torch.stack((columns, rows), dim=-1).reshape(-1, 2)


def invert(turns: Tensor) -> tuple[Tensor, Tensor]:
    """Inverses (..., 2, 2) and scales (...) of matrices (..., 2, 2).

    By hand, as torch.linalg waits for the device to find out whether there is an inverse.
    """
    (a, b), (c, d) = (row.unbind(-1) for row in turns.unbind(-2))
    area = a * d - b * c
    adjugate = torch.stack((torch.stack((d, -b), dim=-1), torch.stack((-c, a), dim=-1)), dim=-2)
    return adjugate / area[..., None, None], area.abs().sqrt()


def look(frames: FramePyramid, photos: Tensor, matrices: Tensor, points: Tensor) -> tuple[Tensor, Tensor]:
    """What views show of their frames.

    Args:
        frames: all of them.
        photos: (B,) which frame each view is of.
        matrices: (B, 2, 3) from the frame to the view, in continuous pixels.
        points: (N, 2) where to look, in pixels of the view.

    Returns:
        Values (B, N, 3) in [0, 255], beyond a frame's edges those of the edge; and the points (B, N, 2) in pixels of
        the frames, to tell where these end.
    """
    turns, moves = matrices[:, :, :2], matrices[:, :, 2]
    back, scales = invert(turns)
    sources = (points - moves[:, None]) @ back.transpose(1, 2)
    levels = level_of(scales)
    places, whole = frames.places(photos, levels), frames.places(photos, torch.zeros_like(levels))
    shrunk = torch.cat((places.width / whole.width, places.height / whole.height), dim=1)
    return frames.sample(places, sources * shrunk[:, None]), sources


def within_windows(points: Tensor, windows: Tensor) -> Tensor:
    """Which points (N, 2) of views lie in all their windows (B, K, 2, 3), images of the unit square; (B, N) bool."""
    seen = torch.ones((len(windows), len(points)), dtype=torch.bool, device=points.device)
    for window in windows.unbind(1):
        units = (points - window[:, None, :, 2]) @ invert(window[..., :2])[0].transpose(1, 2)
        seen &= ((units >= 0) & (units < 1)).all(dim=2)
    return seen


def inside(points: Tensor, regions_xyxy: Tensor) -> Tensor:
    """Which points (B, N, 2) lie in their regions (B, 4), (B, N) bool."""
    low, high = regions_xyxy[:, None, :2], regions_xyxy[:, None, 2:]
    return ((points >= low) & (points < high)).all(dim=2)
