"""What JPEG does to a batch, against a real encoder and decoder."""

import cv2
import numpy as np
import pytest
import torch

from emo.data.batched.jpeg import jpeg
from tests.data.batched.compare import smooth_image


def picture(rng, width, height):
    """Soft, with noise and an edge: what JPEG keeps, blurs and rings at."""
    image = smooth_image(rng, (width, height)).astype(np.int64) + rng.integers(-20, 20, (height, width, 3))
    image[height // 3 :, width // 2 :] //= 3
    return image.clip(0, 255).astype(np.uint8)


def through_opencv(image, quality):
    encoded = cv2.imencode(".jpg", image[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return cv2.imdecode(encoded, cv2.IMREAD_COLOR)[:, :, ::-1]


def as_batch(images):
    return torch.from_numpy(np.stack(images).transpose(0, 3, 1, 2).copy()).float()


QUALITIES = (1, 10, 30, 49, 50, 75, 90, 100)


def against_an_encoder(image, quality):
    """Mean absolute difference from what an encoder makes of it, and that from the image."""
    made = jpeg(as_batch([image]), torch.tensor([float(quality)]))[0].permute(1, 2, 0).numpy()
    real = through_opencv(image, quality).astype(np.float64)
    assert made.shape == real.shape
    return np.abs(made - real).mean(), np.abs(real - image).mean()


@pytest.mark.parametrize("size", [(64, 64), (48, 33), (50, 37), (7, 5), (1, 1)])
@pytest.mark.parametrize("quality", QUALITIES)
def test_grey_is_that_of_an_encoder(rng, size, quality):
    different, _ = against_an_encoder(np.repeat(picture(rng, *size)[:, :, :1], 3, axis=2), quality)
    assert different < 0.7


@pytest.mark.parametrize("size", [(64, 64), (48, 33), (50, 37)])
@pytest.mark.parametrize("quality", QUALITIES)
def test_colour_is_nearly_that_of_an_encoder(rng, size, quality):
    """It reckons colour in whole numbers, so that now and then a coefficient is a step off."""
    different, lost = against_an_encoder(picture(rng, *size), quality)
    assert different < 2
    assert different < lost / 3


def test_each_image_has_a_quality_of_its_own(rng):
    images = as_batch([picture(rng, 40, 24) for _ in range(3)])
    qualities = torch.tensor([20.0, 95.0, 60.0])
    together = jpeg(images, qualities)
    for k in range(3):
        torch.testing.assert_close(together[k], jpeg(images[k : k + 1], qualities[k : k + 1])[0])
    lost = (together - images).abs().mean(dim=(1, 2, 3))
    assert lost[0] > lost[2] > lost[1]
    assert together.frac().abs().max() == 0
    assert 0 <= together.min() <= together.max() <= 255
