"""One network, two heads: where the face is, and what it shows.

Shapes: B images, S = side of the input, C = classes, K = channels of the backbone (512 for VGG16).

    images (B, 3, S, S) -> backbone (B, K, S/32, S/32) -> global max pool     (B, K) -> 2048 -> 1 presence + C emotions
                                                       -> global average pool (B, K) -> 2048 -> 4 box, sigmoid
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn

from emo.errors import ConfigError
from emo.model.backbones import build_backbone

# ImageNet's, which pretrained backbones expect: mean and standard deviation of each RGB channel in [0, 1]
CHANNEL_MEAN = (0.485, 0.456, 0.406)
CHANNEL_STD = (0.229, 0.224, 0.225)


class Normalise(nn.Module):
    """The first layer of every network: RGB in [0, 255] to what pretrained backbones expect."""

    mean: Tensor
    std: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("mean", torch.tensor(CHANNEL_MEAN).view(1, 3, 1, 1) * 255, persistent=False)
        self.register_buffer("std", torch.tensor(CHANNEL_STD).view(1, 3, 1, 1) * 255, persistent=False)

    def forward(self, images: Tensor) -> Tensor:
        """Normalise images (B, 3, S, S), uint8 or float."""
        inputs = (images.to(self.mean.dtype) - self.mean) / self.std
        # channels last is the layout that convolutions are fastest in; elsewhere this changes nothing
        return inputs.contiguous(memory_format=torch.channels_last)


class Outputs(NamedTuple):
    """What the network says about B views.

    Attributes:
        boxes_cxcywh: (B, 4) centre, width and height in [0, 1] of the view.
        presence_logits: (B,) of there being a face.
        emotion_logits: (B, C), whatever the presence.
    """

    boxes_cxcywh: Tensor
    presence_logits: Tensor
    emotion_logits: Tensor


class EmotionNetwork(nn.Module):
    """Box head and emotion head on one backbone.

    Args:
        classes: names of the emotions, in the order of the logits.
        backbone: name of a torchvision network, see `build_backbone`.
        input_size: side of the square input in pixels, 32 to 256.
        hidden: width of each head's hidden layer.
        dropout: share of the hidden units that are dropped in training.

    Raises:
        ConfigError: the backbone is unknown or a number is out of its range.
    """

    kind = "one_face"
    class_layer = "emotion_head.3."
    """Start of the names of those weights that belong to the classes."""

    def __init__(
        self,
        classes: Sequence[str],
        backbone: str = "vgg16",
        input_size: int = 120,
        hidden: int = 2048,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        if not 32 <= input_size <= 256:
            raise ConfigError(f"model.input_size: must lie between 32 and 256, not {input_size}")
        if hidden < 1 or not 0 <= dropout < 1:
            raise ConfigError("model: hidden must be at least 1 and dropout in [0, 1)")
        if len(set(classes)) != len(classes) or not classes:
            raise ConfigError(f"classes: must be one or more different names, not {list(classes)}")
        self.classes = tuple(classes)
        self.backbone_name, self.input_size, self.hidden, self.dropout = backbone, input_size, hidden, dropout
        self.backbone, channels = build_backbone(backbone)
        self.emotion_head = _head(channels, hidden, 1 + len(classes), dropout)
        self.box_head = _head(channels, hidden, 4, dropout)
        self.normalise = Normalise()

    def forward(self, images: Tensor) -> Outputs:
        """Look at views (B, 3, S, S), RGB in [0, 255], uint8 or float."""
        features = self.backbone(self.normalise(images))
        emotion = self.emotion_head(features.amax(dim=(2, 3)))
        boxes = self.box_head(features.mean(dim=(2, 3))).sigmoid()
        return Outputs(boxes, emotion[:, 0], emotion[:, 1:])

    def settings(self) -> dict[str, object]:
        """The constructor's arguments as primitives, for the checkpoint."""
        return {
            "classes": list(self.classes),
            "backbone": self.backbone_name,
            "input_size": self.input_size,
            "hidden": self.hidden,
            "dropout": self.dropout,
        }


def _head(channels: int, hidden: int, outputs: int, dropout: float) -> nn.Sequential:
    first, last = nn.Linear(channels, hidden), nn.Linear(hidden, outputs)
    nn.init.kaiming_normal_(first.weight, nonlinearity="relu")
    nn.init.normal_(last.weight, std=0.01)  # starts undecided: box in the middle, all logits near zero
    nn.init.zeros_(first.bias)
    nn.init.zeros_(last.bias)
    return nn.Sequential(first, nn.ReLU(), nn.Dropout(dropout), last)
