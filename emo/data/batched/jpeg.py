"""What JPEG does to pictures, for a batch at once; nothing is written or packed."""

from __future__ import annotations

from functools import cache

import torch
import torch.nn.functional as F
from torch import Tensor

# Annex K of the standard (ITU-T T.81): steps of the cosine coefficients of brightness and of colour at quality 50
_BRIGHTNESS = (
    (16, 11, 10, 16, 24, 40, 51, 61),
    (12, 12, 14, 19, 26, 58, 60, 55),
    (14, 13, 16, 24, 40, 57, 69, 56),
    (14, 17, 22, 29, 51, 87, 80, 62),
    (18, 22, 37, 56, 68, 109, 103, 77),
    (24, 35, 55, 64, 81, 104, 113, 92),
    (49, 64, 78, 87, 103, 121, 120, 101),
    (72, 92, 95, 98, 112, 100, 103, 99),
)
_COLOUR = (
    (17, 18, 24, 47, 99, 99, 99, 99),
    (18, 21, 26, 66, 99, 99, 99, 99),
    (24, 26, 56, 99, 99, 99, 99, 99),
    (47, 66, 99, 99, 99, 99, 99, 99),
    *((99,) * 8,) * 4,
)
# JFIF: red, green, blue to Y, Cb, Cr, and back
_TO_YCC = ((0.299, 0.587, 0.114), (-0.168736, -0.331264, 0.5), (0.5, -0.418688, -0.081312))
_TO_RGB = ((1.0, 0.0, 1.402), (1.0, -0.344136, -0.714136), (1.0, 1.772, 0.0))


def jpeg(images: Tensor, quality: Tensor) -> Tensor:
    """Images (B, 3, H, W) in [0, 255] as JPEG of quality (B,), 1 to 100, keeps them; colour at half the resolution."""
    height, width = images.shape[2:]
    padded = F.pad(images, (0, -width % 16, 0, -height % 16), mode="replicate")
    ycc = torch.einsum("bchw,dc->bdhw", padded, images.new_tensor(_TO_YCC)).round()
    # whole numbers wherever encoders and decoders have them, or more coefficients would be a step off
    percent = torch.where(quality < 50, (5000 / quality).floor(), 200 - 2 * quality)[:, None, None]
    brightness = _quantised(ycc[:, :1] - 128, percent * images.new_tensor(_BRIGHTNESS)) + 128
    colour = _quantised(F.avg_pool2d(ycc[:, 1:], 2).round(), percent * images.new_tensor(_COLOUR))
    colour = F.interpolate(colour.round(), scale_factor=2, mode="bilinear", align_corners=False)
    rgb = torch.einsum("bchw,dc->bdhw", torch.cat((brightness, colour), dim=1), images.new_tensor(_TO_RGB))
    return rgb[:, :, :height, :width].round().clamp(0, 255)


def _quantised(planes: Tensor, steps: Tensor) -> Tensor:
    """Planes (B, C, H, W) with the cosine coefficients of their blocks in whole steps (B, 8, 8), given in percent."""
    views, channels, height, width = planes.shape
    cosines = _cosines().to(planes)
    blocks = planes.reshape(views, channels, height // 8, 8, width // 8, 8).transpose(3, 4)
    steps = ((steps + 50) / 100).floor().clamp(1, 255)[:, None, None, None]
    coefficients = ((cosines @ blocks @ cosines.T) / steps).round() * steps
    return (cosines.T @ coefficients @ cosines).transpose(3, 4).reshape(planes.shape)


@cache
def _cosines() -> Tensor:
    """The orthonormal cosine transform of 8 values, (8, 8)."""
    rows, columns = torch.arange(8.0)[:, None], torch.arange(8.0)[None]
    matrix = torch.cos((2 * columns + 1) * rows * torch.pi / 16) / 2
    matrix[0] /= 2**0.5
    return matrix
