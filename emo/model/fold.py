"""Batch norm is for training: for inference it folds into the convolution before it."""

from __future__ import annotations

import itertools
from typing import TypeVar, cast

import torch
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from emo.model.checkpoint import Network

AnyNetwork = TypeVar("AnyNetwork", bound=Network)


def fold_batch_norm(network: AnyNetwork) -> AnyNetwork:
    """The same function without batch norm: a VGG with it becomes the plain VGG of the same depth.

    Args:
        network: any; in evaluation mode, for that is when batch norm is a fixed scale and shift.

    Returns:
        A new network that gives the same outputs up to rounding; `network` itself where there is nothing to fold.

    Raises:
        ValueError: the network is in training mode.
    """
    if network.training:
        raise ValueError("batch norm folds in evaluation mode only; call eval() first")
    name = network.backbone_name
    if not (name.startswith("vgg") and name.endswith("_bn")):
        return network
    settings = {**network.settings(), "backbone": name.removesuffix("_bn")}
    folded = type(network)(**settings)  # type: ignore[arg-type]  # what settings() gave
    assert isinstance(network.backbone, nn.Sequential)
    layers = list(network.backbone)
    convolutions = [
        fuse_conv_bn_eval(layer, norm)
        for layer, norm in itertools.pairwise(layers)
        if isinstance(layer, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d)
    ]
    plain = [layer for layer in folded.backbone.modules() if isinstance(layer, nn.Conv2d)]
    with torch.no_grad():
        for target, source in zip(plain, convolutions, strict=True):
            target.load_state_dict(source.state_dict())
    others = {name: value for name, value in network.state_dict().items() if not name.startswith("backbone.")}
    folded.load_state_dict(others, strict=False)
    return cast(AnyNetwork, folded.eval())
