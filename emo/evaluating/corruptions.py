"""Corruptions that know where the face is; all others are Albumentations' own, see conf/evaluate.yaml."""

from __future__ import annotations

from typing import Any

import albumentations as A
import cv2
import numpy as np
import numpy.typing as npt

from emo.data.outline import outline_boxes
from emo.data.place import HALF
from emo.view import ImageArray

_BEYOND = 0.15  # of the box, that a cover sticks out to the sides


class TiltFace(A.DualTransform):
    """Turn the picture about its largest face, as a head tilts: the face stays in the frame, its box turns along.

    A picture without a face turns about its middle. What comes in at the edges is a smear of them.

    Args:
        degrees: clockwise as seen in the picture.
    """

    def __init__(self, degrees: float) -> None:
        super().__init__(p=1.0)
        self.degrees = degrees

    def get_transform_init_args_names(self) -> tuple[str, ...]:
        """Names of the constructor's arguments, as Albumentations wants them."""
        return ("degrees",)

    def get_params_dependent_on_data(self, params: dict[str, Any], data: dict[str, Any]) -> dict[str, Any]:
        """The 2 x 3 matrix, in continuous pixels."""
        height, width = params["shape"][:2]
        x1, y1, x2, y2 = _largest_box(data, width, height)
        centre = np.array([(x1 + x2) / 2, (y1 + y2) / 2])
        angle = np.deg2rad(self.degrees)
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        return {"matrix": np.column_stack((turn, centre - turn @ centre))}

    def apply(self, img: ImageArray, matrix: npt.NDArray[np.float64], **params: Any) -> ImageArray:  # noqa: ANN401
        """Warp the picture."""
        warp = matrix.copy()
        warp[:, 2] += matrix[:, :2] @ (HALF, HALF) - HALF  # pixel centres lie at half steps
        size = (img.shape[1], img.shape[0])
        return cv2.warpAffine(img, warp, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)  # type: ignore[return-value]

    def apply_to_keypoints(
        self,
        keypoints: npt.NDArray[np.floating],
        matrix: npt.NDArray[np.float64],
        **params: Any,  # noqa: ANN401
    ) -> npt.NDArray[np.floating]:
        """Turn the outlines of the faces along."""
        moved = keypoints.copy()
        moved[:, :2] = (keypoints[:, :2] + HALF) @ matrix[:, :2].T + matrix[:, 2] - HALF
        return moved


class CoverFace(A.DualTransform):
    """Cover one side of the largest face (left, right, above or below) by a rectangle of one colour.

    In a picture without a face the same is done to its middle.

    Args:
        share: part of the face that is covered, in (0, 1).

    Raises:
        ValueError: the share is out of its range.
    """

    def __init__(self, share: float = 0.33) -> None:
        super().__init__(p=1.0)
        if not 0 < share < 1:
            raise ValueError(f"share must lie between 0 and 1, not {share}")
        self.share = share

    def get_transform_init_args_names(self) -> tuple[str, ...]:
        """Names of the constructor's arguments, as Albumentations wants them."""
        return ("share",)

    def get_params_dependent_on_data(self, params: dict[str, Any], data: dict[str, Any]) -> dict[str, Any]:
        """Draw the side and the colour."""
        height, width = params["shape"][:2]
        x1, y1, x2, y2 = _largest_box(data, width, height)
        more_x, more_y = (x2 - x1) * _BEYOND, (y2 - y1) * _BEYOND
        cover = np.array([x1 - more_x, y1 - more_y, x2 + more_x, y2 + more_y])
        side = self.py_random.choice(("left", "right", "above", "below"))
        if side == "left":
            cover[2] = x1 + (x2 - x1) * self.share
        elif side == "right":
            cover[0] = x2 - (x2 - x1) * self.share
        elif side == "above":
            cover[3] = y1 + (y2 - y1) * self.share
        else:
            cover[1] = y2 - (y2 - y1) * self.share
        colour = tuple(self.py_random.randrange(256) for _ in range(3))
        limits = np.array([width, height, width, height])
        return {"cover": np.clip(np.rint(cover), 0, limits).astype(int), "colour": colour}

    def apply(
        self,
        img: ImageArray,
        cover: npt.NDArray[np.int64],
        colour: tuple[int, int, int],
        **params: Any,  # noqa: ANN401
    ) -> ImageArray:
        """Paint it."""
        x1, y1, x2, y2 = cover
        painted = img.copy()
        painted[y1:y2, x1:x2] = colour
        return painted

    def apply_to_keypoints(
        self,
        keypoints: npt.NDArray[np.floating],
        **params: Any,  # noqa: ANN401
    ) -> npt.NDArray[np.floating]:
        """A covered face is where it was."""
        return keypoints


def _largest_box(data: dict[str, Any], width: int, height: int) -> npt.NDArray[np.float64]:
    """The largest face's box; the middle half of the picture where there is none."""
    outlines = (
        np.asarray(data["keypoints"], np.float64)[:, :2] + HALF
        if len(data["keypoints"])
        else np.zeros((0, 2))
    )
    if not len(outlines):
        return np.array([width / 4, height / 4, width * 3 / 4, height * 3 / 4])
    boxes = outline_boxes(outlines)
    box: npt.NDArray[np.float64] = boxes[(boxes[:, 2:] - boxes[:, :2]).prod(axis=1).argmax()]
    return box.copy()
