"""Many faces in one network: a grid of cells over the view, each of which may answer for one face.

After YOLOv1 (Redmon et al. 2016, https://arxiv.org/abs/1506.02640), with one box a cell and convolutions up to the end,
so that the same weights work at any input size.

Shapes: B images, S = side of the input, C = classes, G = S / stride = cells a side, N = G * G, K = channels.

    images (B, 3, S, S) -> backbone (B, K, G, G) -> neck (B, hidden, G, G) -> 1 presence, 4 box, C emotions a cell
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn

from emo.errors import ConfigError
from emo.model.backbones import build_backbone, up_to_stride
from emo.model.network import Normalise

STRIDES = (32, 16)
REACH = 1.0
"""How far outside of its cell, in cells, the centre of a cell's box may lie: neighbours may answer for a face too."""

_SIZE_LIMIT = 4.0  # of the logarithm of a box's side in cells: from 1/55 of a cell to 55 cells
_RARE = -4.0  # presence logit at the start: few cells hold a face (Lin et al. 2017)


class GridOutputs(NamedTuple):
    """What the network says about the N cells of B views, row by row.

    Attributes:
        boxes_cxcywh: (B, N, 4) centre, width and height in units of the view's side.
        presence_logits: (B, N) of there being a face whose centre is here.
        emotion_logits: (B, N, C), whatever the presence.
    """

    boxes_cxcywh: Tensor
    presence_logits: Tensor
    emotion_logits: Tensor


class GridNetwork(nn.Module):
    """Presence, box and emotions of each cell on one backbone.

    Args:
        classes: names of the emotions, in the order of the logits.
        backbone: name of a torchvision network, see `build_backbone`.
        input_size: side of the square input in pixels, a multiple of the stride from 64 to 640.
        stride: pixels of the input a cell is wide: 32 is YOLOv1's 7 x 7 grid at 224; 16 takes the backbone without
            its last stage, which is quicker and tells small faces apart.
        hidden: channels between backbone and outputs.
        dropout: share of these channels that are dropped in training.

    Raises:
        ConfigError: the backbone is unknown or a number is out of its range.
    """

    kind = "many_faces"
    class_layer = "emotion_head."
    """Start of the names of those weights that belong to the classes."""
    cells: Tensor

    def __init__(
        self,
        classes: Sequence[str],
        backbone: str = "vgg16",
        input_size: int = 224,
        stride: int = 32,
        hidden: int = 512,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        if stride not in STRIDES:
            raise ConfigError(f"model.stride: must be one of {STRIDES}, not {stride}")
        if not 64 <= input_size <= 640 or input_size % stride:
            raise ConfigError(
                f"model.input_size: must be a multiple of {stride} from 64 to 640, not {input_size}"
            )
        if hidden < 1 or not 0 <= dropout < 1:
            raise ConfigError("model: hidden must be at least 1 and dropout in [0, 1)")
        if len(set(classes)) != len(classes) or not classes:
            raise ConfigError(f"classes: must be one or more different names, not {list(classes)}")
        self.classes, self.backbone_name = tuple(classes), backbone
        self.input_size, self.stride, self.hidden, self.dropout = input_size, stride, hidden, dropout
        self.grid = input_size // stride
        self.normalise = Normalise()
        self.backbone, channels = up_to_stride(build_backbone(backbone)[0], stride)
        self.neck = nn.Sequential(
            nn.Conv2d(channels, hidden, 3, padding=1, bias=False),
            nn.BatchNorm2d(hidden),
            nn.ReLU(),
            nn.Dropout2d(dropout),
        )
        self.presence_head = _head(hidden, 1, _RARE)
        self.box_head = _head(hidden, 4)
        self.emotion_head = _head(hidden, len(classes))
        rows, columns = torch.meshgrid(torch.arange(self.grid), torch.arange(self.grid), indexing="ij")
        self.register_buffer(
            "cells", torch.stack((columns, rows), dim=-1).view(-1, 2).float(), persistent=False
        )

    def forward(self, images: Tensor) -> GridOutputs:
        """Look at views (B, 3, S, S), RGB in [0, 255], uint8 or float."""
        features = self.neck(self.backbone(self.normalise(images)))
        presence, boxes, emotions = (
            head(features).flatten(2).transpose(1, 2)
            for head in (self.presence_head, self.box_head, self.emotion_head)
        )
        # in single precision: halves are too coarse for a place in a large grid
        place = boxes[..., :2].float().sigmoid() * (1 + 2 * REACH) - REACH
        size = boxes[..., 2:].float().clamp(-_SIZE_LIMIT, _SIZE_LIMIT).exp()
        return GridOutputs(
            torch.cat((self.cells + place, size), dim=-1) / self.grid, presence[..., 0], emotions
        )

    def settings(self) -> dict[str, object]:
        """The constructor's arguments as primitives, for the checkpoint."""
        return {
            "classes": list(self.classes),
            "backbone": self.backbone_name,
            "input_size": self.input_size,
            "stride": self.stride,
            "hidden": self.hidden,
            "dropout": self.dropout,
        }


def _head(channels: int, outputs: int, bias: float = 0.0) -> nn.Conv2d:
    head = nn.Conv2d(channels, outputs, 1)
    nn.init.normal_(head.weight, std=0.01)
    nn.init.constant_(head.bias, bias)  # type: ignore[arg-type]  # it has one
    return head
