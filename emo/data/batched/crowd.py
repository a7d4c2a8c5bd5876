"""Crowded frames by the device that trains: the loading processes plan tiles, the device warps and stacks them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import albumentations as A
import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.utils.data import Dataset

from emo.data.batched.draws import Draws
from emo.data.batched.frames import FramePyramid, Places, level_of
from emo.data.batched.light import apply_light
from emo.data.batched.moves import Mover
from emo.data.batched.stack import stack
from emo.data.batched.warp import inside, invert, look, pixel_centres
from emo.data.crowd import Crowd, CrowdPlan
from emo.data.crowd_dataset import CrowdBatch, CrowdDataset, CrowdTarget
from emo.data.outline import box_outlines
from emo.data.place import fill_matrix
from emo.data.sampler import ViewKey
from emo.view import PAD, View


class CrowdSketch(NamedTuple):
    """A frame to be made, whether it is mirrored at the end, the seed of its light, and what is to be learned of it."""

    photo: int
    plan: CrowdPlan
    flip: bool
    seed: int
    target: CrowdTarget


class PlannedCrowdBatch(NamedTuple):
    """B frames to be made of up to K tiles each; see CrowdPlan and `emo.data.crowd_dataset.CrowdBatch`.

    Attributes:
        photos: (B,) that each frame begins with.
        rooms: (B,) photo of the background, -1 where there is none.
        room_matrices: (B, 2, 3) from the room to the frame.
        tints: (B, 3).
        areas: (B, 4).
        tile_photos: (B, K) in the order in which they are laid; 0 where there are fewer.
        tile_matrices: (B, K, 2, 3).
        tile_rects: (B, K, 4), of no area where there are fewer.
        tile_light: (B, K, 2) contrast and brightness.
        flips: (B,) bool.
        seed: of all that is drawn later.
        owners: (F,) and so on: the faces.
    """

    photos: Tensor
    rooms: Tensor
    room_matrices: Tensor
    tints: Tensor
    areas: Tensor
    tile_photos: Tensor
    tile_matrices: Tensor
    tile_rects: Tensor
    tile_light: Tensor
    flips: Tensor
    seed: int
    owners: Tensor
    boxes_cxcywh: Tensor
    has_box: Tensor
    emotions: Tensor
    emotion_shares: Tensor


class PlannedCrowds(Dataset[CrowdSketch]):
    """Plans of a dataset's crowded frames, from the same random numbers as the frames themselves.

    Args:
        dataset: the photos.
        crowd: plans the frames.
        mover: mirrors frames, or does not.
    """

    def __init__(self, dataset: CrowdDataset, crowd: Crowd, mover: Mover) -> None:
        self.dataset, self._crowd, self._mover = dataset, crowd, mover

    def __len__(self) -> int:
        """The number of photos."""
        return len(self.dataset)

    def __getitem__(self, key: ViewKey) -> CrowdSketch:
        """The plan of the frame that the key asks for."""
        plan = self.dataset.plan(self._crowd, key)
        size = self._crowd.width, self._crowd.height
        moved = self._mover.draw(box_outlines(plan.boxes_xyxy), size, None, key.seed)
        boxes, visible = moved.faces()
        seen, faces = np.flatnonzero(visible > 0), self.dataset.planned_faces(plan)
        target = self.dataset.target([faces[i] for i in seen], boxes[seen], View.whole(*size))
        return CrowdSketch(key.photo, plan, bool(moved.after[0, 0] < 0), key.seed, target)

    def collate(self, sketches: Sequence[CrowdSketch]) -> PlannedCrowdBatch:
        """Stack plans, with room for as many tiles as the fullest frame has; the seed is the first one's."""
        plans = [s.plan for s in sketches]
        size = (self._crowd.width, self._crowd.height)
        shape = (len(plans), max(1, *(len(p.tiles) for p in plans)))
        photos, rects = np.zeros(shape, np.int64), np.zeros((*shape, 4), np.float32)
        matrices = np.tile(np.eye(2, 3, dtype=np.float32), (*shape, 1, 1))
        light = np.zeros((*shape, 2), np.float32)
        for frame, plan in enumerate(plans):
            for place, (photo, tile, contrast, brightness) in enumerate(plan.tiles):
                photos[frame, place], rects[frame, place] = photo, tile.rect
                matrices[frame, place], light[frame, place] = tile.matrix, (contrast, brightness)

        def join(values: Iterable[npt.NDArray[np.generic]]) -> Tensor:
            return torch.from_numpy(np.concatenate(list(values)))

        targets = [s.target for s in sketches]
        return PlannedCrowdBatch(
            photos=stack((s.photo for s in sketches), torch.int64),
            rooms=stack((-1 if p.room is None else p.room for p in plans), torch.int64),
            room_matrices=stack(
                (np.eye(2, 3) if p.room is None else fill_matrix(p.part, *size) for p in plans), torch.float32
            ),
            tints=stack((p.tint for p in plans), torch.float32),
            areas=stack((p.area for p in plans), torch.float32),
            tile_photos=torch.from_numpy(photos),
            tile_matrices=torch.from_numpy(matrices),
            tile_rects=torch.from_numpy(rects),
            tile_light=torch.from_numpy(light),
            flips=stack((s.flip for s in sketches), torch.bool),
            seed=sketches[0].seed,
            owners=torch.repeat_interleave(
                torch.arange(len(sketches)), torch.tensor([len(t.has_box) for t in targets])
            ),
            boxes_cxcywh=join(t.boxes_cxcywh for t in targets),
            has_box=join(t.has_box for t in targets),
            emotions=join(t.emotions for t in targets),
            emotion_shares=join(t.emotion_shares for t in targets),
        )


class CrowdAugmenter:
    """Makes frames as `Crowd.render` and an Albumentations pipeline of the same steps would.

    Args:
        frames: of the dataset that the plans are of.
        crowd: that planned them.
        light: steps that leave everything where it is.
    """

    def __init__(
        self, frames: FramePyramid, crowd: Crowd, light: Sequence[A.BasicTransform | A.BaseCompose]
    ) -> None:
        self._frames, self._light = frames, light
        self._width, self._height = crowd.width, crowd.height

    def __call__(self, plans: PlannedCrowdBatch) -> CrowdBatch:
        """The frames of B plans, on the plans' device."""
        device = plans.photos.device
        self._frames.move_to(device)
        points = pixel_centres(self._width, self._height, device)
        values = self._tiles(plans, points, self._background(plans, points))
        upright = (points[:, 1] >= plans.areas[:, 1:2]) & (points[:, 1] < plans.areas[:, 3:4])
        values = torch.where(upright[..., None], values, float(PAD))
        images = values.transpose(1, 2).reshape(-1, 3, self._height, self._width).round()
        images = torch.where(plans.flips[:, None, None, None], images.flip(3), images)
        images = apply_light(self._light, images, Draws(plans.seed, len(images), device))
        return CrowdBatch(
            images=images.to(torch.uint8),
            owners=plans.owners,
            boxes_cxcywh=plans.boxes_cxcywh,
            has_box=plans.has_box,
            emotions=plans.emotions,
            emotion_shares=plans.emotion_shares,
            photos=plans.photos,
            frames=(),
        )

    def _background(self, plans: PlannedCrowdBatch, points: Tensor) -> Tensor:
        shown, _ = look(self._frames, plans.rooms.clamp(min=0), plans.room_matrices, points)
        plain = plans.rooms[:, None, None] < 0
        return (torch.where(plain, float(PAD), shown) * plans.tints[:, None]).clamp(0, 255)

    def _tiles(self, plans: PlannedCrowdBatch, points: Tensor, canvas: Tensor) -> Tensor:
        """Lay the tiles onto the canvas (B, N, 3): find the topmost at each point, then look at that one alone."""
        turns, moves = plans.tile_matrices[..., :2], plans.tile_matrices[..., 2]
        back, scales = invert(turns)
        whole = self._frames.sizes[plans.tile_photos, 0].float()
        top = torch.full(canvas.shape[:2], -1, device=canvas.device)
        sources = torch.zeros((*canvas.shape[:2], 2), device=canvas.device)
        for k in range(plans.tile_photos.shape[1]):
            reached = (points - moves[:, None, k]) @ back[:, k].transpose(1, 2)
            ends = torch.cat((torch.zeros_like(whole[:, k]), whole[:, k]), dim=1)
            shows = inside(points[None], plans.tile_rects[:, k]) & inside(reached, ends)
            top = torch.where(shows, k, top)
            sources = torch.where(shows[..., None], reached, sources)
        covered, tile = top >= 0, top.clamp(min=0)
        levels = level_of(scales)
        start = self._frames.starts[plans.tile_photos, levels]
        size = self._frames.sizes[plans.tile_photos, levels]

        def at(values: Tensor) -> Tensor:
            """Of each point's tile, from those of all (B, K)."""
            return values.gather(1, tile)

        width, height = at(size[..., 0]), at(size[..., 1])
        shrunk = torch.stack((width / at(whole[..., 0]), height / at(whole[..., 1])), dim=2)
        shown = self._frames.sample(Places(at(start), width, height), sources * shrunk)
        contrast, brightness = (at(plans.tile_light[..., i])[..., None] for i in (0, 1))
        lit = (shown * contrast + brightness).abs().clamp(max=255)
        return torch.where(covered[..., None], lit, canvas)
