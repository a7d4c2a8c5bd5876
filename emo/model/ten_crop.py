"""Ten looks at one view: its corners, its middle, and all five mirrored (Krizhevsky et al. 2012, section 4.1).

https://papers.nips.cc/paper/4824-imagenet-classification-with-deep-convolutional-neural-networks
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor
from torchvision.transforms.functional import ten_crop

from emo.model.network import EmotionNetwork

PARTS = 10


def ten_crop_logits(network: EmotionNetwork, images: Tensor, side: int) -> Tensor:
    """The mean emotion logits (B, C) of ten parts of each view.

    Each part is enlarged to the network's input, which keeps its scale that of a training on parts of that size.

    Args:
        network: in evaluation mode.
        images: (B, 3, S, S) RGB in [0, 255], uint8 or float, S being the network's input size.
        side: of the parts in pixels, at most S.

    Raises:
        ValueError: the parts are larger than the views.
    """
    size = network.input_size
    parts = torch.cat(ten_crop(images, [side, side]))
    enlarged = F.interpolate(parts.float(), size=(size, size), mode="bilinear")
    logits: Tensor = network(enlarged).emotion_logits
    return logits.view(PARTS, len(images), -1).mean(dim=0)
