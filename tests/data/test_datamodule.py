import multiprocessing
import os
import time
from collections import Counter

import cv2
import numpy as np
import pytest
import torch

from emo.config import build
from emo.data.workers import default_workers, start_worker
from emo.errors import ConfigError, UserError
from emo.faces import EMOTIONS
from tests.conftest import config, tiny
from tests.fakes import fake_image, save_fake, write_fakes


@pytest.fixture
def make(photos, tmp_path):
    def make(*overrides, root=photos):
        data = build(config(*tiny(root, tmp_path, *overrides)).data)
        data.setup()
        return data

    return make


def test_photos_of_a_person_stay_together(make):
    data = make()
    people = {
        split: {p.name.split("_")[0] for p in data.photos_of(split) if p.name.startswith("p")}
        for split in data.split
    }
    assert sum(map(len, people.values())) == 4
    names = data.split_names()
    assert sum(map(len, names.values())) == len(data.photos) == 27
    assert all(name.startswith(data.roots[0].name + "/") for name in names["train"])


def test_an_epoch_of_training(make):
    data = make("data.copies=3")
    batches = list(data.train_dataloader())
    seen = Counter(int(i) for batch in batches for i in batch.photos)
    assert sum(seen.values()) == len(data.photos_of("train")) * 3 // 8 * 8
    assert max(seen.values()) == 3
    assert {len(batch.images) for batch in batches} == {8}
    assert not any(frame.size for batch in batches for frame in batch.frames)


@pytest.mark.parametrize("split", ["val", "test"])
def test_evaluation_sees_photos_as_they_are(make, split):
    data = make("data.eval_batch_size=2")
    loaders = {"val": data.val_dataloader, "test": data.test_dataloader}
    batches = list(loaders[split]())
    photos = data.photos_of(split)
    assert [int(i) for batch in batches for i in batch.photos] == list(range(len(photos)))
    frames = [frame for batch in batches for frame in batch.frames]
    assert [frame.shape[1::-1] for frame in frames] == [(p.labelled.width, p.labelled.height) for p in photos]


def test_workers_change_nothing(make):
    alone, helped = (next(iter(make(f"data.workers={n}").train_dataloader())) for n in (0, 2))
    assert torch.equal(alone.images, helped.images)
    assert torch.equal(alone.photos, helped.photos)


def test_balance(make):
    assert make().sample_weights() is None
    data = make("data.balance=1.0")
    weights, totals = data.sample_weights(), Counter()
    for photo, weight in zip(data.photos_of("train"), weights, strict=True):
        totals[photo.emotion or bool(photo.labelled.faces)] += weight
    assert set(EMOTIONS) <= set(totals)
    assert max(totals.values()) == pytest.approx(min(totals.values()))
    half = make("data.balance=0.5").sample_weights()
    np.testing.assert_allclose(half, np.sqrt(weights))


def test_folders_are_mixed_by_weight(make, photos, tmp_path, rng):
    other = tmp_path / "other"
    for i in range(12):
        save_fake(other / f"q{i}_happy.png", fake_image(rng), [("happy", (9, 9, 40, 50))])
    data = make("data.weights=[3,1]", root=f"[{photos},{other}]")
    totals = Counter()
    for photo, weight in zip(data.photos_of("train"), data.sample_weights(), strict=True):
        totals[photo.source] += weight
    assert totals[0] == pytest.approx(3 * totals[1])
    assert {p.source for p in data.photos_of("val")} == {0, 1}


def test_the_constant_box_is_the_mean_of_the_training_boxes(make):
    data = make()
    boxes = []
    for photo in data.photos_of("train"):
        width, height = photo.labelled.width, photo.labelled.height
        side = max(width, height)
        for face in photo.labelled.faces:
            if face.box_xyxy:
                x1, y1, x2, y2 = face.box_xyxy
                shift_x, shift_y = (side - width) / 2, (side - height) / 2
                boxes.append(np.array([x1 + shift_x, y1 + shift_y, x2 + shift_x, y2 + shift_y]) / side)
    np.testing.assert_allclose(data.constant_box_xyxy(), np.mean(boxes, axis=0), atol=1e-5)


def test_no_box_at_all_has_a_middle_one(make, tmp_path):
    root = write_fakes(tmp_path / "crops", people=0, no_face=4, unknown=0, crops=0)
    for i in range(6):
        save_fake(
            root / f"c{i}.png", fake_image(np.random.default_rng(i), size=(32, 32)), flags={"sad": True}
        )
    assert make(root=root).constant_box_xyxy().tolist() == [0.25, 0.25, 0.75, 0.75]


def test_nothing_with_an_emotion(make, tmp_path):
    with pytest.raises(UserError, match="no photo has a known emotion"):
        make(root=write_fakes(tmp_path / "rooms", people=0, no_face=6, unknown=0, crops=0))


def test_setup_reads_once(make):
    data = make()
    photos, dataset = list(data.photos), data.dataset("train")
    data.setup("fit")
    assert data.photos == photos
    assert data.dataset("train") is dataset


def test_a_batch_that_cannot_be_shared(make, monkeypatch):
    data = make("data.batch_size=9")
    monkeypatch.setattr(type(data), "_rank", lambda self: (0, 2))
    with pytest.raises(ConfigError, match=r"data\.batch_size"):
        data.train_dataloader()


@pytest.mark.parametrize(
    ("cuda", "cores", "workers"),
    [(False, 1, 0), (False, 2, 1), (False, 16, 2), (True, 8, 7), (True, 1, 1), (True, 64, 16)],
)
def test_workers_by_the_machine(monkeypatch, cuda, cores, workers):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda)
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(cores)), raising=False)
    assert default_workers() == workers


def warp(image):
    return cv2.warpAffine(image, np.eye(2, 3), image.shape[1::-1])


def begin_and_warp(image):
    start_worker(0)
    warp(image)


def test_a_worker_starts_where_opencv_has_started_threads():
    """A fork takes none of them along, but OpenCV's notes of them."""
    image, before = np.zeros((1000, 1000, 3), np.uint8), cv2.getNumThreads()
    cv2.setNumThreads(2)
    warp(image)
    time.sleep(0.1)  # until they wait for more to do
    worker = multiprocessing.get_context("fork").Process(target=begin_and_warp, args=(image,), daemon=True)
    worker.start()
    worker.join(20)
    hangs = worker.is_alive()
    worker.kill()
    cv2.setNumThreads(before)
    assert not hangs
    assert worker.exitcode == 0
