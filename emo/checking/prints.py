"""What is measured of a picture's pixels: finger prints to find duplicates by, sharpness and darkness.

The perceptual hash is a difference hash (https://www.hackerfactor.com/blog/index.php?/archives/529-Kind-of-Like-That.html)
along both axes. The library imagehash has the same, but takes PIL images and brings SciPy and PyWavelets for hashes
that are not used here; on a picture that OpenCV has already decoded it is the four lines of `_hash`.
"""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from emo.data.shapes import Box
from emo.view import ImageArray, View

SIDE = 16
"""Pixels of the small grey copies that tell true duplicates from chance hits of the hash."""

HASH_BYTES = 16
_FACE = 64  # pixels
_DARK = 40  # grey value; a picture with 95 % of its pixels below shows nothing
_BLANK = 3.0  # standard deviation of the grey values


class Prints(NamedTuple):
    """Measured of one picture.

    Attributes:
        hash: 128 bits; alike for pictures that look alike.
        whole: grey copy, SIDE x SIDE bytes.
        face: the same of the largest face, or of the whole picture where no box is known.
        sharpness: variance of the Laplacian of the face (Pech-Pacheco et al. 2000), shrunk to 64 pixels but never
            enlarged: a small face must not count as blurred.
        dark: nearly black, or blank.
    """

    hash: bytes
    whole: bytes
    face: bytes
    sharpness: float
    dark: bool


def take_prints(frame: ImageArray, box_xyxy: Box | None) -> Prints:
    """Measure a picture.

    Args:
        frame: H x W x 3 RGB.
        box_xyxy: of its largest face in pixels; None where unknown.
    """
    grey = np.asarray(cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY), np.uint8)
    whole = _small(grey, SIDE, SIDE)
    face = whole
    sharp = View.whole(*frame.shape[1::-1])
    if box_xyxy is not None:
        sharp = View.around(box_xyxy, 1.0)
        face = np.asarray(cv2.cvtColor(View.around(box_xyxy).crop(frame, SIDE), cv2.COLOR_RGB2GRAY), np.uint8)
    dark = bool(np.percentile(grey, 95) < _DARK or grey.std() < _BLANK)
    return Prints(_hash(grey), whole.tobytes(), face.tobytes(), _sharpness(frame, sharp), dark)


def _sharpness(frame: ImageArray, view: View) -> float:
    grey = cv2.cvtColor(view.crop(frame, min(_FACE, view.side)), cv2.COLOR_RGB2GRAY)
    return float(cv2.Laplacian(grey, cv2.CV_32F).var())


def _hash(grey: npt.NDArray[np.uint8]) -> bytes:
    across, down = _small(grey, 9, 8), _small(grey, 8, 9)
    bits = np.concatenate(((across[:, 1:] > across[:, :-1]).ravel(), (down[1:] > down[:-1]).ravel()))
    return np.packbits(bits).tobytes()


def _small(grey: npt.NDArray[np.uint8], width: int, height: int) -> npt.NDArray[np.uint8]:
    return np.asarray(cv2.resize(grey, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
