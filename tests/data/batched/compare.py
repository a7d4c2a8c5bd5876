"""The same views made twice: one by one by the Albumentations pipeline, and as a batch."""

from __future__ import annotations

import itertools
from pathlib import Path

import cv2
import numpy as np
import torch

from emo.data.augment import Pipeline
from emo.data.batched.augmenter import Augmenter, split_steps
from emo.data.batched.crowd import CrowdAugmenter, PlannedCrowds
from emo.data.batched.frames import FramePyramid
from emo.data.batched.moves import Mover
from emo.data.batched.planned import PlannedDataset, collate_plans
from emo.data.cache import FrameCache
from emo.data.crowd_dataset import CrowdDataset, collate_crowds
from emo.data.dataset import FaceDataset, collate
from emo.data.folder import Photo, read_folder
from emo.data.labels import LabelSet
from emo.data.sampler import ViewKey
from emo.faces import EMOTIONS
from tests.fakes import save_fake

SIZES = ((96, 72), (97, 71), (51, 83), (640, 481), (24, 17))


def smooth_image(rng, size):
    """Soft blobs of colour, so that how a pixel is looked up hardly matters, but where does."""
    width, height = size
    small = rng.uniform(20, 235, size=(5, 6, 3)).astype(np.float32)
    return cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC).clip(0, 255).astype(np.uint8)


def write_various(folder: Path, rooms: int = 2) -> Path:
    """Photos of all sizes with a face, and with two; rooms, and a crop of unknown box."""
    rng = np.random.default_rng(0)
    for number, (width, height) in enumerate(SIZES):
        one = (0.2 * width, 0.3 * height, 0.5 * width, 0.9 * height)
        two = (0.6 * width, 0.1 * height, 0.8 * width, 0.4 * height)
        shapes = [(EMOTIONS[number % 5], one), ("face", two)][: 1 + number % 2]
        save_fake(folder / f"p{number}.png", smooth_image(rng, (width, height)), shapes)
    for number in range(rooms):
        save_fake(folder / f"room_{number}.png", smooth_image(rng, SIZES[number % len(SIZES)]))
    save_fake(folder / "q_crop.png", smooth_image(rng, (32, 32)), flags={"happy": True})
    return folder


def read(folder: Path) -> tuple[list[Photo], FrameCache]:
    photos = read_folder(folder, LabelSet(EMOTIONS)).photos
    return photos, FrameCache([photo.labelled for photo in photos], 640, 100)


def keys_of(photos, each, seed=0):
    seeds = np.random.default_rng(seed).integers(2**40, size=len(photos) * each)
    places = itertools.cycle(range(len(photos)))
    return [ViewKey(photo, int(number)) for photo, number in zip(places, seeds, strict=False)]


def both_views(folder, steps, size, each=8):
    """Batches of faces by the pipeline and planned, and the plans."""
    photos, frames = read(folder)
    dataset = FaceDataset(photos, EMOTIONS, frames, Pipeline(steps), size)
    keys = keys_of(photos, each)
    moves, light = split_steps(steps, size)
    planned = PlannedDataset(dataset, Mover(moves, light))
    plans = collate_plans([planned[key] for key in keys])
    augment = Augmenter(FramePyramid(frames, len(photos)), size, light)
    return collate([dataset[key] for key in keys]), augment(plans), plans


def both_crowds(folder, crowd, flip, light=(), each=4):
    """Batches of crowded frames by the pipeline and planned, and the plans."""
    photos, frames = read(folder)
    steps = [*([] if flip is None else [flip]), *light]
    dataset = CrowdDataset(photos, EMOTIONS, frames, Pipeline(steps), crowd.width, crowd)
    keys = keys_of(photos, each)
    planned = PlannedCrowds(dataset, crowd, Mover(*split_steps(steps, crowd.width)))
    plans = planned.collate([planned[key] for key in keys])
    augment = CrowdAugmenter(FramePyramid(frames, len(photos)), crowd, list(light))
    return collate_crowds([dataset[key] for key in keys]), augment(plans), plans


def assert_same_truth(one, two, *names):
    torch.testing.assert_close(two.boxes_cxcywh, one.boxes_cxcywh, rtol=0, atol=1e-5)
    for name in ("has_box", "emotions", "emotion_shares", "photos", *names):
        assert torch.equal(getattr(two, name), getattr(one, name)), name


def differences(one, two):
    """Mean absolute difference of each image, in grey values."""
    return (one.images.float() - two.images.float()).abs().mean(dim=(1, 2, 3))
