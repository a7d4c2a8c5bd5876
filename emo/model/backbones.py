"""Convolutional backbones from torchvision, all through one adapter."""

from __future__ import annotations

import torch
import torchvision
from torch import nn

from emo.errors import ConfigError


def build_backbone(name: str) -> tuple[nn.Module, int]:
    """The convolutions of a torchvision classifier with random weights, and their output channels.

    Args:
        name: `vgg16`, `vgg16_bn`, `mobilenet_v3_small`, `resnet18` ...: any torchvision classifier that keeps its
            convolutions in `features`, or is a ResNet.

    Raises:
        ConfigError: torchvision has no such network, or it is not built that way.
    """
    if name not in torchvision.models.list_models(module=torchvision.models):
        raise ConfigError(
            f"model.backbone: torchvision has no network named {name!r}; vgg16 is the usual one"
        )
    classifier = torchvision.models.get_model(name, weights=None)
    if isinstance(features := getattr(classifier, "features", None), nn.Module):
        backbone = features
    elif isinstance(classifier, torchvision.models.ResNet):
        backbone = nn.Sequential(*list(classifier.children())[:-2])  # without its pooling and its classifier
    else:
        raise ConfigError(
            f"model.backbone: {name} has no plain convolutional part; take vgg16 or a mobilenet, say"
        )
    backbone.eval()  # a forward pass in training mode would move the batch norm statistics
    with torch.no_grad():
        channels = int(backbone(torch.zeros(1, 3, 64, 64)).shape[1])
    return backbone.train(), channels
