"""From labelled photos to training samples: a pure function of the photo's index and a seed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.utils.data import Dataset

from emo.data.augment import Augmented, Pipeline
from emo.data.cache import FrameCache
from emo.data.folder import Photo
from emo.data.labels import LabelledFace, LabelledPhoto
from emo.data.outline import FloatArray
from emo.data.sampler import ViewKey
from emo.view import ImageArray, View

NO_EMOTION = -1
"""Class index of a face whose emotion is unknown, and of a picture without a face."""


class Sample(NamedTuple):
    """One view of one photo; what is unknown is masked.

    Attributes:
        image: (3, size, size) uint8, RGB.
        box_cxcywh: (4,) in [0, 1] of the view; zeros where there is no known box.
        has_box: () bool.
        presence: () float, 1 where there is a face and 0 where there is none.
        emotion: () int64, class index or NO_EMOTION.
        photo: index into the dataset.
        frame: the frame that the view shows whole, for the second look.
        emotion_shares: (classes,) in [0, 1], what the loss learns from: how the votes of several people are spread,
            where there are any, else 1 for the emotion; zeros where it is unknown.
    """

    image: Tensor
    box_cxcywh: Tensor
    has_box: Tensor
    presence: Tensor
    emotion: Tensor
    photo: int
    frame: ImageArray
    emotion_shares: Tensor


class Target(NamedTuple):
    """What is to be learned of a view; see Sample."""

    box_cxcywh: npt.NDArray[np.float32]
    has_box: bool
    presence: float
    emotion: int
    emotion_shares: npt.NDArray[np.float32]


class Batch(NamedTuple):
    """B samples, stacked; see Sample."""

    images: Tensor
    boxes_cxcywh: Tensor
    has_box: Tensor
    presence: Tensor
    emotions: Tensor
    photos: Tensor
    frames: tuple[ImageArray, ...]
    emotion_shares: Tensor


class FaceDataset(Dataset[Sample]):
    """Views of labelled photos for a network that learns the largest face.

    Args:
        photos: the photos of one split.
        classes: names of the emotions in the order of their indices.
        frames: decodes (and keeps) the frames of `photos`.
        pipeline: the augmentation.
        size: side of the network's input in pixels.
        keep_frames: put the frame into the sample (evaluation looks twice); training does not need it.
    """

    def __init__(
        self,
        photos: Sequence[Photo],
        classes: Sequence[str],
        frames: FrameCache,
        pipeline: Pipeline,
        size: int,
        keep_frames: bool = False,
    ) -> None:
        self.photos = photos
        self.frames = frames
        self._classes = {name: index for index, name in enumerate(classes)}
        self.size, self._pipeline, self._keep_frames = size, pipeline, keep_frames
        self._backgrounds = [i for i, photo in enumerate(photos) if not photo.labelled.faces]

    def __len__(self) -> int:
        """The number of photos."""
        return len(self.photos)

    def __getitem__(self, key: ViewKey) -> Sample:
        """The view that the key asks for.

        Raises:
            DataError: the image cannot be decoded any more.
        """
        augmented = self.augment(key)
        view = View.whole(*augmented.frame.shape[1::-1])
        target = self.target(key.photo, augmented.boxes_xyxy, augmented.visible, view)
        image = np.ascontiguousarray(view.crop(augmented.frame, self.size).transpose(2, 0, 1))
        return Sample(
            image=torch.from_numpy(image),
            box_cxcywh=torch.from_numpy(target.box_cxcywh),
            has_box=torch.tensor(target.has_box),
            presence=torch.tensor(target.presence),
            emotion=torch.tensor(target.emotion),
            photo=key.photo,
            frame=augmented.frame if self._keep_frames else np.zeros((0, 0, 3), np.uint8),
            emotion_shares=torch.from_numpy(target.emotion_shares),
        )

    def target(self, photo: int, boxes_xyxy: FloatArray, visible: FloatArray, view: View) -> Target:
        """What is to be learned of a photo whose faces lie at boxes (N, 4), with parts (N,) of them to be seen."""
        faces = self.photos[photo].labelled.faces
        box, has_box, emotion = np.zeros(4, np.float32), False, NO_EMOTION
        shares = np.zeros(len(self._classes), np.float32)
        seen = np.flatnonzero(visible > 0)
        if len(seen):
            sides = boxes_xyxy[seen, 2:] - boxes_xyxy[seen, :2]
            largest = int(seen[sides.prod(axis=1).argmax()])
            emotion, shares = emotion_target(faces[largest], self._classes)
            if faces[largest].box_xyxy is not None:
                has_box = True
                x1, y1, x2, y2 = view.to_unit(boxes_xyxy[largest])
                box = np.array([(x1 + x2) / 2, (y1 + y2) / 2, x2 - x1, y2 - y1], np.float32)
        return Target(box, has_box, float(len(seen) > 0), emotion, shares)

    def augment(self, key: ViewKey) -> Augmented:
        """The augmented frame itself, before it becomes a view, with the boxes of all its faces."""
        frame = self.frames.frame(key.photo)
        boxes_xyxy = face_boxes(self.photos[key.photo].labelled, frame.shape[1])
        room = self.background(key)
        background = None if room is None else self.frames.frame(room)
        return self._pipeline(frame, boxes_xyxy, key.seed, background)

    def background(self, key: ViewKey) -> int | None:
        """The photo without a face that a view may be placed on, where there is one."""
        if not self._backgrounds:
            return None
        return self._backgrounds[np.random.default_rng(key.seed).integers(len(self._backgrounds))]


def face_boxes(photo: LabelledPhoto, width: int) -> FloatArray:
    """The boxes (N, 4) of a photo's faces in pixels of its frame of this width.

    The face of a crop fills it: its box is good enough to place it, though not to learn from.
    """
    whole = (0.0, 0.0, float(photo.width), float(photo.height))
    boxes: FloatArray = np.array([face.box_xyxy or whole for face in photo.faces], np.float64).reshape(-1, 4)
    return boxes * (width / photo.width)


def emotion_target(face: LabelledFace, classes: Mapping[str, int]) -> tuple[int, npt.NDArray[np.float32]]:
    """The index of a face's emotion, or NO_EMOTION, and the shares (classes,) that the loss learns from."""
    shares = np.zeros(len(classes), np.float32)
    if face.emotion is None:
        return NO_EMOTION, shares
    votes = face.votes or ((face.emotion, 1.0),)
    for voted, count in votes:
        shares[classes[voted]] = count / sum(n for _, n in votes)
    return classes[face.emotion], shares


def collate(samples: Sequence[Sample]) -> Batch:
    """Stack samples into a batch."""
    return Batch(
        images=torch.stack([s.image for s in samples]),
        boxes_cxcywh=torch.stack([s.box_cxcywh for s in samples]),
        has_box=torch.stack([s.has_box for s in samples]),
        presence=torch.stack([s.presence for s in samples]),
        emotions=torch.stack([s.emotion for s in samples]),
        photos=torch.tensor([s.photo for s in samples]),
        frames=tuple(s.frame for s in samples),
        emotion_shares=torch.stack([s.emotion_shares for s in samples]),
    )
