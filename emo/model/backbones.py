"""Convolutional backbones from torchvision, all through one adapter."""

from __future__ import annotations

import re

import torch
import torchvision
from torch import nn
from torchvision.models.vgg import make_layers

from emo.errors import ConfigError

_NARROWER = {None: 1, "half": 2, "quarter": 4}
_MOMENTUM = 0.1
"""Of batch norm's statistics, PyTorch's own. torchvision's MobileNetV3 has 0.01, for trainings of a million steps:
after some hundred the statistics would still be those of former weights."""
_VGG = re.compile(r"(?P<depth>vgg(?:11|13|16|19))(?:_(?P<width>half|quarter))?(?P<norm>_bn)?")


def build_backbone(name: str) -> tuple[nn.Module, int]:
    """The convolutions of a torchvision classifier with random weights, and their output channels.

    Args:
        name: `vgg16`, `vgg16_bn`, `mobilenet_v3_small`, `resnet18` ...: any torchvision classifier that keeps its
            convolutions in `features`, or is a ResNet; or a VGG of half or a quarter of the channels, such as
            `vgg16_half_bn`, which `emo.model.widen` makes into the whole one.

    Raises:
        ConfigError: torchvision has no such network, or it is not built that way.
    """
    if vgg := _VGG.fullmatch(name):
        backbone = _vgg(**vgg.groupdict())
    elif name not in torchvision.models.list_models(module=torchvision.models):
        raise ConfigError(
            f"model.backbone: torchvision has no network named {name!r}; vgg16 is the usual one"
        )
    else:
        backbone = _features(name)
    for layer in backbone.modules():
        if isinstance(layer, nn.BatchNorm2d):
            layer.momentum = _MOMENTUM
    backbone.eval()  # a forward pass in training mode would move the batch norm statistics
    with torch.no_grad():
        channels = int(backbone(torch.zeros(1, 3, 64, 64)).shape[1])
    return backbone.train(), channels


def up_to_stride(backbone: nn.Module, stride: int) -> tuple[nn.Sequential, int]:
    """The layers of a backbone from `build_backbone` whose cells are at most `stride` pixels wide, and their channels.

    Raises:
        ConfigError: even its first layer's are wider.
    """
    kept: list[nn.Module] = []
    side = 64
    features = torch.zeros(1, 3, side, side)
    backbone.eval()  # see build_backbone
    with torch.no_grad():
        for layer in backbone.children():
            following = layer(features)
            if following.shape[-1] * stride < side:
                break
            kept.append(layer)
            features = following
    if features.shape[-1] * stride != side:
        raise ConfigError(f"model.stride: this backbone has no layers with cells of {stride} pixels")
    return nn.Sequential(*kept).train(), int(features.shape[1])


def _features(name: str) -> nn.Module:
    classifier = torchvision.models.get_model(name, weights=None)
    if isinstance(features := getattr(classifier, "features", None), nn.Module):
        return features
    if isinstance(classifier, torchvision.models.ResNet):
        return nn.Sequential(*list(classifier.children())[:-2])  # without its pooling and its classifier
    raise ConfigError(
        f"model.backbone: {name} has no plain convolutional part; take vgg16 or a mobilenet, say"
    )


def _vgg(depth: str, width: str | None, norm: str | None) -> nn.Module:
    """Torchvision's layers, perhaps with fewer channels, without the 120 million weights of the classifier.

    They are read off torchvision's network, so that the depths are written once, but on no device: that takes
    no time and no memory.
    """
    with torch.device("meta"):
        whole = _features(depth)
    channels: list[str | int] = [
        "M" if isinstance(layer, nn.MaxPool2d) else layer.out_channels // _NARROWER[width]
        for layer in whole.children()
        if isinstance(layer, nn.MaxPool2d | nn.Conv2d)
    ]
    layers: nn.Sequential = make_layers(channels, batch_norm=norm is not None)
    for layer in layers:
        if isinstance(layer, nn.Conv2d):  # as torchvision's VGG class initialises them
            nn.init.kaiming_normal_(layer.weight, mode="fan_out", nonlinearity="relu")
            nn.init.zeros_(layer.bias)  # type: ignore[arg-type]
    return layers
