import multiprocessing
import pickle
from pathlib import Path

import numpy as np
import pytest

from emo.data import cache as cache_module
from emo.data.cache import FrameCache
from emo.data.folder import read_folder
from emo.data.images import load_image
from emo.data.labels import LabelSet
from emo.errors import DataError
from emo.faces import EMOTIONS
from tests.fakes import fake_image, save_fake


@pytest.fixture
def labelled(tmp_path, rng):
    for i, size in enumerate([(96, 72), (30, 200), (200, 30), (10, 10)]):
        save_fake(tmp_path / "photos" / f"{i}.png", fake_image(rng, size=size))
    return [photo.labelled for photo in read_folder(tmp_path / "photos", LabelSet(EMOTIONS)).photos]


@pytest.fixture
def decoded(monkeypatch):
    """Names of the images that were decoded."""
    names = []

    def load(path, max_side):
        names.append(Path(path).name)
        return load_image(path, max_side)

    monkeypatch.setattr(cache_module, "load_image", load)
    return names


@pytest.mark.parametrize("budget", [0, 1])
def test_frames_are_those_of_the_files(labelled, budget):
    cache = FrameCache(labelled, 64, budget)
    for index, photo in enumerate(labelled):
        expected = load_image(photo.image, 64)
        for _ in range(2):
            frame = cache.frame(index)
            np.testing.assert_array_equal(frame, expected)
            assert frame.shape[1::-1] == cache.frame_size(index)


def test_decoded_once_within_the_budget(labelled, decoded):
    cache = FrameCache(labelled, 640, 1)
    for _ in range(3):
        for index in range(4):
            cache.frame(index)
    assert sorted(decoded) == ["0.png", "1.png", "2.png", "3.png"]
    assert cache.megabytes == pytest.approx((96 * 72 + 2 * 30 * 200 + 100) * 3 / 1e6)


def test_no_more_than_the_budget(labelled, decoded):
    large = [labelled[0]] * 60  # 20,736 bytes each: 48 are a megabyte
    cache = FrameCache(large, 640, 1)
    assert cache.megabytes <= 1
    for index in (0, 47, 48, 59, 0, 47, 48, 59):
        cache.frame(index)
    assert len(decoded) == 6
    assert FrameCache(large, 640, 0).megabytes == 0


def test_kept_frames_cannot_be_spoilt(labelled):
    with pytest.raises(ValueError, match="read-only"):
        FrameCache(labelled, 64, 1).frame(0)[:] = 0


def fetch(cache, queue):
    queue.put(int(cache.frame(1).sum()))


def test_processes_share_the_pixels(labelled, decoded):
    cache = FrameCache(labelled, 64, 1)
    context = multiprocessing.get_context("fork")
    queue = context.Queue()
    process = context.Process(target=fetch, args=(cache, queue))
    process.start()
    assert queue.get(timeout=60) == int(load_image(labelled[1].image, 64).sum())
    process.join(60)
    cache.frame(1)
    assert decoded == []  # the other process had decoded it
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(cache)).frame(1), cache.frame(1))


def test_the_files_go_with_the_cache(labelled):
    cache = FrameCache(labelled, 64, 1)
    folder = cache._folder
    assert folder.is_dir()
    del cache
    assert not folder.exists()


def test_an_image_that_vanished(labelled):
    cache = FrameCache(labelled, 64, 1)
    labelled[0].image.unlink()
    with pytest.raises(DataError, match=r"0\.png"):
        cache.frame(0)
