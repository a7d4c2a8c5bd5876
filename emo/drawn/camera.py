"""What a webcam does to a picture: exposure, white balance, blur, noise, JPEG."""

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

_TILE = 256


@dataclass(frozen=True)
class Camera:
    """One webcam in one setting.

    Args:
        exposure: Factor on brightness.
        white_balance: Factors on red, green, blue.
        gamma: Below 1 lifts the shadows.
        blur: Sigma in pixels.
        motion: Length of a smear in pixels, 0 for none.
        motion_angle: Its direction, radians.
        noise: Sigma on the scale 0 to 255.
        quality: Of the JPEG compression, 0 to 100.
        vignette: How much darker the corners are, 0 to 1.
    """

    exposure: float = 1.0
    white_balance: tuple[float, float, float] = (1.0, 1.0, 1.0)
    gamma: float = 1.0
    blur: float = 0.5
    motion: float = 0.0
    motion_angle: float = 0.0
    noise: float = 3.0
    quality: int = 80
    vignette: float = 0.1

    @classmethod
    def draw(cls, rng: np.random.Generator) -> "Camera":
        """Any ordinary webcam: mostly good, now and then dark, smeared or noisy."""
        warm = float(rng.normal(0.0, 0.045))
        return cls(
            exposure=float(np.clip(rng.normal(1.0, 0.14), 0.6, 1.35)),
            white_balance=(1.0 + warm, 1.0 + float(rng.normal(0.0, 0.015)), 1.0 - warm),
            gamma=float(rng.uniform(0.85, 1.15)),
            blur=float(rng.uniform(0.3, 1.1)),
            motion=float(rng.uniform(2.0, 6.0)) if rng.random() < 0.12 else 0.0,
            motion_angle=float(rng.uniform(0.0, np.pi)),
            noise=float(rng.gamma(2.0, 1.4)),
            quality=int(rng.integers(45, 93)),
            vignette=float(rng.uniform(0.0, 0.3)),
        )

    def shoot(self, rng: np.random.Generator, image: np.ndarray) -> np.ndarray:
        """The picture as the webcam gives it.

        Args:
            rng: Source of the noise.
            image: H x W x 3 uint8 RGB, unchanged.

        Returns:
            A new image of the same shape.
        """
        height, width = image.shape[:2]
        frame = cv2.GaussianBlur(image, (0, 0), self.blur) if self.blur > 0.2 else image
        if self.motion >= 1.0:
            frame = cv2.filter2D(frame, -1, self._smear())
        frame = cv2.multiply(frame, _vignette(width, height, self.vignette), dtype=cv2.CV_8U)
        frame = cv2.LUT(frame, self._tone_curves())
        frame = cv2.add(frame, _noise(rng, width, height, self.noise), dtype=cv2.CV_8U)
        done, data = cv2.imencode(
            ".jpg", cv2.cvtColor(frame, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, self.quality]
        )
        if not done:
            raise RuntimeError("OpenCV cannot encode JPEG")
        return cv2.cvtColor(np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR)), cv2.COLOR_BGR2RGB)

    def _smear(self) -> np.ndarray:
        size = int(np.ceil(self.motion)) | 1
        kernel = np.zeros((size + 2, size + 2), dtype=np.float32)
        middle = (size + 1) / 2.0
        step = np.array([np.cos(self.motion_angle), np.sin(self.motion_angle)]) * self.motion / 2.0
        ends = [np.round((middle + sign * step) * 16).astype(int).tolist() for sign in (-1, 1)]
        cv2.line(kernel, ends[0], ends[1], (1.0,), 1, cv2.LINE_8, 4)
        normed: np.ndarray = kernel / kernel.sum()
        return normed

    def _tone_curves(self) -> np.ndarray:
        level = np.linspace(0.0, 1.0, 256)[:, None] * self.exposure * np.array(self.white_balance)
        curve = 255.0 * np.clip(level, 0.0, 1.0) ** self.gamma
        table: np.ndarray = np.round(curve).astype(np.uint8)[None]
        return table


@lru_cache(maxsize=4)
def _vignette(width: int, height: int, amount: float) -> np.ndarray:
    x = np.linspace(-1.0, 1.0, width, dtype=np.float32)[None, :]
    y = np.linspace(-1.0, 1.0, height, dtype=np.float32)[:, None]
    fall = 1.0 - np.float32(amount) * (x * x + y * y) / 2.0
    return np.repeat(fall[:, :, None], 3, axis=2)


def _noise(rng: np.random.Generator, width: int, height: int, sigma: float) -> np.ndarray:
    """Fine grey noise with coarser colour noise, int16; made from one tile, since full frames are slow."""
    fine = rng.standard_normal((_TILE, _TILE, 1), dtype=np.float32)
    coarse = rng.standard_normal((_TILE // 2, _TILE // 2, 3), dtype=np.float32)
    tile = fine * 0.8 + cv2.resize(coarse, (_TILE, _TILE), interpolation=cv2.INTER_LINEAR) * 0.7
    tile = np.round(tile * sigma).astype(np.int16)
    repeats = (-(-height // _TILE), -(-width // _TILE), 1)
    return np.ascontiguousarray(np.tile(tile, repeats)[:height, :width])
