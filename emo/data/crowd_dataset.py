"""From labelled photos to frames of many faces: a pure function of the photo's index and a seed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.utils.data import Dataset

from emo.data.augment import Augmented, Pipeline
from emo.data.cache import FrameCache
from emo.data.crowd import Crowd, CrowdPlan, Source
from emo.data.dataset import emotion_target, face_boxes
from emo.data.folder import Photo
from emo.data.labels import LabelledFace
from emo.data.outline import FloatArray
from emo.data.sampler import ViewKey
from emo.view import ImageArray, View


class Scene(NamedTuple):
    """A frame of many faces: the frame, the boxes (N, 4) of its faces in pixels, and what is known of each."""

    frame: ImageArray
    boxes_xyxy: npt.NDArray[np.float64]
    faces: list[LabelledFace]


class CrowdSample(NamedTuple):
    """One frame with its N faces; what is unknown of a face is masked, see `emo.data.dataset.Sample`.

    Attributes:
        image: (3, size, size) uint8, RGB.
        boxes_cxcywh: (N, 4) in units of the view; about right where has_box is false.
        has_box: (N,) bool.
        emotions: (N,) int64, class index or NO_EMOTION.
        emotion_shares: (N, classes) in [0, 1].
        photo: index into the dataset of the photo that the frame is made of first.
        frame: the frame that the view shows whole.
    """

    image: Tensor
    boxes_cxcywh: Tensor
    has_box: Tensor
    emotions: Tensor
    emotion_shares: Tensor
    photo: int
    frame: ImageArray


class CrowdTarget(NamedTuple):
    """What is to be learned of a frame; see CrowdSample."""

    boxes_cxcywh: npt.NDArray[np.float32]
    has_box: npt.NDArray[np.bool_]
    emotions: npt.NDArray[np.int64]
    emotion_shares: npt.NDArray[np.float32]


class CrowdBatch(NamedTuple):
    """B frames, and the F faces of all of them in one list; `owners` (F,) tells whose frame each is in."""

    images: Tensor
    owners: Tensor
    boxes_cxcywh: Tensor
    has_box: Tensor
    emotions: Tensor
    emotion_shares: Tensor
    photos: Tensor
    frames: tuple[ImageArray, ...]


class CrowdDataset(Dataset[CrowdSample]):
    """Frames for a network that learns all faces: photos as they are, or crowded frames made of several.

    Args:
        photos: the photos of one split.
        classes: names of the emotions in the order of their indices.
        frames: decodes (and keeps) the frames of `photos`.
        pipeline: the augmentation of whole frames.
        size: side of the network's input in pixels.
        crowd: makes the frames; None takes the photos as they are. A frame is made of the photo that is asked for
            and of others; one without a face makes a frame without a face.
        weights: (photos,) how often each is among the others; None takes all with a face alike.
        keep_frames: put the frame into the sample; training does not need it.
    """

    def __init__(
        self,
        photos: Sequence[Photo],
        classes: Sequence[str],
        frames: FrameCache,
        pipeline: Pipeline,
        size: int,
        crowd: Crowd | None = None,
        weights: npt.NDArray[np.float64] | None = None,
        keep_frames: bool = False,
    ) -> None:
        self.photos = photos
        self.frames = frames
        self._classes = {name: index for index, name in enumerate(classes)}
        self.size, self._pipeline, self._crowd, self._keep_frames = size, pipeline, crowd, keep_frames
        with_face = np.array([bool(photo.labelled.faces) for photo in photos], bool)
        self._rooms = np.flatnonzero(~with_face)
        self._others = np.cumsum(with_face * (1.0 if weights is None else weights))

    def __len__(self) -> int:
        """The number of photos, and of the frames that begin with each."""
        return len(self.photos)

    def __getitem__(self, key: ViewKey) -> CrowdSample:
        """The frame that the key asks for, as a view.

        Raises:
            DataError: an image cannot be decoded any more.
        """
        scene = self.scene(key)
        view = View.whole(*scene.frame.shape[1::-1])
        target = self.target(scene.faces, scene.boxes_xyxy, view)
        image = np.ascontiguousarray(view.crop(scene.frame, self.size).transpose(2, 0, 1))
        return CrowdSample(
            image=torch.from_numpy(image),
            boxes_cxcywh=torch.from_numpy(target.boxes_cxcywh),
            has_box=torch.from_numpy(target.has_box),
            emotions=torch.from_numpy(target.emotions),
            emotion_shares=torch.from_numpy(target.emotion_shares),
            photo=key.photo,
            frame=scene.frame if self._keep_frames else np.zeros((0, 0, 3), np.uint8),
        )

    def target(self, faces: Sequence[LabelledFace], boxes_xyxy: FloatArray, view: View) -> CrowdTarget:
        """What is to be learned of a frame that shows faces in boxes (N, 4)."""
        corners = view.to_unit(boxes_xyxy)
        boxes = np.concatenate(
            ((corners[:, :2] + corners[:, 2:]) / 2, corners[:, 2:] - corners[:, :2]), axis=1
        )
        targets = [emotion_target(face, self._classes) for face in faces]
        return CrowdTarget(
            boxes.astype(np.float32),
            np.array([face.box_xyxy is not None for face in faces], bool),
            np.array([index for index, _ in targets], np.int64),
            np.array([share for _, share in targets], np.float32).reshape(-1, len(self._classes)),
        )

    def scene(self, key: ViewKey) -> Scene:
        """The augmented frame itself, before it becomes a view, with those of its faces that are to be seen."""
        if self._crowd is None:
            frame, boxes, faces = self._photo(key.photo)
        else:
            plan = self.plan(self._crowd, key)
            frame, boxes = self._crowd.render(plan, self.frames.frame), plan.boxes_xyxy
            faces = self.planned_faces(plan)
        augmented: Augmented = self._pipeline(frame, boxes, key.seed)
        seen = np.flatnonzero(augmented.visible > 0)
        return Scene(augmented.frame, augmented.boxes_xyxy[seen], [faces[i] for i in seen])

    def _photo(self, index: int) -> Scene:
        labelled = self.photos[index].labelled
        frame = self.frames.frame(index)
        return Scene(frame, face_boxes(labelled, frame.shape[1]), list(labelled.faces))

    def plan(self, crowd: Crowd, key: ViewKey) -> CrowdPlan:
        """How a crowded frame that begins with the key's photo is to be made."""
        rng = np.random.default_rng(key.seed)
        empty = not self.photos[key.photo].labelled.faces
        waiting = [] if empty else [key.photo]

        def source(index: int) -> Source:
            size = self.frames.frame_size(index)
            return Source(size, face_boxes(self.photos[index].labelled, size[0]), index)

        room = key.photo if empty else int(rng.choice(self._rooms)) if len(self._rooms) else None
        return crowd.plan(
            rng,
            lambda: source(waiting.pop() if waiting else self._other(rng)),
            None if room is None else source(room),
            empty,
        )

    def planned_faces(self, plan: CrowdPlan) -> list[LabelledFace]:
        """The faces of a plan."""
        return [self.photos[photo].labelled.faces[face] for photo, face in plan.faces]

    def _other(self, rng: np.random.Generator) -> int:
        if not self._others[-1]:  # rooms alone
            return int(rng.choice(self._rooms))
        return int(np.searchsorted(self._others, rng.random() * self._others[-1], side="right"))


def collate_crowds(samples: Sequence[CrowdSample]) -> CrowdBatch:
    """Stack the images, and list the faces of all."""
    counts = torch.tensor([len(s.has_box) for s in samples])
    return CrowdBatch(
        images=torch.stack([s.image for s in samples]),
        owners=torch.repeat_interleave(torch.arange(len(samples)), counts),
        boxes_cxcywh=torch.cat([s.boxes_cxcywh for s in samples]),
        has_box=torch.cat([s.has_box for s in samples]),
        emotions=torch.cat([s.emotions for s in samples]),
        emotion_shares=torch.cat([s.emotion_shares for s in samples]),
        photos=torch.tensor([s.photo for s in samples]),
        frames=tuple(s.frame for s in samples),
    )
