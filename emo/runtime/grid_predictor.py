"""All faces of a frame at one look, by a network for many faces."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from emo.faces import Faces
from emo.model.decode import keep_faces
from emo.runtime.runtime import Look, Runtime
from emo.view import ImageArray, View

_SMALLEST = 2.0  # pixels; what is smaller is no face


class GridPredictor:
    """The faces of a frame, the surest first; each frame by itself. Implements `Predictor`.

    Args:
        runtime: a network of the kind `many_faces`.
        presence: least probability of a face in [0, 1].

    Raises:
        ValueError: the presence is out of its range.
    """

    def __init__(self, runtime: Runtime, presence: float = 0.5) -> None:
        if not 0 <= presence <= 1:
            raise ValueError(f"presence must lie in [0, 1], not {presence}")
        self.classes, self.prefers_batches = runtime.classes, runtime.prefers_batches
        self.zoom = False  # one look is all there is, whatever a user switches
        self.runtime, self._presence = runtime, presence

    def __call__(self, frame: ImageArray) -> Faces:
        """See `Predictor`."""
        return self.batch([frame])[0]

    def batch(self, frames: Sequence[ImageArray]) -> list[Faces]:
        """See `Predictor`."""
        views = [View.whole(*frame.shape[1::-1]) for frame in frames]
        size = self.runtime.input_size
        crops = np.stack([view.crop(frame, size) for frame, view in zip(frames, views, strict=True)])
        look = self.runtime.look(crops)
        looks = [Look(*parts) for parts in zip(*look, strict=True)]
        return [self._faces(one, view, f) for one, view, f in zip(looks, views, frames, strict=True)]

    def forget(self) -> None:
        """See `Predictor`."""

    def _faces(self, look: Look, view: View, frame: ImageArray) -> Faces:
        """Those of the cells' answers that are faces of the frame."""
        limit = np.array([frame.shape[1], frame.shape[0]] * 2, np.float32)
        boxes_xyxy = np.clip(view.to_frame(look.boxes_xyxy), 0, limit)
        kept = keep_faces(
            torch.from_numpy(boxes_xyxy), torch.from_numpy(look.presence), self._presence
        ).numpy()
        kept = kept[(boxes_xyxy[kept, 2:] - boxes_xyxy[kept, :2]).min(axis=1, initial=np.inf) >= _SMALLEST]
        return Faces(boxes_xyxy[kept], look.presence[kept], look.emotions[kept])
