"""Photos whose labels are shared with what networks see, as votes, which the loss learns from.

The votes of a photo's largest face are (1 - weight) of its label and `weight` of the networks' probabilities, after
Hinton et al. 2015 (https://arxiv.org/abs/1503.02531). From the network that a training starts with, they keep it from
forgetting what the new photos do not show, as Li and Hoiem 2016 do (https://arxiv.org/abs/1606.09282).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from emo.data.folder import Photo
from emo.data.images import load_image
from emo.data.labels import LabelledFace
from emo.errors import ConfigError
from emo.progress import progress
from emo.softening.teachers import Shares, Teachers

BATCH = 64
"""Photos that are looked at together."""


class Softener:
    """Shares labels with networks.

    Args:
        checkpoints: of the networks, one or several, see `Teachers`.
        classes: the emotions; a face of one that the networks do not know keeps its label.
        weight: the networks' share, above 0 and at most 0.5, so that no label changes.
        zoom: see `Teachers`; at most 4.

    Raises:
        UserError: a setting or a checkpoint cannot be used.
    """

    def __init__(
        self, checkpoints: str | Sequence[str], classes: Sequence[str], weight: float, zoom: float = 1.0
    ) -> None:
        if not 0 < weight <= 0.5:
            raise ConfigError(f"weight: must lie above 0 and be at most 0.5, not {weight}")
        if not 1 <= zoom <= 4:
            raise ConfigError(f"zoom: must lie between 1 and 4, not {zoom}")
        self._teachers = Teachers(
            [checkpoints] if isinstance(checkpoints, str) else checkpoints, classes, zoom
        )
        self._weight = weight
        self.unknown = [name for name in classes if name not in self._teachers.classes]
        """The emotions that the networks do not know."""

    def __call__(self, photos: Sequence[Photo]) -> list[Photo]:
        """The same photos in the same order; one without a face, of another emotion, or with votes, is as it was."""
        starts = range(0, len(photos), BATCH)
        return [photo for i in progress(starts, "looking") for photo in self.batch(photos[i : i + BATCH])]

    def batch(self, photos: Sequence[Photo]) -> list[Photo]:
        """A few of them at once."""
        faces = [self._face(photo) for photo in photos]
        known = [(photo, face) for photo, face in zip(photos, faces, strict=True) if face]
        if not known:
            return list(photos)
        frames = [load_image(photo.labelled.image) for photo, _ in known]
        boxes = [
            f.box_xyxy or (0, 0, *frame.shape[1::-1]) for (_, f), frame in zip(known, frames, strict=True)
        ]
        seen = iter(self._teachers(frames, boxes))
        return [
            photo if face is None else self._shared(photo, face, next(seen))
            for photo, face in zip(photos, faces, strict=True)
        ]

    def _face(self, photo: Photo) -> LabelledFace | None:
        """The face whose label is to be shared; what people or networks have voted on is shared already."""
        if photo.largest is None:
            return None
        face = photo.labelled.faces[photo.largest]
        return face if face.emotion in self._teachers.classes and not face.votes else None

    def _shared(self, photo: Photo, face: LabelledFace, seen: Shares) -> Photo:
        classes = self._teachers.classes
        label = np.array([name == face.emotion for name in classes], np.float32)
        shares = (1 - self._weight) * label + self._weight * seen
        votes = tuple(zip(classes, (round(float(share), 4) for share in shares), strict=True))
        faces = tuple(replace(one, votes=votes) if one is face else one for one in photo.labelled.faces)
        return replace(photo, labelled=replace(photo.labelled, faces=faces))
