"""Albumentations' steps that move things, as matrices: what a view shows is known before a pixel is touched."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import albumentations as A
import cv2
import numpy as np

from emo.data.augment import MIN_VISIBLE, TRIES, clip_faces
from emo.data.batched.options import Options, check_options
from emo.data.outline import FloatArray, visible_shares
from emo.data.place import HALF, Layout, PlaceFace, fill_matrix
from emo.errors import ConfigError

Steps = Sequence[A.BasicTransform | A.BaseCompose]


class Moved(NamedTuple):
    """Where all goes.

    Attributes:
        layout: of the photo in the first step's frame.
        after: (3, 3) from there to the last frame, in continuous pixels; without PlaceFace from the photo itself.
        windows: (K, 2, 3), one for each step that leaves black behind: from the unit square, which is the frame that
            the step moved, to the last frame. What lies outside one of them is black.
        outlines: (N * POINTS, 2) of the faces in the last frame.
        visible: (N,) the part of each that lies inside it.
        frame: width and height of the last frame.
    """

    layout: Layout
    after: FloatArray
    windows: FloatArray
    outlines: FloatArray
    visible: FloatArray
    frame: tuple[int, int]

    def faces(self) -> tuple[FloatArray, FloatArray]:
        """What is to be learned of the faces; see `clip_faces`."""
        return clip_faces(self.outlines, self.visible, *self.frame)


Matrices = tuple[FloatArray, FloatArray]
"""How a step moves the picture and how the outlines, (3, 3) each, in continuous pixels."""


def _mirror(step: A.HorizontalFlip, params: Mapping[str, Any]) -> Matrices:
    matrix = np.array([[-1.0, 0, params["shape"][1]], [0, 1, 0], [0, 0, 1]])
    return matrix, matrix


def _crop(step: A.RandomResizedCrop, params: Mapping[str, Any]) -> Matrices:
    height, width = step.size
    matrix = np.eye(3)
    matrix[:2] = fill_matrix(params["crop_coords"], width, height)
    return matrix, _continuous(matrix)  # Albumentations grows points from the middle of the first pixel


def _warp(step: A.Affine | A.Rotate, params: Mapping[str, Any]) -> Matrices:
    matrix = _continuous(params["matrix"])
    return matrix, matrix


def _continuous(matrix: FloatArray) -> FloatArray:
    """In continuous pixels what counts from the middle of the first one."""
    moved = np.array(matrix, np.float64)
    moved[0, 2] += HALF - (moved[0, 0] + moved[0, 1]) * HALF
    moved[1, 2] += HALF - (moved[1, 0] + moved[1, 1]) * HALF
    return moved


_LEAVES_BLACK = (A.Affine, A.Rotate)
_BLACK_BORDER = {"interpolation": cv2.INTER_LINEAR, "border_mode": cv2.BORDER_CONSTANT, "fill": 0}

MOVES: Mapping[type[A.DualTransform], tuple[Callable[[Any, Mapping[str, Any]], Matrices], Options]] = {
    A.HorizontalFlip: (_mirror, {}),
    A.RandomResizedCrop: (_crop, {"p": 1, "interpolation": cv2.INTER_LINEAR}),
    A.Affine: (_warp, {"fit_output": False, **_BLACK_BORDER}),
    A.Rotate: (_warp, {"crop_border": False, **_BLACK_BORDER}),
}


def check_moves(steps: Steps, size: int) -> None:
    """Find out before any work whether views of this size can be planned.

    Raises:
        ConfigError: they cannot.
    """
    placed = False
    for step in steps:
        name = type(step).__name__
        if isinstance(step, PlaceFace):
            check_options(step, {"width": size, "height": size})
        else:
            check_options(step, MOVES[type(step)][1])
        if isinstance(step, A.RandomResizedCrop):
            check_options(step, {"size": (size, size)})
        placed = placed or isinstance(step, PlaceFace | A.RandomResizedCrop)
        # else what it leaves black would be a part of the view
        if isinstance(step, _LEAVES_BLACK) and not placed:
            raise ConfigError(f"data.augment_on=gpu: {name} goes after PlaceFace or RandomResizedCrop alone")


class Mover:
    """Draws where all goes, from the same random numbers as a `Pipeline` of the same steps.

    Args:
        moves: PlaceFace, if at all, first; then those of MOVES in any order.
        light: the steps that follow. Of a draw that cuts off too much of a face their random numbers are passed over.
    """

    def __init__(self, moves: Steps, light: Steps) -> None:
        self._moves, self._light = moves, light
        self._windows = sum(isinstance(step, _LEAVES_BLACK) for step in moves)

    def draw(
        self, outlines: FloatArray, photo: tuple[int, int], room: tuple[int, int] | None, seed: int
    ) -> Moved:
        """Where a photo of this width and height goes.

        Args:
            outlines: of its faces in its pixels, see `box_outlines`.
            photo: its width and height.
            room: width and height of a frame without a face, where there is one.
            seed: fixes every random choice.
        """
        numbers = random.Random(seed % 2**32)
        for step in (*self._moves, *self._light):
            step.py_random = numbers  # one stream for all, as in Pipeline
        for _ in range(TRIES):
            moved = self._draw(outlines, photo, room)
            if not ((moved.visible > 0) & (moved.visible < MIN_VISIBLE)).any():
                break
            self._pass_over_light(*moved.frame)
        return moved

    def _draw(self, outlines: FloatArray, photo: tuple[int, int], room: tuple[int, int] | None) -> Moved:
        layout = Layout(np.eye(2, 3), (0, 0, *photo), "grey", (0, 0, 0, 0))
        frame, points = photo, np.eye(3)
        drawn: list[tuple[FloatArray, tuple[int, int] | None]] = []
        for step in self._moves:
            if not step.should_apply():
                continue
            if isinstance(step, PlaceFace):
                layout, frame = step.draw_layout(outlines, photo, room), (step.width, step.height)
                points[:2] = layout.matrix
                continue
            params = {"shape": (frame[1], frame[0], 3)}
            params |= step.get_params_dependent_on_data(params, {})
            matrix, moved = MOVES[type(step)][0](step, params)
            drawn.append((matrix, frame if isinstance(step, _LEAVES_BLACK) else None))
            points = moved @ points
            if isinstance(step, A.RandomResizedCrop):
                frame = step.size[1], step.size[0]
        windows: list[FloatArray] = []
        after: FloatArray = np.eye(3)
        for matrix, window in reversed(drawn):
            after = after @ matrix
            if window is not None:
                windows.append(after[:2] * (*window, 1))
        whole = np.eye(2, 3) * (*frame, 1)
        windows += [whole] * (self._windows - len(windows))  # of steps that were not taken
        outlines = outlines @ points[:2, :2].T + points[:2, 2]
        visible = visible_shares(outlines, *frame)
        return Moved(layout, after, np.array(windows).reshape(-1, 2, 3), outlines, visible, frame)

    def _pass_over_light(self, width: int, height: int) -> None:
        shape = (height, width, 3)
        for step in self._light:
            if step.should_apply():
                params = {**step.get_params(), "shape": shape}
                data = {"image": np.broadcast_to(np.uint8(0), shape)}
                step.get_params_dependent_on_data(params, data)
