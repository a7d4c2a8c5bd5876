"""What a network for many faces learns from: the published loss of YOLOv1, and a modern one.

Both know which cells answer for which face from `match_cells`. A face whose box is unknown trains presence and emotion,
one whose emotion is unknown presence and box.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torchvision.ops import generalized_box_iou_loss, sigmoid_focal_loss

from emo.boxes import cxcywh_to_xyxy, paired_iou
from emo.data.crowd_dataset import CrowdBatch
from emo.data.dataset import NO_EMOTION
from emo.errors import ConfigError
from emo.model.grid import GridOutputs
from emo.model.matching import match_cells


class Pairs(NamedTuple):
    """The P cells that answer for a face, beside that face.

    Attributes:
        mask: (B, N) which cells these are.
        boxes_cxcywh: (P, 4) as predicted.
        emotion_logits: (P, C) as predicted.
        true_boxes_cxcywh: (P, 4).
        has_box: (P,) bool.
        shares: (P, C) true emotions.
        known: (P,) bool, whether the emotion is known.
    """

    mask: Tensor
    boxes_cxcywh: Tensor
    emotion_logits: Tensor
    true_boxes_cxcywh: Tensor
    has_box: Tensor
    shares: Tensor
    known: Tensor


def pair(outputs: GridOutputs, batch: CrowdBatch, radius: float) -> Pairs:
    """The cells that answer for a face, see `match_cells`."""
    views, cells = outputs.presence_logits.shape
    grid = round(cells**0.5)
    matched = match_cells(batch.boxes_cxcywh, batch.owners, views, grid, radius)
    mask = matched >= 0
    faces = matched[mask]
    return Pairs(
        mask=mask,
        boxes_cxcywh=outputs.boxes_cxcywh[mask].float(),
        emotion_logits=outputs.emotion_logits[mask].float(),
        true_boxes_cxcywh=batch.boxes_cxcywh[faces],
        has_box=batch.has_box[faces],
        shares=batch.emotion_shares[faces],
        known=batch.emotions[faces] != NO_EMOTION,
    )


class YoloLoss(nn.Module):
    """The published loss (Redmon et al. 2016, equation 3) for one box a cell; all terms are squared errors.

        center    = (x - x')^2 + (y - y')^2                 in cells; where a face's centre lies and its box is known
        size      = (sqrt w - sqrt w')^2 + (sqrt h - sqrt h')^2   in units of the view; there too
        object    = (presence - IoU of the box with the face's)^2  where a face's centre lies; 1 for an unknown box
        no_object = presence^2                              in all other cells
        emotion   = sum over the classes of (p - p')^2      where a face's centre lies and its emotion is known

    Each is summed over the cells and averaged over the images of the batch. What is learned as the presence is thus how
    well the box fits, as there.

    Args:
        coordinate_weight: factor of center and size in the total.
        object_weight: factor of object.
        no_object_weight: factor of no_object, of which there are many.
        emotion_weight: factor of emotion.

    Raises:
        ConfigError: a weight is negative.
    """

    def __init__(
        self,
        coordinate_weight: float = 5.0,
        object_weight: float = 1.0,
        no_object_weight: float = 0.5,
        emotion_weight: float = 1.0,
    ) -> None:
        super().__init__()
        if min(coordinate_weight, object_weight, no_object_weight, emotion_weight) < 0:
            raise ConfigError("loss: no weight may be negative")
        self.coordinate_weight, self.object_weight = coordinate_weight, object_weight
        self.no_object_weight, self.emotion_weight = no_object_weight, emotion_weight

    def forward(self, outputs: GridOutputs, batch: CrowdBatch) -> dict[str, Tensor]:
        """All terms as scalars by name; `total` is the one to minimise."""
        views, cells = outputs.presence_logits.shape
        pairs = pair(outputs, batch, radius=0.0)
        ours, true = pairs.boxes_cxcywh[pairs.has_box], pairs.true_boxes_cxcywh[pairs.has_box]
        center = (ours[:, :2] - true[:, :2]).square().sum() * cells  # cells are the square of cells a side
        size = (ours[:, 2:].sqrt() - true[:, 2:].sqrt()).square().sum()
        overlap = paired_iou(
            cxcywh_to_xyxy(pairs.boxes_cxcywh), cxcywh_to_xyxy(pairs.true_boxes_cxcywh)
        ).detach()
        presence = outputs.presence_logits.float().sigmoid()
        target = torch.where(pairs.has_box, overlap, 1.0)
        guess = pairs.emotion_logits.softmax(dim=1)
        terms = {
            "center": center,
            "size": size,
            "object": (presence[pairs.mask] - target).square().sum(),
            "no_object": presence[~pairs.mask].square().sum(),
            "emotion": (guess - pairs.shares)[pairs.known].square().sum(),
        }
        terms = {name: value / views for name, value in terms.items()}
        total = (
            self.coordinate_weight * (terms["center"] + terms["size"])
            + self.object_weight * terms["object"]
            + self.no_object_weight * terms["no_object"]
            + self.emotion_weight * terms["emotion"]
        )
        return terms | {"total": total}


class ModernGridLoss(nn.Module):
    """Generalised IoU, focal presence, centre sampling.

        giou     = 1 - generalised IoU (Rezatofighi et al. 2019), mean over the answering cells with a known box
        presence = focal loss (Lin et al. 2017) over all cells, divided by the number of answering ones
        emotion  = cross-entropy, mean over the answering cells with a known emotion

    Args:
        radius: of the centre sampling, in cells, see `match_cells`; at most 1.5, as far as a cell's box reaches.
        giou_weight: factor of giou in the total.
        presence_weight: factor of presence.
        emotion_weight: factor of emotion.
        focal_alpha: weight of the answering cells against the others, in (0, 1).
        focal_gamma: how much less cells count that are right already; 0: all alike.
        label_smoothing: share of the emotion's target that is spread over all classes, in [0, 1).

    Raises:
        ConfigError: an option is out of its range.
    """

    def __init__(
        self,
        radius: float = 1.0,
        giou_weight: float = 2.0,
        presence_weight: float = 1.0,
        emotion_weight: float = 0.5,
        focal_alpha: float = 0.5,
        focal_gamma: float = 2.0,
        label_smoothing: float = 0.1,
    ) -> None:
        super().__init__()
        if min(giou_weight, presence_weight, emotion_weight, focal_gamma) < 0:
            raise ConfigError("loss: no weight may be negative, nor focal_gamma")
        if not 0 <= radius <= 1.5:
            raise ConfigError(f"loss.radius: must lie in [0, 1.5], not {radius}")
        if not 0 < focal_alpha < 1 or not 0 <= label_smoothing < 1:
            raise ConfigError("loss: focal_alpha must lie in (0, 1) and label_smoothing in [0, 1)")
        self.radius, self.label_smoothing = radius, label_smoothing
        self.giou_weight, self.presence_weight, self.emotion_weight = (
            giou_weight,
            presence_weight,
            emotion_weight,
        )
        self.focal_alpha, self.focal_gamma = focal_alpha, focal_gamma

    def forward(self, outputs: GridOutputs, batch: CrowdBatch) -> dict[str, Tensor]:
        """All terms as scalars by name; `total` is the one to minimise."""
        pairs = pair(outputs, batch, self.radius)
        ours, true = (
            cxcywh_to_xyxy(boxes[pairs.has_box]) for boxes in (pairs.boxes_cxcywh, pairs.true_boxes_cxcywh)
        )
        logits = outputs.presence_logits.float()
        focal = sigmoid_focal_loss(
            logits, pairs.mask.float(), self.focal_alpha, self.focal_gamma, reduction="sum"
        )
        emotion = F.cross_entropy(
            pairs.emotion_logits[pairs.known],
            pairs.shares[pairs.known],
            reduction="sum",
            label_smoothing=self.label_smoothing,
        )
        giou: Tensor = generalized_box_iou_loss(ours, true, reduction="sum") / max(1, len(ours))
        presence: Tensor = focal / max(1, len(pairs.has_box))
        emotion = emotion / max(1, int(pairs.known.sum()))
        total = self.giou_weight * giou + self.presence_weight * presence + self.emotion_weight * emotion
        return {"giou": giou, "presence": presence, "emotion": emotion, "total": total}
