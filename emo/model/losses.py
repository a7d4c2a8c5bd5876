"""The modified YOLOv1 loss, term by term.

    CenterLoss = (x - x')^2 + (y - y')^2            where the box is known
    BoxLoss    = (w - w')^2 + (h - h')^2            where the box is known
    Localization = CenterLoss + 0.5 BoxLoss
    BCE = binary cross-entropy of the presence      on every image
        + sum over the classes of that of the class where the emotion is known (by the shares of the votes where there
          are any, as Barsoum et al. 2016 do for FERPlus, https://arxiv.org/abs/1608.01041)
    Total = 2 Localization + BCE

Boxes are centre, width and height in [0, 1] of the input. Each term is summed over its components and averaged over
all images of the batch, so that the balance of the terms does not change with the batch size. After YOLOv1 (Redmon
et al. 2016, https://arxiv.org/abs/1506.02640), without its grid and its square roots.
"""

from __future__ import annotations

from typing import Literal, get_args

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torchvision.ops import generalized_box_iou_loss

from emo.boxes import cxcywh_to_xyxy
from emo.data.dataset import NO_EMOTION, Batch
from emo.errors import ConfigError
from emo.model.network import Outputs

EmotionTerm = Literal["bce", "cross_entropy"]


class FaceLoss(nn.Module):
    """Weighted sum of the named terms; the defaults are the published ones.

    Args:
        localization_weight: factor of the localization in the total.
        size_weight: factor of width and height within the localization.
        giou_weight: factor of a generalised-IoU term (Rezatofighi et al. 2019) within the localization.
        emotion: binary cross-entropy of each class by itself, or cross-entropy over all.
        label_smoothing: share of the target that is spread over all classes, in [0, 1); cross-entropy only.

    Raises:
        ConfigError: an option is none of its choices or out of its range.
    """

    def __init__(
        self,
        localization_weight: float = 2.0,
        size_weight: float = 0.5,
        giou_weight: float = 0.0,
        emotion: EmotionTerm = "bce",
        label_smoothing: float = 0.0,
    ) -> None:
        super().__init__()
        if emotion not in get_args(EmotionTerm):
            raise ConfigError(f"loss.emotion: must be one of {get_args(EmotionTerm)}, not {emotion!r}")
        if not 0 <= label_smoothing < 1 or (label_smoothing and emotion == "bce"):
            raise ConfigError(
                "loss.label_smoothing: must lie in [0, 1) and goes with loss.emotion=cross_entropy"
            )
        if min(localization_weight, size_weight, giou_weight) < 0:
            raise ConfigError("loss: no weight may be negative")
        self.localization_weight, self.size_weight, self.giou_weight = (
            localization_weight,
            size_weight,
            giou_weight,
        )
        self.emotion: EmotionTerm = emotion
        self.label_smoothing = label_smoothing

    def forward(self, outputs: Outputs, batch: Batch) -> dict[str, Tensor]:
        """All terms as scalars by name; `total` is the one to minimise."""
        count = len(batch.images)
        known_box = batch.has_box.float()
        square = (outputs.boxes_cxcywh.float() - batch.boxes_cxcywh) ** 2 * known_box[:, None]
        center, box = square[:, :2].sum() / count, square[:, 2:].sum() / count
        localization = center + self.size_weight * box
        terms = {"center": center, "box": box}
        if self.giou_weight:
            terms["giou"] = self._giou(outputs, batch).sum() / count
            localization = localization + self.giou_weight * terms["giou"]
        presence = F.binary_cross_entropy_with_logits(outputs.presence_logits.float(), batch.presence)
        emotion = self._emotion(outputs.emotion_logits.float(), batch).sum() / count
        bce = presence + emotion
        total = self.localization_weight * localization + bce
        return terms | {
            "localization": localization,
            "presence": presence,
            "emotion": emotion,
            "bce": bce,
            "total": total,
        }

    def _giou(self, outputs: Outputs, batch: Batch) -> Tensor:
        """1 - generalised IoU for each image with a known box, (B,)."""
        predicted = cxcywh_to_xyxy(outputs.boxes_cxcywh.float())
        loss: Tensor = generalized_box_iou_loss(predicted, cxcywh_to_xyxy(batch.boxes_cxcywh))
        return torch.where(batch.has_box, loss, 0.0)

    def _emotion(self, logits: Tensor, batch: Batch) -> Tensor:
        """The emotion's term for each image, zero where it is unknown, (B,)."""
        targets = batch.emotion_shares
        if self.emotion == "cross_entropy":
            losses = F.cross_entropy(logits, targets, reduction="none", label_smoothing=self.label_smoothing)
        else:
            losses = F.binary_cross_entropy_with_logits(logits, targets, reduction="none").sum(dim=1)
        return losses * (batch.emotions != NO_EMOTION)
