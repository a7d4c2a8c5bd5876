"""Looking twice at each frame, and once while a face is followed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np

from emo.faces import Faces, FloatArray
from emo.overlap import iou_matrix
from emo.runtime.runtime import Runtime
from emo.view import SETTLED, ImageArray, View

RECHECK = 10
"""Followed frames until the whole frame is looked at again, so that what is no face is let go."""

_KEEP = 0.6  # share of the presence threshold that is enough to go on following
_SAME_FACE = 0.3  # least overlap (IoU) of the two looks at one face
_SMALLEST = 2.0  # pixels; what is smaller is no face


class Predictor(Protocol):
    """Frames in, faces out."""

    classes: tuple[str, ...]
    zoom: bool
    prefers_batches: bool

    def __call__(self, frame: ImageArray) -> Faces:
        """The faces of the next frame (H x W x 3, RGB uint8) of a video."""

    def batch(self, frames: Sequence[ImageArray]) -> list[Faces]:
        """The faces of frames that have nothing to do with each other."""

    def forget(self) -> None:
        """The next frame belongs to another video."""


class FacePredictor:
    """The largest face of a frame, by looking twice (DESIGN: looking twice), as `emo.model.looking` has it.

    The first look is at the whole frame, the second at a square around the face that the first found, and a third
    follows where the second sees it elsewhere. The presence is the geometric mean of the first and the last. In a
    video the next frame starts from the last box, one look a frame. Where this look finds no face, the same
    frame is looked at as a whole: a face that is lost is found again in the first frame in which the first
    look sees it. Every `RECHECK` followed frames the whole frame has its say too: where it sees no face, or
    one elsewhere, it is believed.

    Args:
        runtime: the network.
        zoom: look twice; otherwise each frame is looked at once, as a whole. May change at any time.
        presence: least probability of a face in [0, 1]; below it there is none.
    """

    def __init__(self, runtime: Runtime, zoom: bool = True, presence: float = 0.5) -> None:
        if not 0 <= presence <= 1:
            raise ValueError(f"presence must lie in [0, 1], not {presence}")
        self.classes, self.prefers_batches, self.zoom = runtime.classes, runtime.prefers_batches, zoom
        self.runtime, self._presence = runtime, presence
        self._box_xyxy: FloatArray | None = None
        self._followed = 0

    def __call__(self, frame: ImageArray) -> Faces:
        """See `Predictor`."""
        faces = self._follow(frame) if self.zoom and self._box_xyxy is not None else None
        if faces is None:
            faces, self._followed = self.batch([frame])[0], 0
        self._box_xyxy = faces.boxes_xyxy[0] if len(faces) else None
        return faces

    def batch(self, frames: Sequence[ImageArray]) -> list[Faces]:
        """See `Predictor`."""
        first = self._look(frames, [View.whole(*frame.shape[1::-1]) for frame in frames])
        if not self.zoom:
            return [faces if self._is_face(faces, self._presence) else self._nobody() for faces in first]
        # a mean with at most 1 reaches the threshold from its square on
        seen = [index for index, faces in enumerate(first) if self._is_face(faces, self._presence**2)]
        last = dict(zip(seen, self._look_around(frames, {i: first[i] for i in seen}), strict=True))
        moved = {i: faces for i, faces in last.items() if _iou(first[i], faces) < SETTLED}
        last |= zip(moved, self._look_around(frames, moved), strict=True)
        found = [self._nobody()] * len(frames)
        for index, faces in last.items():
            presence = np.sqrt(first[index].presence * faces.presence)
            both = Faces(faces.boxes_xyxy, presence, faces.emotions)
            if self._is_face(both, self._presence):
                found[index] = both
        return found

    def forget(self) -> None:
        """See `Predictor`."""
        self._box_xyxy, self._followed = None, 0

    def _follow(self, frame: ImageArray) -> Faces | None:
        """The face near the last box; None where it is not there."""
        self._followed += 1
        near = View.around(self._box_xyxy) if self._box_xyxy is not None else None
        assert near is not None
        if self._followed % RECHECK:
            (faces,) = self._look([frame], [near])
            return faces if self._is_face(faces, _KEEP * self._presence) else None
        faces, whole = self._look([frame, frame], [near, View.whole(*frame.shape[1::-1])])
        agree = self._is_face(whole, _KEEP * self._presence) and _iou(faces, whole) > _SAME_FACE
        return faces if agree and self._is_face(faces, _KEEP * self._presence) else None

    def _look_around(self, frames: Sequence[ImageArray], near: Mapping[int, Faces]) -> list[Faces]:
        """Look at squares around the faces that some frames, by their index, were seen to hold."""
        if not near:
            return []
        views = [View.around(faces.boxes_xyxy[0]) for faces in near.values()]
        return self._look([frames[index] for index in near], views)

    def _look(self, frames: Sequence[ImageArray], views: Sequence[View]) -> list[Faces]:
        """One face for each view, whatever its presence."""
        size = self.runtime.input_size
        crops = np.stack([view.crop(frame, size) for frame, view in zip(frames, views, strict=True)])
        look = self.runtime.look(crops)
        result = []
        for index, (frame, view) in enumerate(zip(frames, views, strict=True)):
            box = view.to_frame(look.boxes_xyxy[index : index + 1])
            limit = np.array([frame.shape[1], frame.shape[0]] * 2, np.float32)
            one = slice(index, index + 1)
            result.append(Faces(np.clip(box, 0, limit), look.presence[one], look.emotions[one]))
        return result

    def _is_face(self, faces: Faces, threshold: float) -> bool:
        sides = faces.boxes_xyxy[0, 2:] - faces.boxes_xyxy[0, :2]
        return bool(faces.presence[0] >= threshold and sides.min() >= _SMALLEST)

    def _nobody(self) -> Faces:
        return Faces.empty(len(self.classes))


def _iou(one: Faces, other: Faces) -> float:
    return float(iou_matrix(one.boxes_xyxy[:1], other.boxes_xyxy[:1])[0, 0])
