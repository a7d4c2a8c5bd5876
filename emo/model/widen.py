"""Grow a VGG of few channels into one of many that computes the same (Chen, Goodfellow and Shlens 2016).

https://arxiv.org/abs/1511.05641 (Net2WiderNet). A network of half the channels takes a quarter of the work a view, so
that a CPU shows it several times as many; what it has learned is where the whole network's training starts. Each
channel is copied, and the weights that read it are divided among its copies, unevenly, so that the copies do not
learn the same ever after.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from emo.model.network import EmotionNetwork


def is_narrower(backbone: str, than: str) -> bool:
    """Whether `backbone` is a VGG of fewer channels that can grow into `than`: vgg16_half_bn into vgg16_bn, say."""
    widths = ("quarter_", "half_", "")  # in vgg16_quarter_bn, vgg16_half_bn, vgg16_bn
    names = [f"{than.split('_')[0]}_{width}".rstrip("_") for width in widths]
    norm = "_bn" if than.endswith("_bn") else ""
    order = [name + norm for name in names]
    return backbone in order and than in order and order.index(backbone) < order.index(than)


def widen(narrow: EmotionNetwork, wide: EmotionNetwork, seed: int = 1) -> None:
    """Give `wide` weights under which its outputs in evaluation mode are those of `narrow`, up to rounding.

    Args:
        narrow: a VGG of fewer channels.
        wide: the same but for the channels of its backbone, which are a multiple of `narrow`'s.
        seed: of how a weight is divided among the copies of the channel that it reads.

    Raises:
        ValueError: the networks differ in more than their channels.
    """
    random = torch.Generator().manual_seed(seed)
    pairs = list(zip(_layers(narrow), _layers(wide), strict=False))
    if len(_layers(narrow)) != len(_layers(wide)) or any(type(a) is not type(b) for a, b in pairs):
        raise ValueError(f"{narrow.backbone_name} does not grow into {wide.backbone_name}")
    with torch.no_grad():
        for few, many in pairs:
            state = many.state_dict()
            for name, value in few.state_dict().items():
                state[name] = _grown(value, state[name].shape, random)
            many.load_state_dict(state)


def _layers(network: EmotionNetwork) -> list[nn.Module]:
    """The layers that hold weights, in order."""
    kinds = nn.Conv2d | nn.BatchNorm2d | nn.Linear
    return [module for module in network.modules() if isinstance(module, kinds)]


def _grown(value: Tensor, shape: torch.Size, random: torch.Generator) -> Tensor:
    """One tensor of a layer with copied output channels (dimension 0) and divided input channels (dimension 1)."""
    if value.dim() == 0:  # batch norm's count of batches
        return value
    copies = shape[0] // value.shape[0]
    grown = value.repeat(copies, *[1] * (value.dim() - 1))
    if value.dim() > 1 and (shares_among := shape[1] // value.shape[1]) > 1:
        shares = torch.rand((shares_among, *grown.shape[:2]), generator=random) + 0.5
        shares /= shares.sum(dim=0)
        parts = [grown * share.reshape(*share.shape, *[1] * (value.dim() - 2)) for share in shares]
        grown = torch.cat(parts, dim=1)
    if grown.shape != shape:
        raise ValueError(f"a layer of shape {tuple(value.shape)} does not grow into {tuple(shape)}")
    return grown
