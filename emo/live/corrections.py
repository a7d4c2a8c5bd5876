"""Mistakes that are mended while the demo runs become photos to train on."""

from __future__ import annotations

import itertools
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np

from emo.data.labels import LabelledFace
from emo.data.new_photo import NewPhoto, write_new_photo
from emo.data.shapes import clip_box
from emo.errors import UserError
from emo.faces import Faces
from emo.view import ImageArray

Box = tuple[float, float, float, float]
NO_FACE = "noface"
"""What a file's name says in place of the emotion."""


class _Corrected(NamedTuple):
    """What was said about a frame so far: the faces that were named, and boxes that hold none."""

    frame: ImageArray
    named: tuple[LabelledFace, ...] = ()
    rejected: tuple[Box, ...] = ()


class Corrections:
    """Saves corrected frames as `SESSION_FRAME_EMOTION.jpg` with a labelme file.

    Args:
        folder: where to; made with the first correction.
        session: part of every name, so that a split can keep a session together; by default the time of now.
    """

    def __init__(self, folder: Path, session: str | None = None) -> None:
        self.folder = folder
        self.session = session or time.strftime("%Y%m%d-%H%M")
        self._saved: list[NewPhoto] = []
        self._last: _Corrected | None = None

    def __len__(self) -> int:
        """How many photos this session has saved and not undone."""
        return len(self._saved)

    def name_face(self, frame: ImageArray, number: int, box_xyxy: Box, emotion: str, faces: Faces) -> Path:
        """Save a frame with the right emotion of one face.

        The same picture again replaces what was saved of it; what was said of other faces before is kept, so that
        several can be named while paused. The others that were found are written as suggested faces of unknown
        emotion: nobody has said what they feel, but to a network that learns all faces they must not be background.

        Args:
            frame: H x W x 3 RGB, not mirrored.
            number: of the frame, for the file's name.
            box_xyxy: the face, pixels of the frame.
            emotion: the right one.
            faces: all that were found in the frame.

        Raises:
            UserError: the box lies outside the frame.
            DataError: the folder cannot be written, or the disk is full.
        """
        if not _inside(box_xyxy, frame):
            raise UserError("the box is not in the picture: drag one around the face first")
        said = self._without(frame, box_xyxy)
        said = said._replace(named=(*said.named, LabelledFace(box_xyxy, emotion)))
        return self._write(said, number, faces, emotion)

    def no_face(self, frame: ImageArray, number: int, box_xyxy: Box | None, faces: Faces) -> Path:
        """Save a frame in which a box holds no face; the others that were found are written as by `name_face`.

        Args:
            frame: H x W x 3 RGB, not mirrored.
            number: of the frame, for the file's name.
            box_xyxy: what was taken for a face, pixels of the frame; None where nothing was.
            faces: all that were found in the frame.

        Raises:
            DataError: the folder cannot be written, or the disk is full.
        """
        said = self._without(frame, box_xyxy)
        if box_xyxy is not None:
            said = said._replace(rejected=(*said.rejected, box_xyxy))
        return self._write(said, number, faces, NO_FACE)

    def undo(self) -> Path | None:
        """Delete the photo that was saved last by this object.

        Returns:
            The image file that is gone, or None where there is nothing to undo.

        Raises:
            UserError: the labelme file was changed since; it stays.
        """
        if not self._saved:
            return None
        last = self._saved.pop()
        self._last = None
        last.delete()
        return last.image

    def _without(self, frame: ImageArray, box_xyxy: Box | None) -> _Corrected:
        """What was said about a frame before, but of this face."""
        last = self._last
        if last is None or not np.array_equal(last.frame, frame):
            return _Corrected(frame.copy())
        named = tuple(face for face in last.named if not _same_face(face.box_xyxy, box_xyxy))
        return last._replace(
            named=named, rejected=tuple(box for box in last.rejected if not _same_face(box, box_xyxy))
        )

    def _write(self, said: _Corrected, number: int, faces: Faces, label: str) -> Path:
        known = [*(face.box_xyxy for face in said.named), *said.rejected]
        others = [
            LabelledFace(tuple(box), None, suggested=True)
            for box in faces.boxes_xyxy.tolist()
            if _inside(box, said.frame) and not any(_same_face(one, box) for one in known)
        ]
        stems = (f"{self.session}_{count:06d}_{label}" for count in itertools.count(number))
        photo = write_new_photo(self.folder, stems, said.frame, (*said.named, *others))
        before = self._saved.pop() if self._last is not None and self._last.frame is said.frame else None
        self._saved.append(photo)
        self._last = said
        if before:
            before.delete()
        return photo.image


def _inside(box_xyxy: Box, frame: ImageArray) -> bool:
    """Whether anything of a box is to be seen; a steadied one may have left the frame."""
    try:
        clip_box(box_xyxy, frame.shape[1], frame.shape[0])
    except ValueError:
        return False
    return True


def _same_face(one: Box | None, other: Box | None) -> bool:
    """Whether the middle of each box lies in the other: that tells heads apart, however loose the boxes."""
    return one is not None and other is not None and _holds_middle(one, other) and _holds_middle(other, one)


def _holds_middle(box: Box, of: Box) -> bool:
    x, y = (of[0] + of[2]) / 2, (of[1] + of[3]) / 2
    return box[0] <= x <= box[2] and box[1] <= y <= box[3]
