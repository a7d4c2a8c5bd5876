"""Albumentations' steps of light, colour and dirt for whole batches: the same distributions from other random numbers.

Each takes its Albumentations step, images (B, 3, H, W) in [0, 255] and random numbers, and changes every image; whose
turn it is, the caller decides. Where Albumentations cuts off what is behind the point, so do they: half a grey value is
little, but in every step to the same side.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import albumentations as A
import torch
import torch.nn.functional as F
from torch import Tensor

from emo.data.batched.draws import Draws
from emo.data.batched.jpeg import jpeg
from emo.data.batched.moves import MOVES
from emo.data.batched.options import Options, check_options
from emo.errors import ConfigError

Step = Callable[[Any, Tensor, Draws], Tensor]


def _brightness_contrast(step: A.RandomBrightnessContrast, images: Tensor, draws: Draws) -> Tensor:
    contrast = 1 + draws.uniform(*step.contrast_limit, 1, 1, 1)
    lit = images * contrast + 255 * draws.uniform(*step.brightness_limit, 1, 1, 1)
    return lit.floor()


def _gamma(step: A.RandomGamma, images: Tensor, draws: Draws) -> Tensor:
    power: Tensor = (images / 255) ** (draws.uniform(*step.gamma_limit, 1, 1, 1) / 100)
    return (power * 255).floor()


def _shift(step: A.RGBShift, images: Tensor, draws: Draws) -> Tensor:
    shifts = []
    for low, high in (step.r_shift_limit, step.g_shift_limit, step.b_shift_limit):
        unit = 1 if max(abs(low), abs(high)) > 1 else 255  # as there: small numbers are shares
        shifts.append(draws.uniform(low * unit, high * unit, 1, 1, 1))
    return images + torch.cat(shifts, dim=1).trunc()


def _grey(step: A.ToGray, images: Tensor, draws: Draws) -> Tensor:
    weights = images.new_tensor((0.299, 0.587, 0.114)).view(1, 3, 1, 1)
    return (images * weights).sum(dim=1, keepdim=True).expand_as(images)


def _blur(step: A.GaussianBlur, images: Tensor, draws: Draws) -> Tensor:
    sigma = draws.uniform(*step.sigma_limit, 1)
    drawn = draws.integers(*step.blur_limit, 1)
    size = torch.where(drawn == 0, (sigma * 3.5).long() * 2 + 1, drawn)
    reach = max(step.blur_limit[1] // 2, 0 if step.blur_limit[0] else int(step.sigma_limit[1] * 3.5))
    places = torch.arange(-reach, reach + 1, device=images.device)
    weights = torch.exp(-0.5 * (places / sigma) ** 2) * (places.abs() <= size // 2)
    weights = weights / weights.sum(dim=1, keepdim=True)
    height, width = images.shape[2:]
    wide = F.pad(images, (reach, reach, 0, 0), mode="reflect")
    rows = sum(weights[:, k].view(-1, 1, 1, 1) * wide[..., k : k + width] for k in range(2 * reach + 1))
    assert isinstance(rows, Tensor)
    high = F.pad(rows, (0, 0, reach, reach), mode="reflect")
    blurred = sum(weights[:, k].view(-1, 1, 1, 1) * high[:, :, k : k + height] for k in range(2 * reach + 1))
    assert isinstance(blurred, Tensor)
    return blurred


def _noise(step: A.GaussNoise, images: Tensor, draws: Draws) -> Tensor:
    spread, mean = draws.uniform(*step.std_range, 1, 1, 1), draws.uniform(*step.mean_range, 1, 1, 1)
    return images + (255 * (mean + spread * draws.normal(*images.shape[1:]))).trunc()


def _compression(step: A.ImageCompression, images: Tensor, draws: Draws) -> Tensor:
    quality = draws.integers(*step.quality_range).float()
    # Albumentations hands RGB to an encoder that takes it for BGR
    return jpeg(images.flip(1), quality).flip(1)


def _holes(step: A.CoarseDropout, images: Tensor, draws: Draws) -> Tensor:
    height, width = images.shape[2:]
    count = draws.integers(*step.num_holes_range, 1, 1)
    for hole in range(step.num_holes_range[1]):
        high = (draws.uniform(*step.hole_height_range, 1, 1) * height).floor()
        wide = (draws.uniform(*step.hole_width_range, 1, 1) * width).floor()
        covered = _rectangle(images, high, wide, draws) & (hole < count)
        images = torch.where(covered[:, None], draws.integers(0, 255, 3, 1, 1).float(), images)
    return images


def _erase(step: A.Erasing, images: Tensor, draws: Draws) -> Tensor:
    height, width = images.shape[2:]
    area = draws.uniform(step.scale[0], _largest_part(step), 1, 1) * height * width
    ratio = draws.uniform(*step.ratio, 1, 1)
    high, wide = (area / ratio).sqrt().round(), (area * ratio).sqrt().round()
    return torch.where(_rectangle(images, high, wide, draws)[:, None], 0.0, images)


def _rectangle(images: Tensor, high: Tensor, wide: Tensor, draws: Draws) -> Tensor:
    """Pixels (B, H, W) of a rectangle of these sides (B, 1, 1), anywhere in each image."""
    height, width = images.shape[2:]
    top = (draws.uniform(0, 1, 1, 1) * (height - high + 1)).floor()
    left = (draws.uniform(0, 1, 1, 1) * (width - wide + 1)).floor()
    y = torch.arange(height, device=images.device)[:, None]
    x = torch.arange(width, device=images.device)
    return (y >= top) & (y < top + high) & (x >= left) & (x < left + wide)


def _largest_part(step: A.Erasing) -> float:
    """Of a square that a rectangle of any of the ratios can cover."""
    return float(min(step.scale[1], step.ratio[0], 1 / step.ratio[1]))


STEPS: Mapping[type[A.ImageOnlyTransform | A.DualTransform], tuple[Step, Options]] = {
    A.RandomBrightnessContrast: (
        _brightness_contrast,
        {"brightness_by_max": True, "ensure_safe_range": False},
    ),
    A.RandomGamma: (_gamma, {}),
    A.RGBShift: (_shift, {}),
    A.ToGray: (_grey, {"method": "weighted_average", "num_output_channels": 3}),
    A.GaussianBlur: (_blur, {}),
    A.GaussNoise: (_noise, {"per_channel": True, "noise_scale_factor": 1}),
    A.ImageCompression: (_compression, {"compression_type": "jpeg"}),
    A.CoarseDropout: (_holes, {"fill": "random_uniform"}),
    A.Erasing: (_erase, {"fill": 0}),
}


def check_light(steps: Sequence[A.BasicTransform | A.BaseCompose]) -> None:
    """Find out before any work whether all steps can be done for whole batches.

    Raises:
        ConfigError: one cannot.
    """
    for step in steps:
        name = type(step).__name__
        if type(step) not in STEPS:
            moves, known = (", ".join(kind.__name__ for kind in kinds) for kinds in (MOVES, STEPS))
            raise ConfigError(
                f"data.augment_on=gpu: knows no {name} at this place, but PlaceFace first, then {moves}, "
                f"then {known}; leave it out, or set data.augment_on=cpu"
            )
        check_options(step, STEPS[type(step)][1])
        if isinstance(step, A.CoarseDropout) and max(*step.hole_height_range, *step.hole_width_range) >= 1:
            raise ConfigError(
                "data.augment_on=gpu: CoarseDropout wants the sizes of its holes as shares below 1"
            )
        if isinstance(step, A.Erasing) and _largest_part(step) < step.scale[0]:
            raise ConfigError("data.augment_on=gpu: Erasing has no place for scale in all of its ratio")


def apply_light(steps: Sequence[A.BasicTransform | A.BaseCompose], images: Tensor, draws: Draws) -> Tensor:
    """Images (B, 3, H, W), whole numbers from 0 to 255, after all steps, each done to its share of them."""
    images = images.clone()
    for step in steps:
        chosen = draws.chosen(step.p)
        if len(chosen):
            changed = STEPS[type(step)][0](step, images[chosen], draws.for_views(len(chosen)))
            images[chosen] = changed.round().clamp(0, 255)
    return images
