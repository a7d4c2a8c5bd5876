"""What a loading process says of a view that the device is to make: where all goes, and what is to be learned of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from emo.data.batched.moves import Mover
from emo.data.batched.stack import stack
from emo.data.dataset import FaceDataset, Target, face_boxes
from emo.data.outline import FloatArray, box_outlines
from emo.data.place import Beyond, fill_matrix, similarity
from emo.data.sampler import ViewKey
from emo.view import View

BEYOND: tuple[Beyond, ...] = ("grey", "smear", "room")


class Plan(NamedTuple):
    """A view to be made.

    Attributes:
        photo: the frame's index.
        room: index of the frame that is to be seen beyond it; the photo's own where there is none.
        matrix: (2, 3) from the photo to the view.
        region: (4,) the part of the photo to take.
        windows: (K, 2, 3) from unit squares to the view, which is black outside any of them; see Moved.
        room_matrix: (2, 3) from the room to the view.
        beyond: index into BEYOND.
        seed: of all that is drawn later.
        target: what is to be learned of it.
    """

    photo: int
    room: int
    matrix: FloatArray
    region: tuple[int, int, int, int]
    windows: FloatArray
    room_matrix: FloatArray
    beyond: int
    seed: int
    target: Target


class PlannedBatch(NamedTuple):
    """B plans, stacked; see Plan and `emo.data.dataset.Batch`."""

    photos: Tensor
    rooms: Tensor
    matrices: Tensor
    regions: Tensor
    windows: Tensor
    room_matrices: Tensor
    beyond: Tensor
    seed: int
    boxes_cxcywh: Tensor
    has_box: Tensor
    presence: Tensor
    emotions: Tensor
    emotion_shares: Tensor


class PlannedDataset(Dataset[Plan]):
    """Plans of a dataset's views: all that `FaceDataset` does but the pixels, from the same random numbers.

    Args:
        dataset: the photos.
        mover: draws where faces go.
    """

    def __init__(self, dataset: FaceDataset, mover: Mover) -> None:
        self.dataset, self._mover = dataset, mover

    def __len__(self) -> int:
        """The number of photos."""
        return len(self.dataset)

    def __getitem__(self, key: ViewKey) -> Plan:
        """The plan of the view that the key asks for."""
        photo, size = self.dataset.photos[key.photo], self.dataset.size
        width, height = self.dataset.frames.frame_size(key.photo)
        outlines = box_outlines(face_boxes(photo.labelled, width))
        room = self.dataset.background(key)
        room_size = None if room is None else self.dataset.frames.frame_size(room)
        moved = self._mover.draw(outlines, (width, height), room_size, key.seed)
        layout, after = moved.layout, moved.after
        view = View.whole(*moved.frame)
        show = similarity(size / view.side, 0.0, (view.left, view.top), (0, 0))
        matrix = show @ after @ np.vstack((layout.matrix, (0, 0, 1)))
        room_matrix = np.eye(2, 3)
        if layout.beyond == "room":
            room_matrix = show @ after @ np.vstack((fill_matrix(layout.part, size, size), (0, 0, 1)))
        target = self.dataset.target(key.photo, *moved.faces(), view)
        return Plan(
            key.photo,
            key.photo if room is None else room,
            matrix,
            layout.region,
            moved.windows,
            room_matrix,
            BEYOND.index(layout.beyond),
            key.seed,
            target,
        )


def collate_plans(plans: Sequence[Plan]) -> PlannedBatch:
    """Stack plans; the seed is the first view's."""
    return PlannedBatch(
        photos=stack((p.photo for p in plans), torch.int64),
        rooms=stack((p.room for p in plans), torch.int64),
        matrices=stack((p.matrix for p in plans), torch.float32),
        regions=stack((p.region for p in plans), torch.float32),
        windows=stack((p.windows for p in plans), torch.float32),
        room_matrices=stack((p.room_matrix for p in plans), torch.float32),
        beyond=stack((p.beyond for p in plans), torch.int64),
        seed=plans[0].seed,
        boxes_cxcywh=stack((p.target.box_cxcywh for p in plans), torch.float32),
        has_box=stack((p.target.has_box for p in plans), torch.bool),
        presence=stack((p.target.presence for p in plans), torch.float32),
        emotions=stack((p.target.emotion for p in plans), torch.int64),
        emotion_shares=stack((p.target.emotion_shares for p in plans), torch.float32),
    )
