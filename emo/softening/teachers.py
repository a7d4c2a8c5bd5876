"""What trained networks see in faces whose place is known."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F
from torch import Tensor

from emo.errors import UserError
from emo.hardware import cpu_has_bf16
from emo.model.checkpoint import load_one_face
from emo.model.network import EmotionNetwork
from emo.model.weights import REFERENCE
from emo.view import ImageArray, View

Shares = npt.NDArray[np.float32]
"""Of the emotions, (N, classes), each row with the sum 1."""

_MIDDLE = 11 / 12
"""Side of the second, closer look at a face, in units of the first."""


class Teachers:
    """The mean opinion of several networks about faces, seen in grey, at two distances, and mirrored.

    Args:
        checkpoints: of networks for one face; `reference` is the one that comes with emo.
        classes: the emotions that are asked for.
        zoom: side of the first look in units of the face's longer side, at least 1.

    Attributes:
        classes: those of the emotions that all the networks know, at least two.

    Raises:
        UserError: a checkpoint cannot be used, or they know fewer than two of the emotions.
    """

    def __init__(self, checkpoints: Sequence[str], classes: Sequence[str], zoom: float = 1.0) -> None:
        self._zoom = zoom
        self._device = "cuda" if torch.cuda.is_available() else "cpu"
        self._bf16 = self._device == "cuda" or cpu_has_bf16()
        networks = [load_one_face(REFERENCE if path == "reference" else Path(path)) for path in checkpoints]
        self.classes = tuple(name for name in classes if all(name in n.classes for n in networks))
        if len(self.classes) < 2:
            raise UserError(
                f"{', '.join(checkpoints)}: of {', '.join(classes)}, fewer than two are known there; "
                "take networks that were trained on these"
            )
        self._networks = [(n.to(self._device), [n.classes.index(c) for c in self.classes]) for n in networks]

    def __call__(self, frames: Sequence[ImageArray], boxes_xyxy: Sequence[npt.ArrayLike]) -> Shares:
        """Probabilities (N, classes) of the emotions of one face in each of N frames."""
        logits = [self._look(network, frames, boxes_xyxy)[:, known] for network, known in self._networks]
        shares: Shares = torch.stack(logits).mean(dim=0).softmax(dim=1).cpu().numpy()
        return shares

    @torch.inference_mode()
    def _look(
        self, network: EmotionNetwork, frames: Sequence[ImageArray], boxes_xyxy: Sequence[npt.ArrayLike]
    ) -> Tensor:
        side = network.input_size
        views = [View.around(box, self._zoom) for box in boxes_xyxy]
        crops = [view.crop(frame, side) for view, frame in zip(views, frames, strict=True)]
        grey = np.stack(crops).mean(axis=3, dtype=np.float32)
        faces = torch.from_numpy(grey).to(self._device)[:, None].repeat(1, 3, 1, 1)
        edge = (side - round(side * _MIDDLE)) // 2
        middle = faces[..., edge : side - edge, edge : side - edge]
        closer = F.interpolate(middle, (side, side), mode="bilinear")
        looks = [part for look in (faces, closer) for part in (look, look.flip(-1))]
        with torch.autocast(self._device, torch.bfloat16, enabled=self._bf16):
            logits = [network(part).emotion_logits.float() for part in looks]
        return torch.stack(logits).mean(dim=0)
