"""The picture in the window: the frame, scaled and mirrored, with everything that is said about it.

All is drawn after scaling and mirroring, so that no text is mirrored and none is too small to be read.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache

import numpy as np

from emo.drawing import GREY, Colour, draw_bars, draw_faces, draw_label_box, draw_text, text_height
from emo.live.state import Shown
from emo.view import ImageArray
from emo.window.actions import KEYS, Actions
from emo.window.fit import Fit
from emo.window.message import BAD, Message
from emo.window.plate import lay, plate

_WHITE: Colour = (255, 255, 255)
_RED: Colour = (200, 30, 30)


def fit_of(actions: Actions, window: tuple[int, int]) -> Fit:
    """How the shown frame lies in a window of (width, height) pixels.

    Raises:
        ValueError: there is no frame yet.
    """
    if actions.shown is None:
        raise ValueError("there is no frame yet")
    height, width = actions.shown.frame.shape[:2]
    return Fit((width, height), window, actions.settings.mirror)


def render(actions: Actions, window: tuple[int, int]) -> ImageArray:
    """Draw a window of (width, height) pixels.

    Returns:
        RGB, height x width x 3.

    Raises:
        ValueError: there is no frame yet.
    """
    fit, shown = fit_of(actions, window), actions.shown
    assert shown is not None
    picture = _draw_found(fit, shown, actions)
    if actions.drawn_box is not None:
        keys = f"1 - {len(actions.classes)}: which emotion?"
        draw_label_box(picture, fit.boxes(np.array([actions.drawn_box]))[0], keys, _WHITE)
    _say_state(picture, shown, actions)
    if actions.help:
        _draw_help(picture, actions.classes)
    _say_messages(picture, shown.note, actions.message)
    return picture


def _draw_found(fit: Fit, shown: Shown, actions: Actions) -> ImageArray:
    found = shown.faces
    boxes = fit.boxes(found.boxes_xyxy)
    picture = fit.picture(shown.frame)
    chosen = actions.choice.of(found)
    if chosen is not None and len(found) > 1:  # a second line around the one that the keys mean
        apart = max(4, text_height(picture) // 3)
        draw_label_box(picture, boxes[chosen] + np.array([-apart, -apart, apart, apart]), "", _WHITE)
    picture = draw_faces(picture, replace(found, boxes_xyxy=boxes), actions.classes, shown.labels)
    if chosen is not None and actions.settings.bars:
        draw_bars(picture, found.emotions[chosen], actions.classes, boxes)
    return picture


def _say_state(picture: ImageArray, shown: Shown, actions: Actions) -> None:
    height = text_height(picture)
    margin = height // 2
    if not len(shown.faces):
        lay(picture, plate("no face", height, GREY), 0, margin)
    if actions.settings.recording is not None:
        lay(picture, plate("recording", height, _RED), 1, margin)
    if actions.settings.paused:
        lay(picture, plate("paused", height, _WHITE), 1, margin + 2 * height)


def _say_messages(picture: ImageArray, note: str, message: Message) -> None:
    """What the loop says, and under it what a key did: above, as the bars are below."""
    height = text_height(picture)
    lines = [(line, BAD, 1.0) for line in _wrap(note, picture.shape[1], height)]
    if message.opacity > 0:
        lines += [
            (line, message.colour, message.opacity) for line in _wrap(message.text, picture.shape[1], height)
        ]
    y = height // 2
    for text, colour, opacity in lines:
        patch = plate(text, height, colour)
        lay(picture, patch, 0.5, y, opacity)
        y += patch.shape[0]


def _draw_help(picture: ImageArray, classes: tuple[str, ...]) -> None:
    picture[:] = picture // 8
    named = "  ".join(f"{number} {name}" for number, name in enumerate(classes, 1))
    lines = [*KEYS[:1], ("", named), *KEYS[1:]]
    height = text_height(picture)
    keys, texts = (_widest(column, height) for column in zip(*lines, strict=True))
    height = max(6, min(height, int(0.95 * height * picture.shape[1] / (keys + height + texts))))
    keys, texts = (_widest(column, height) for column in zip(*lines, strict=True))
    step = int(min(2 * height, picture.shape[0] / (len(lines) + 1)))
    top = (picture.shape[0] - step * len(lines)) // 2
    left = max(0, (picture.shape[1] - keys - height - texts) // 2)
    for row, (key, text) in enumerate(lines):
        draw_text(picture, key, (left, top + row * step), None, height)
        draw_text(picture, text, (left + keys + height, top + row * step), None, height)


def _widest(texts: Iterable[str], height: int) -> int:
    """The width in pixels of the widest of some texts."""
    return max(int(plate(text, height, GREY).shape[1]) for text in texts if text)


@lru_cache(maxsize=16)
def _wrap(text: str, width: int, height: int) -> list[str]:
    """The lines of a text in letters of this height that are narrower than the picture, as few as there can be."""
    most = int(width / (0.4 * height))  # of narrow letters
    for letters in range(min(len(text), most), 8, -1):
        lines = textwrap.wrap(text, letters)
        if max(plate(line, height, BAD).shape[1] for line in lines) <= width - height:
            return lines
    return textwrap.wrap(text, 8)
