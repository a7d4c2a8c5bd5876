"""Views of labelled photos as the network will get them live: whole frames, and squares around faces."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from emo.data.folder import OnError, Photo, Unlabelled, read_folder
from emo.data.images import load_image
from emo.data.labels import LabelledFace, LabelSet
from emo.data.splits import split_photos
from emo.faces import FloatArray
from emo.view import ImageArray, View

UNKNOWN = -1
"""Class index where the emotion is not known."""


class LabelledViews(NamedTuple):
    """N views and what is true of them.

    Attributes:
        views: (N, S, S, 3) RGB uint8.
        boxes_xyxy: (N, 4) of the largest face in [0, 1] of the view; NaN where it is not known.
        presence: (N,) bool, whether there is a face.
        emotions: (N,) class index or `UNKNOWN`.
    """

    views: npt.NDArray[np.uint8]
    boxes_xyxy: FloatArray
    presence: npt.NDArray[np.bool_]
    emotions: npt.NDArray[np.int64]


class Dataset(NamedTuple):
    """A user's photos, divided as for training: `train` to calibrate with, `rest` to judge by."""

    train: list[Photo]
    rest: list[Photo]


def read_dataset(
    root: str | Sequence[str],
    classes: Sequence[str],
    aliases: Mapping[str, str],
    shares: Mapping[str, float],
    group_pattern: str | None,
    unlabelled: Unlabelled,
    on_error: OnError,
    seed: int,
) -> Dataset:
    """Read the folders and divide their photos; see `FaceDataModule` for the arguments.

    Raises:
        UserError: a folder, a file or the division is not usable.
    """
    labels, photos = LabelSet(tuple(classes), dict(aliases)), list[Photo]()
    for source, folder in enumerate([root] if isinstance(root, str) else root):
        photos += read_folder(Path(folder), labels, unlabelled, on_error, source).photos
    split = split_photos(photos, shares, group_pattern, seed)
    rest = sorted(split["val"] + split["test"])
    return Dataset([photos[i] for i in split["train"]], [photos[i] for i in rest])


def make_views(photos: Sequence[Photo], classes: Sequence[str], size: int, most: int) -> LabelledViews:
    """Both looks at photos: the whole frame, and where the box is known the square around it.

    Args:
        photos: more than `most` are thinned out evenly.
        classes: the emotions in their order.
        size: side of the views in pixels.
        most: photos that are looked at.

    Raises:
        DataError: an image cannot be decoded.
    """
    chosen = [photos[i] for i in np.linspace(0, len(photos) - 1, min(most, len(photos))).round().astype(int)]
    rows: list[tuple[ImageArray, FloatArray, bool, int]] = []
    for photo in chosen:
        frame, faces = load_image(photo.labelled.image), photo.labelled.faces
        emotion = classes.index(photo.emotion) if photo.emotion else UNKNOWN
        box = _largest_box(faces)
        whole = View.whole(*frame.shape[1::-1])
        if box is not None:
            looks = [whole, View.around(box)]
        else:  # a crop, whose box is not known, is filled by its face: it has the second look alone
            looks = [View.around((0, 0, *frame.shape[1::-1])) if faces else whole]
        for view in looks:
            true = np.full(4, np.nan, np.float32) if box is None else view.to_unit(box)
            rows.append((view.crop(frame, size), true, bool(faces), emotion))
    views, boxes, presence, emotions = zip(*rows, strict=True)
    return LabelledViews(np.stack(views), np.stack(boxes), np.array(presence), np.array(emotions, np.int64))


def _largest_box(faces: Sequence[LabelledFace]) -> FloatArray | None:
    """The box of the largest face; None where a face's box is unknown, for that face fills the picture."""
    boxes = [face.box_xyxy for face in faces]
    if not boxes or None in boxes:
        return None
    known = np.array(boxes, np.float32)
    areas = (known[:, 2] - known[:, 0]) * (known[:, 3] - known[:, 1])
    largest: FloatArray = known[int(areas.argmax())]
    return largest
