"""The geometry of augmentation in one warp: where the face is in the picture, how large, and before what."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

import albumentations as A
import cv2
import numpy as np
import numpy.typing as npt

from emo.data.outline import outline_boxes, visible_shares
from emo.view import PAD, ZOOM, ImageArray

TRIES = 10
"""Draws before a photo is shown whole; enough for any photo whose faces do not crowd."""

SECOND_LOOK_JITTER = 0.3
"""How far from its ideal the first look's box may put the second: a share of the size, half of it of the place.

As much as first looks err at small faces; with less, a network learns to answer always the same box.
"""

BACKGROUND = "background"
"""Key under which a pipeline is given a frame without a face to place photos on."""


HALF = 0.5
"""Albumentations counts keypoints from the middle of the first pixel, boxes are counted from its edge."""


Beyond = Literal["grey", "smear", "room"]
"""What a view shows beyond the photo's edges: grey, the edge itself, or a frame without a face."""


class Layout(NamedTuple):
    """How a view is made of a photo, and perhaps of a frame without a face, before a pixel is touched.

    Attributes:
        matrix: (2, 3) from the photo to the view, in continuous pixels.
        region: x1, y1, x2, y2 of the part of the photo to take, in whole pixels.
        beyond: what is to be seen where the photo is not.
        part: x1, y1, x2, y2 of the part of the room that fills the view; of no area where it is not to be seen.
    """

    matrix: npt.NDArray[np.float64]
    region: tuple[int, int, int, int]
    beyond: Beyond
    part: tuple[int, int, int, int]


class PlaceFace(A.DualTransform):
    """Put one face of the photo anywhere, at any size, before any background.

    The photo is scaled, rotated and moved in a single warp, so that a face is resampled once. What lies outside the
    photo is grey, a smear of its edge, or a frame without a face. Photos without a face are moved likewise.

    Args:
        width: of the result in pixels.
        height: of the result in pixels.
        face_height: smallest and largest height of the face as a share of the result's height; drawn
            log-uniformly, so that small faces are as frequent as large ones.
        rotate: largest rotation in degrees to either side.
        min_visible: part of a face that must remain inside; a draw that cuts off more is drawn again.
        second_look: probability of a view such as the second look takes: the face in the middle and as large as the
            zoom makes it, both about so. The others are drawn from `face_height`.
        lose: probability of a view that holds no face though the photo does.
        cut_out: probability that, where there is a background, only the face and some of its surroundings are
            placed on it rather than the whole photo.

    Raises:
        ValueError: if a range or probability makes no sense.
    """

    def __init__(
        self,
        width: int,
        height: int,
        face_height: tuple[float, float] = (0.12, 0.95),
        rotate: float = 15.0,
        min_visible: float = 0.75,
        second_look: float = 0.0,
        lose: float = 0.05,
        cut_out: float = 0.5,
    ) -> None:
        super().__init__(p=1.0)
        if not 0 < face_height[0] <= face_height[1]:
            raise ValueError(f"face_height must be two growing numbers above 0, not {tuple(face_height)}")
        if width < 1 or height < 1 or rotate < 0:
            raise ValueError("width, height and rotate must not be negative")
        if not all(0 <= share <= 1 for share in (min_visible, second_look, lose, cut_out)):
            raise ValueError("min_visible, second_look, lose and cut_out must lie in [0, 1]")
        self.width, self.height = width, height
        self.face_height = (float(face_height[0]), float(face_height[1]))
        self.rotate, self.min_visible, self.second_look = rotate, min_visible, second_look
        self.lose, self.cut_out = lose, cut_out

    def get_transform_init_args_names(self) -> tuple[str, ...]:
        """Names of the constructor's arguments, as Albumentations wants them for its serialisation."""
        return ("width", "height", "face_height", "rotate", "min_visible", "second_look", "lose", "cut_out")

    def get_params_dependent_on_data(self, params: dict[str, Any], data: dict[str, Any]) -> dict[str, Any]:
        """Draw the layout; what Albumentations calls."""
        height, width = params["shape"][:2]
        background = data.get(BACKGROUND)
        room = None if background is None else background.shape[1::-1]
        layout = self.draw_layout(np.asarray(data["keypoints"])[:, :2] + HALF, (width, height), room)
        return {"layout": layout, BACKGROUND: background}

    def draw_layout(
        self, outlines: npt.ArrayLike, photo: tuple[int, int], room: tuple[int, int] | None
    ) -> Layout:
        """Draw where all goes, from this transform's random state.

        Args:
            outlines: of the photo's faces in its pixels, see `box_outlines`.
            photo: its width and height in pixels.
            room: width and height of a frame without a face, where there is one.
        """
        points = np.asarray(outlines, np.float64).reshape(-1, 2)
        matrix = self._draw_matrix(points, *photo)
        region = (0, 0, *photo)
        if len(points) and room is not None and self.py_random.random() < self.cut_out:
            region = self._around_faces(outline_boxes(points), *photo)
        return Layout(matrix, region, *self._draw_beyond(room))

    def apply(
        self,
        img: ImageArray,
        layout: Layout,
        background: ImageArray | None,
        **params: Any,  # noqa: ANN401
    ) -> ImageArray:
        """Warp the photo's region onto what lies beyond it."""
        x1, y1, x2, y2 = layout.region
        moved = layout.matrix.copy()
        moved[:, 2] += moved[:, :2] @ (x1, y1)
        if layout.beyond != "smear":
            return warp_onto(img[y1:y2, x1:x2], moved, self._canvas(layout, background))
        shrunk, warp = _shrink(img[y1:y2, x1:x2], moved)
        size = (self.width, self.height)
        return cv2.warpAffine(shrunk, warp, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)  # type: ignore[return-value]

    def apply_to_keypoints(
        self,
        keypoints: npt.NDArray[np.floating],
        layout: Layout,
        **params: Any,  # noqa: ANN401
    ) -> npt.NDArray[np.floating]:
        """Move the outlines of the faces with the photo."""
        moved = keypoints.copy()
        moved[:, :2] = (keypoints[:, :2] + HALF) @ layout.matrix[:, :2].T + layout.matrix[:, 2] - HALF
        return moved

    def _draw_matrix(
        self, outlines: npt.NDArray[np.float64], width: int, height: int
    ) -> npt.NDArray[np.float64]:
        """A 2 x 3 matrix that cuts no face too much; after too many tries the whole photo, upright."""
        wants_face = len(outlines) > 0 and self.py_random.random() >= self.lose
        for _ in range(TRIES):
            matrix = self._draw_face(outlines) if wants_face else self._draw_anywhere(width, height)
            shares = visible_shares(outlines @ matrix[:, :2].T + matrix[:, 2], self.width, self.height)
            if not ((shares > 0) & (shares < self.min_visible)).any() and (shares > 0).any() == wants_face:
                return matrix
        scale = min(self.width / width, self.height / height)
        return similarity(scale, 0.0, (width / 2, height / 2), (self.width / 2, self.height / 2))

    def _draw_face(self, outlines: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        boxes_xyxy = outline_boxes(outlines)
        x1, y1, x2, y2 = boxes_xyxy[self.py_random.randrange(len(boxes_xyxy))]
        if self.py_random.random() < self.second_look:
            return self._draw_second_look(x1, y1, x2, y2)
        low, high = np.log(self.face_height)
        scale = float(np.exp(self.py_random.uniform(low, high))) * self.height / (y2 - y1)
        half = np.array([x2 - x1, y2 - y1]) * scale / 2 * self.min_visible
        size = np.array([self.width, self.height])
        low_centre, high_centre = np.minimum(half, size / 2), np.maximum(size - half, size / 2)
        centre = [self.py_random.uniform(a, b) for a, b in zip(low_centre, high_centre, strict=True)]
        angle = self.py_random.uniform(-self.rotate, self.rotate)
        return similarity(scale, angle, ((x1 + x2) / 2, (y1 + y2) / 2), (centre[0], centre[1]))

    def _draw_second_look(self, x1: float, y1: float, x2: float, y2: float) -> npt.NDArray[np.float64]:
        def jitter() -> float:
            return float(self.py_random.uniform(-SECOND_LOOK_JITTER, SECOND_LOOK_JITTER))

        scale = min(self.width, self.height) / (max(x2 - x1, y2 - y1) * ZOOM) * (1 + jitter())
        centre = self.width * (0.5 + jitter() / 2), self.height * (0.5 + jitter() / 2)
        angle = self.py_random.uniform(-self.rotate, self.rotate)
        return similarity(scale, angle, ((x1 + x2) / 2, (y1 + y2) / 2), centre)

    def _draw_anywhere(self, width: int, height: int) -> npt.NDArray[np.float64]:
        """Any part of the photo from a quarter of its shorter side to the whole."""
        side = min(width, height) * self.py_random.uniform(0.25, 1.0)
        scale = max(self.width, self.height) / side
        centre = tuple(
            self.py_random.uniform(min(side, s) / 2, s - min(side, s) / 2) for s in (width, height)
        )
        angle = self.py_random.uniform(-self.rotate, self.rotate)
        return similarity(scale, angle, (centre[0], centre[1]), (self.width / 2, self.height / 2))

    def _around_faces(
        self, boxes_xyxy: npt.NDArray[np.float64], width: int, height: int
    ) -> tuple[int, int, int, int]:
        low, high = boxes_xyxy[:, :2].min(axis=0), boxes_xyxy[:, 2:].max(axis=0)
        margin = (high - low) * self.py_random.uniform(0.1, 0.8)
        x1, y1 = np.maximum(low - margin, 0).astype(int)
        x2, y2 = np.minimum(np.ceil(high + margin), (width, height)).astype(int)
        return int(x1), int(y1), max(int(x2), int(x1) + 1), max(int(y2), int(y1) + 1)

    def _draw_beyond(self, room: tuple[int, int] | None) -> tuple[Beyond, tuple[int, int, int, int]]:
        choice = self.py_random.randrange(4)
        if choice == 0:  # what a whole view of a frame has beyond its edges
            return "grey", (0, 0, 0, 0)
        if room is None:
            return "smear", (0, 0, 0, 0)
        columns, rows = room
        share = self.py_random.uniform(0.4, 1.0)
        wide, high = max(1, int(columns * share)), max(1, int(rows * share))
        x, y = self.py_random.randint(0, columns - wide), self.py_random.randint(0, rows - high)
        return "room", (x, y, x + wide, y + high)

    def _canvas(self, layout: Layout, background: ImageArray | None) -> ImageArray:
        if layout.beyond == "grey" or background is None:
            return np.full((self.height, self.width, 3), PAD, np.uint8)
        x1, y1, x2, y2 = layout.part
        part = background[y1:y2, x1:x2]
        while part.shape[0] * part.shape[1] >= 4 * self.width * self.height:
            part = halve(part)
        return cv2.resize(part, (self.width, self.height), interpolation=cv2.INTER_LINEAR)  # type: ignore[return-value]


def warp_onto(photo: ImageArray, matrix: npt.NDArray[np.float64], canvas: ImageArray) -> ImageArray:
    """Warp a photo by a 2 x 3 matrix, in continuous pixels, onto a canvas, which shows where the photo ends."""
    shrunk, warp = _shrink(photo, matrix)
    return cv2.warpAffine(  # type: ignore[return-value]
        shrunk,
        warp,
        canvas.shape[1::-1],
        dst=canvas,
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_TRANSPARENT,
    )


def _shrink(photo: ImageArray, matrix: npt.NDArray[np.float64]) -> tuple[ImageArray, npt.NDArray[np.float64]]:
    """The photo as a warp by this matrix should sample it, and what OpenCV's warp of that is to be given."""
    scale = float(np.hypot(matrix[0, 0], matrix[1, 0]))
    shrunk, step = photo, 1
    while scale * step < 0.5:  # a warp alone skips pixels
        shrunk, step = halve(shrunk), step * 2
    # from pixels of the shrunken photo to pixels of the result; pixel centres lie at half steps
    warp = matrix.copy()
    warp[:, 2] += matrix[:, :2].sum(axis=1) * (step / 2) - 0.5
    warp[:, :2] *= step
    return shrunk, warp


def halve(image: ImageArray) -> ImageArray:
    """An image of half the width and height, rounded up, by means of 2 x 2 pixels.

    0.08 ms for 640 x 480, where OpenCV shrinks by area to any other size in 1 ms. Of an odd width the last column
    counts twice.
    """
    height, width = image.shape[:2]
    if height % 2 or width % 2:
        image = cv2.copyMakeBorder(image, 0, height % 2, 0, width % 2, cv2.BORDER_REPLICATE)  # type: ignore[assignment]
    size = (width + 1) // 2, (height + 1) // 2
    return cv2.resize(image, size, interpolation=cv2.INTER_AREA)  # type: ignore[return-value]


def similarity(
    scale: float, degrees: float, source: tuple[float, float], target: tuple[float, float]
) -> npt.NDArray[np.float64]:
    """The 2 x 3 matrix that scales and rotates about `source` and moves it to `target`, in continuous pixels."""
    angle = np.deg2rad(degrees)
    along, across = scale * np.cos(angle), scale * np.sin(angle)
    x = target[0] - along * source[0] + across * source[1]
    y = target[1] - across * source[0] - along * source[1]
    return np.array([[along, -across, x], [across, along, y]])


def fill_matrix(part: tuple[int, int, int, int], width: int, height: int) -> npt.NDArray[np.float64]:
    """The 2 x 3 matrix that makes a part (x1, y1, x2, y2) of a frame fill a view of this size."""
    x1, y1, x2, y2 = part
    across, down = width / (x2 - x1), height / (y2 - y1)
    return np.array([[across, 0, -x1 * across], [0, down, -y1 * down]])
