"""Pages without a room: titles of films, slides, screens. Large letters are what a network takes for a face."""

import cv2
import numpy as np
from PIL import Image, ImageDraw

from emo.fonts import load_font

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_NUMBERS = "0123456789"
_FONTS = (
    "DejaVuSans.ttf",
    "DejaVuSans-Bold.ttf",
    "DejaVuSansMono.ttf",
    "DejaVuSerif.ttf",
    "DejaVuSerif-Bold.ttf",
    "STIXGeneral.ttf",
    "STIXGeneralBol.ttf",
    "STIXGeneralItalic.ttf",
)


def draw_title(rng: np.random.Generator, room: np.ndarray) -> np.ndarray:
    """Draw a page of words.

    Args:
        rng: Source of chance.
        room: H x W x 3 uint8 RGB, which lies under some of the pages.

    Returns:
        H x W x 3 uint8 RGB.
    """
    height, width = room.shape[:2]
    ground = _ground(rng, room)
    page = Image.fromarray(ground)
    pen = ImageDraw.Draw(page)
    ink = _ink(rng, ground)
    if rng.random() < 0.3:
        _mark(pen, rng, (width, height), ink)
    y = height * float(rng.uniform(-0.05, 0.6))
    for _ in range(int(rng.integers(1, 5))):
        tall = max(6, round(height * float(np.exp(rng.uniform(np.log(0.04), np.log(0.5))))))
        font = load_font(tall, _FONTS[int(rng.integers(len(_FONTS)))])
        text = _words(rng)
        x = (width - font.getlength(text)) * float(rng.uniform(0.0, 1.0))
        pen.text((x, y), text, fill=ink, font=font)
        y += tall * float(rng.uniform(1.0, 1.6))
        if y > height:
            break
    sigma = float(rng.uniform(0.2, 2.0)) * height / 480.0
    return cv2.GaussianBlur(np.asarray(page), (0, 0), sigma)


def _ground(rng: np.random.Generator, room: np.ndarray) -> np.ndarray:
    """A plain or shaded page, dark or bright, or the room, dimmed."""
    if rng.random() < 0.3:
        return np.rint(room * float(rng.uniform(0.1, 1.0))).astype(np.uint8)
    dark = rng.random() < 0.6
    tone = rng.uniform(0, 60, 3) if dark else rng.uniform(120, 255, 3)
    if rng.random() < 0.6:
        tone[:] = tone.mean()
    fall = np.linspace(1.0, float(rng.uniform(0.4, 1.0)), room.shape[0])[:, None, None]
    return np.rint(np.broadcast_to(tone * fall, room.shape)).astype(np.uint8)


def _ink(rng: np.random.Generator, page: np.ndarray) -> tuple[int, int, int]:
    """A colour that can be read on the page."""
    low, high = (140, 256) if page.mean() < 110 else (0, 90)
    red, green, blue = (int(value) for value in rng.integers(low, high, 3))
    return (red, red, red) if rng.random() < 0.6 else (red, green, blue)


def _words(rng: np.random.Generator) -> str:
    """One to three words of chance, in capitals, small letters, or both."""
    alphabet = list(_LETTERS if rng.random() < 0.85 else _NUMBERS)
    words = ["".join(rng.choice(alphabet, int(rng.integers(1, 9)))) for _ in range(int(rng.integers(1, 4)))]
    case = rng.random()
    return " ".join(
        word if case < 0.4 else word.capitalize() if case < 0.8 else word.lower() for word in words
    )


def _mark(
    pen: ImageDraw.ImageDraw, rng: np.random.Generator, size: tuple[int, int], ink: tuple[int, ...]
) -> None:
    """Rings and bars, as in an emblem."""
    width, height = size
    x, y = width * float(rng.uniform(0.1, 0.9)), height * float(rng.uniform(0.1, 0.9))
    for _ in range(int(rng.integers(1, 4))):
        reach = height * float(rng.uniform(0.05, 0.35))
        area = (x - reach, y - reach * float(rng.uniform(0.5, 1.0)), x + reach, y + reach)
        thick = max(1, round(reach * float(rng.uniform(0.05, 0.3))))
        if rng.random() < 0.6:
            pen.ellipse(area, outline=ink, width=thick)
        else:
            pen.rectangle(area, outline=ink, width=thick)
