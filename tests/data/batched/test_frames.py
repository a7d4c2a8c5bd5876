"""All frames of a dataset in one tensor, in several sizes."""

import cv2
import numpy as np
import pytest
import torch
from torch import nn

from emo.data.batched.frames import LEVELS, FramePyramid, Places, halve, level_of
from emo.data.batched.warp import inside, look, pixel_centres, within_windows
from emo.errors import ConfigError
from tests.data.batched.compare import SIZES, read


@pytest.fixture(scope="module")
def kept(various):
    photos, cache = read(various)
    return cache, FramePyramid(cache, len(photos))


def level_pixels(pyramid, photo, level):
    start, (width, height) = int(pyramid.starts[photo, level]), pyramid.sizes[photo, level].tolist()
    return pyramid.pixels[start : start + width * height].reshape(height, width, 3).numpy()


def test_all_sizes_of_all_frames_are_kept(kept):
    cache, pyramid = kept
    for photo in range(len(pyramid.sizes)):
        frame = cache.frame(photo)
        for level, expected in enumerate(halve(frame)):
            assert expected.shape[:2] == tuple(-(-side // 2**level) for side in frame.shape[:2])
            np.testing.assert_array_equal(level_pixels(pyramid, photo, level), expected)
            assert abs(expected.mean() - frame.mean()) < 3  # halving keeps the light
    assert pyramid.pixels.shape[0] == pyramid.sizes.prod(dim=2).sum()


def test_sizes_down_to_one_pixel():
    assert [level.shape for level in halve(np.zeros((1, 3, 3), np.uint8))] == [(1, 3, 3), (1, 2, 3)] + [
        (1, 1, 3)
    ] * 4


def test_the_memory_that_is_asked_for_is_that_of_all_sizes(kept):
    _, pyramid = kept
    whole = sum(3e-6 * pyramid.sizes[photo, 0].prod().item() for photo in range(len(pyramid.sizes)))
    assert pyramid.megabytes / whole == pytest.approx(4 / 3, rel=0.02)


@pytest.mark.parametrize(
    ("scale", "level"),
    [(4, 0), (1, 0), (0.5, 0), (0.499, 1), (0.25, 1), (0.249, 2), (0.03, 5), (1 / 64, 5), (1e-6, 5)],
)
def test_level_of(scale, level):
    assert level_of(torch.tensor([scale])).tolist() == [level]
    assert level < LEVELS


@pytest.mark.parametrize("photo", range(len(SIZES)))
@pytest.mark.parametrize("level", [0, 2])
def test_sample_is_opencvs_bilinear_with_edges_repeated(kept, photo, level, rng):
    _, pyramid = kept
    pixels = level_pixels(pyramid, photo, level)
    height, width = pixels.shape[:2]
    # in steps of 1/32, to which OpenCV rounds
    points = (
        rng.integers(-32 * 3, 32 * (np.array([width, height]) + 3), size=(500, 2)).astype(np.float32) / 32
    )
    places = pyramid.places(torch.tensor([photo]), torch.tensor([level]))
    sampled = pyramid.sample(places, torch.from_numpy(points)[None])[0]
    x, y = (np.ascontiguousarray(points[:, k : k + 1] - np.float32(0.5)) for k in (0, 1))
    expected = cv2.remap(pixels.astype(np.float32), x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    np.testing.assert_allclose(sampled.numpy(), expected[:, 0], atol=0.01)


def test_sample_of_another_frame_at_every_point(kept):
    """As crowds do: every point of a picture may lie in another frame."""
    _, pyramid = kept
    photos = torch.tensor([0, 3, 4])
    one = pyramid.places(photos, torch.zeros_like(photos))
    places = Places(*(part.T for part in one))
    points = torch.tensor([[5.25, 6.5], [300.0, 250.75], [1.0, 99.0]])
    sampled = pyramid.sample(places, points[None])[0]
    for row, photo in enumerate(photos):
        alone = pyramid.sample(pyramid.places(photo[None], torch.tensor([0])), points[row][None, None])
        torch.testing.assert_close(sampled[row], alone[0, 0])


def test_look_is_opencvs_warp(kept):
    cache, pyramid = kept
    turn = np.array([[0.9, -0.3, 12.0], [0.3, 0.9, -7.0]])
    points = pixel_centres(70, 50, torch.device("cpu"))
    shown, sources = look(pyramid, torch.tensor([1]), torch.from_numpy(turn).float()[None], points)
    shifted = turn.copy()
    shifted[:, 2] += turn[:, :2].sum(axis=1) / 2 - 0.5
    expected = cv2.warpAffine(
        cache.frame(1), shifted, (70, 50), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    difference = np.abs(shown.reshape(50, 70, 3).numpy() - expected)
    assert difference.mean() < 0.6
    assert difference.max() < 4
    back = sources[0].numpy() @ turn[:, :2].T + turn[:, 2]
    np.testing.assert_allclose(back, points.numpy(), atol=1e-3)


class Noise:
    """Frames without any two pixels alike."""

    def __init__(self, *sizes):
        rng = np.random.default_rng(0)
        self.frames = [rng.integers(0, 256, (height, width, 3), dtype=np.uint8) for width, height in sizes]

    def frame(self, index):
        return self.frames[index]

    def frame_size(self, index):
        return self.frames[index].shape[1::-1]


@pytest.mark.parametrize("share", [0.7, 0.4, 0.2, 0.09, 0.04])
def test_a_small_view_shows_the_mean_of_what_is_there(share):
    """A warp alone would skip pixels, and noise would stay as strong as it is."""
    noise = Noise((400, 301))
    size = [round(side * share) for side in (400, 301)]
    matrix = torch.eye(2, 3)[None] * torch.tensor([[size[0] / 400], [size[1] / 301]])
    shown, _ = look(
        FramePyramid(noise, 1), torch.tensor([0]), matrix, pixel_centres(*size, torch.device("cpu"))
    )
    expected = cv2.resize(noise.frame(0), size, interpolation=cv2.INTER_AREA)
    assert shown.mean().item() == pytest.approx(expected.mean(), abs=2)
    assert 0.7 < shown.std().item() / expected.std() < 1.7


def test_inside():
    points = torch.tensor([[[0.0, 0], [4, 2], [3.9, 2], [1, 5], [1, 4.9], [-0.1, 1]]])
    assert inside(points, torch.tensor([[0.0, 0, 4, 5]])).tolist() == [
        [True, False, True, False, True, False]
    ]


def test_within_windows():
    points = torch.tensor([[1.0, 1], [7, 1], [7, 7], [11, 1]])
    whole = torch.tensor([[10.0, 0, 0], [0, 10, 0]])
    mirrored = torch.tensor([[-4.0, 0, 9], [0, 5, 0]])  # from 5 to 9, from 0 to 5
    windows = torch.stack((torch.stack((whole, whole)), torch.stack((whole, mirrored))))
    seen = within_windows(points, windows)
    assert seen.tolist() == [[True, True, True, False], [False, True, False, False]]
    assert within_windows(points, windows[:, :0]).all()


@pytest.mark.parametrize(("free", "fits"), [(1.9, False), (2.1, True)])
def test_the_gpu_needs_room_for_the_frames_and_the_training(kept, monkeypatch, free, fits):
    _, pyramid = kept
    moved = []
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device: (int(free * pyramid.megabytes * 1e6), 0))
    monkeypatch.setattr(nn.Module, "to", lambda self, device: moved.append(device))
    if fits:
        pyramid.move_to(torch.device("cuda"))
    else:
        with pytest.raises(ConfigError, match=r"frames take \d+ MB.*data.max_side.*data.augment_on=cpu"):
            pyramid.move_to(torch.device("cuda"))
    assert moved == [torch.device("cuda")] * fits
