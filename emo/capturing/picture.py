"""What the person before the camera sees: themselves, what to do, how to move, and how much is still wanted."""

from __future__ import annotations

import numpy as np

from emo.capturing.guide import Cue
from emo.capturing.plan import NO_FACE
from emo.drawing import GREY, Colour, draw_label_box, emotion_colour, text_height
from emo.view import ImageArray
from emo.window.fit import Fit
from emo.window.plate import lay, plate

_WHITE: Colour = (255, 255, 255)
_PLAIN: Colour = (230, 230, 230)


def render_cue(
    frame: ImageArray, cue: Cue, window: tuple[int, int], share: float, mirror: bool
) -> ImageArray:
    """Draw a window of (width, height) pixels.

    Args:
        frame: H x W x 3 RGB.
        cue: what to say.
        window: size of the picture.
        share: of all photos that are there, in [0, 1].
        mirror: as in a mirror; texts are not.

    Returns:
        RGB, height x width x 3.
    """
    fit = Fit((frame.shape[1], frame.shape[0]), window, mirror)
    picture = fit.picture(frame)
    height = text_height(picture)
    colour = GREY if cue.label in (NO_FACE, "") else emotion_colour(cue.label)
    if cue.box_xyxy is not None:
        draw_label_box(picture, fit.boxes(np.array([cue.box_xyxy]))[0], "", colour)
    prompt = plate(cue.prompt, _fitting(cue.prompt, 2 * height, window[0]), colour)
    lay(picture, prompt, 0.5, height // 2)
    if cue.hint:
        hint = plate(cue.hint, _fitting(cue.hint, round(1.3 * height), window[0]), _PLAIN)
        lay(picture, hint, 0.5, height // 2 + prompt.shape[0])
    if cue.countdown:
        number = plate(f" {cue.countdown} ", 6 * height, colour)
        lay(picture, number, 1, (picture.shape[0] - number.shape[0]) // 2)  # beside the face
    _draw_progress(picture, cue, share, colour)
    if cue.saved is not None:  # the shutter
        picture[:] = picture // 2 + 127
    return picture


def _draw_progress(picture: ImageArray, cue: Cue, share: float, colour: Colour) -> None:
    """A bar along the lower edge, and above it the numbers that are still wanted."""
    height = text_height(picture)
    bar = max(3, height // 3)
    picture[-bar:] = (70, 70, 70)
    picture[-bar:, : round(share * picture.shape[1])] = colour
    if cue.label:
        name = "without a face" if cue.label == NO_FACE else cue.label
        lay(
            picture,
            plate(f"{cue.wanted} more {name}", height, colour),
            0,
            picture.shape[0] - bar - 2 * height,
        )
        left = plate(f"{cue.wanted_in_all} in all", height, _PLAIN)
        lay(picture, left, 1, picture.shape[0] - bar - 2 * height)


def _fitting(text: str, height: int, width: int) -> int:
    """The height of letters, at most `height`, at which a line is no wider than the picture."""
    return max(8, int(min(height, 0.95 * width * height / plate(text, height, _WHITE).shape[1])))
