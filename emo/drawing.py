"""Faces onto an image, for the demo and TensorBoard alike.

Colours are those of Okabe and Ito (2008, https://jfly.uni-koeln.de/color/), which the colour-blind tell apart
too. Every line has a dark rim and every text a ground of its own: readable on bright and on dark frames.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import cv2
import numpy as np
import numpy.typing as npt

from emo.faces import EMOTIONS, Faces
from emo.fonts import load_font
from emo.overlap import shared_areas
from emo.view import ImageArray

Colour = tuple[int, int, int]
"""RGB, 0 to 255."""

GREY: Colour = (200, 200, 200)
"""What is no emotion: an unsure or unlabelled face."""

_DARK, _WHITE = (20, 20, 20), (255, 255, 255)
_NAMED: dict[str, Colour] = {
    "angry": (213, 94, 0),
    "happy": (240, 228, 66),
    "sad": (86, 180, 233),
    "surprise": (204, 121, 167),
    "neutral": (0, 158, 115),
}
_OTHERS: tuple[Colour, ...] = ((230, 159, 0), (0, 114, 178), *_NAMED.values())
_TEXT_SHARE = 0.035  # of the frame's shorter side
_SMALLEST_TEXT, _LARGEST_TEXT = 9, 48  # pixels


def emotion_colour(name: str, classes: Sequence[str] = EMOTIONS) -> Colour:
    """The colour of an emotion; the same everywhere. Grey for what is none of the classes."""
    if name in _NAMED:
        return _NAMED[name]
    return _OTHERS[list(classes).index(name) % len(_OTHERS)] if name in classes else GREY


def draw_faces(
    frame: ImageArray,
    faces: Faces,
    classes: Sequence[str] = EMOTIONS,
    labels: Sequence[str] | None = None,
    bars: bool = False,
) -> ImageArray:
    """A copy of the frame with a box and a label on each face; where there are several, with their numbers.

    Args:
        frame: RGB, H x W x 3.
        faces: N faces with C emotions.
        classes: C names.
        labels: N texts, such as "unsure", instead of each face's likeliest emotion. The probability that is
            written behind each is that of the named emotion, else that of the likeliest.
        bars: a bar for each emotion of the largest face, in a lower corner.

    Raises:
        ValueError: the numbers of classes or labels do not fit the faces.
    """
    if len(faces) and faces.emotions.shape[1] != len(classes):
        raise ValueError(f"{faces.emotions.shape[1]} emotions but {len(classes)} names")
    likeliest = [classes[index] for index in faces.emotions.argmax(axis=1)] if len(faces) else []
    names = likeliest if labels is None else list(labels)
    if len(names) != len(faces):
        raise ValueError(f"{len(names)} labels for {len(faces)} faces")
    image = frame.copy()
    ids = [None] * len(faces) if faces.track_ids is None or len(faces) < 2 else faces.track_ids.tolist()
    for box, name in zip(faces.boxes_xyxy, names, strict=True):  # all before any text: none crosses one out
        draw_label_box(image, box, "", emotion_colour(name, classes))
    for box, emotions, name, number in zip(faces.boxes_xyxy, faces.emotions, names, ids, strict=True):
        share = emotions[list(classes).index(name)] if name in classes else emotions.max()
        text = f"{name} {share:.0%}" if number is None else f"#{number} {name} {share:.0%}"
        _draw_label(image, box, text, emotion_colour(name, classes))
    if bars and len(faces):
        sides = faces.boxes_xyxy[:, 2:] - faces.boxes_xyxy[:, :2]
        draw_bars(image, faces.emotions[sides.prod(axis=1).argmax()], classes, faces.boxes_xyxy)
    return image


def draw_label_box(image: ImageArray, box_xyxy: npt.ArrayLike, text: str, colour: Colour) -> None:
    """Draw a box in place, with its text above it, or inside it where there is no room above.

    Args:
        image: RGB, H x W x 3, of any size from a 60-pixel thumbnail to 4K; written to.
        box_xyxy: (4,) pixels; may stick out of the image.
        text: one line, or empty.
        colour: of the line and of the text's ground.
    """
    x1, y1, x2, y2 = _corners(box_xyxy)
    thick = _thickness(image)
    cv2.rectangle(image, (x1, y1), (x2, y2), _DARK, thick + 2, cv2.LINE_AA)
    cv2.rectangle(image, (x1, y1), (x2, y2), colour, thick, cv2.LINE_AA)
    if text:
        _draw_label(image, box_xyxy, text, colour)


def _draw_label(image: ImageArray, box_xyxy: npt.ArrayLike, text: str, colour: Colour) -> None:
    """The text of `draw_label_box`."""
    x1, y1, _, _ = _corners(box_xyxy)
    thick, height = _thickness(image), text_height(image)
    rows, columns = _mask(text, height).shape
    above = y1 - rows - thick
    inside = max(y1, 0) + thick
    left = int(np.clip(x1 - thick, 0, max(image.shape[1] - columns, 0)))
    draw_text(image, text, (left, above if above >= 0 else inside), colour, height)


def _corners(box_xyxy: npt.ArrayLike) -> list[int]:
    """In whole pixels, within what OpenCV draws."""
    return [int(value) for value in np.clip(np.rint(np.asarray(box_xyxy, float)), -32768, 32767)]


def _thickness(image: ImageArray) -> int:
    """Of lines, in pixels."""
    return max(1, round(int(min(image.shape[:2])) / 240))


def draw_bars(
    image: ImageArray,
    emotions: npt.NDArray[np.floating],
    classes: Sequence[str] = EMOTIONS,
    boxes_xyxy: npt.ArrayLike | None = None,
) -> None:
    """Draw a bar for each emotion in place, on a dimmed ground: in the lower left corner, or right if that hides less.

    Args:
        image: RGB, H x W x 3, written to.
        emotions: (C,) probabilities.
        classes: C names.
        boxes_xyxy: (N, 4) pixels, faces that are better seen than covered.
    """
    height = text_height(image)
    step = round(1.6 * height)
    name_width = max(_mask(name, height).shape[1] for name in classes)
    number_width = _mask("100%", height).shape[1]
    length, margin = round(6 * height), height // 2
    wide = margin + name_width + length + number_width + margin
    top = image.shape[0] - step * len(classes) - margin
    right = max(image.shape[1] - wide, 0)
    panels = np.array([[0, top, wide, image.shape[0]], [right, top, image.shape[1], image.shape[0]]], float)
    faces = np.zeros((0, 4)) if boxes_xyxy is None else np.asarray(boxes_xyxy, float).reshape(-1, 4)
    hidden_left, hidden_right = shared_areas(panels, faces).sum(axis=1)
    start = right if hidden_right < hidden_left else 0
    ground = image[max(top - height // 3, 0) :, start : start + wide]
    ground[:] = ground // 4
    for row, (name, share) in enumerate(zip(classes, emotions.tolist(), strict=True)):
        y = top + row * step
        draw_text(image, name, (start + margin, y), None, height)
        x = start + margin + name_width
        rim = slice(max(y, 0), max(y + step - max(2, height // 4), 0))
        image[rim, x : x + length] = (70, 70, 70)
        image[rim, x : x + round(length * share)] = emotion_colour(name, classes)
        draw_text(image, f"{share:.0%}", (x + length, y), None, height)


def text_height(image: ImageArray) -> int:
    """The size of the letters, in pixels, that suits an image."""
    return int(np.clip(round(min(image.shape[:2]) * _TEXT_SHARE), _SMALLEST_TEXT, _LARGEST_TEXT))


def draw_text(
    image: ImageArray, text: str, corner: tuple[int, int], ground: Colour | None, height: int | None = None
) -> None:
    """Write one line in place, in black or white, whichever is read better on its ground.

    Args:
        image: RGB, written to; what falls outside is cut off.
        text: one line.
        corner: x, y of the upper left corner of its ground in pixels.
        ground: colour to write on; None writes in white on what is there.
        height: size of the letters in pixels; `text_height` of the image by default.
    """
    mask = _mask(text, text_height(image) if height is None else height)
    x, y = corner
    skip_x, skip_y = max(-x, 0), max(-y, 0)
    region = image[max(y, 0) : max(y + mask.shape[0], 0), max(x, 0) : max(x + mask.shape[1], 0)]
    alpha = mask[skip_y : skip_y + region.shape[0], skip_x : skip_x + region.shape[1], None]
    if not region.size:
        return
    if ground is not None:
        region[:] = ground
    luminance = 255 if ground is None else np.dot(ground, (0.299, 0.587, 0.114))
    ink = np.array(_WHITE if ground is None or luminance < 110 else _DARK, np.float32)
    region[:] = np.rint(region + (ink - region) * alpha)


@lru_cache(maxsize=2048)  # all percentages of all labels, so that a frame costs no rendering
def _mask(text: str, height: int) -> npt.NDArray[np.float32]:
    """The text's coverage in [0, 1], with a margin around it."""
    font = load_font(height)
    text = "".join(letter if letter.isprintable() else " " for letter in text)
    left, _, right, _ = font.getbbox(text)
    ascent, descent = font.getmetrics()
    margin = max(1, height // 4)
    drawn, offset = font.getmask2(text, mode="L")
    coverage = np.asarray(drawn, np.float32).reshape(drawn.size[1], drawn.size[0]) / 255
    mask = np.zeros((ascent + descent + margin // 2, int(right - left) + 2 * margin), np.float32)
    y, x = int(offset[1]), margin
    room = mask[y : y + coverage.shape[0], x : x + coverage.shape[1]]
    room[:] = coverage[: room.shape[0], : room.shape[1]]
    return mask
