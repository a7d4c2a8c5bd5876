"""Mistakes that are mended while the demo runs become photos to train on."""

from __future__ import annotations

import itertools
import time
from pathlib import Path

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
        self._last_frame: ImageArray | None = None

    def __len__(self) -> int:
        """How many photos this session has saved and not undone."""
        return len(self._saved)

    def name_face(self, frame: ImageArray, number: int, box_xyxy: Box, emotion: str, faces: Faces) -> Path:
        """Save a frame with the right emotion of one face.

        The same picture again replaces what was saved of it; faces that were named before are kept, so that
        several can be named while paused. The others that were found are written as faces of unknown emotion:
        to a network that learns all faces they must not be background.

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
        before = self._of_frame(frame)
        former = before.faces if before else ()
        named = [face for face in former if face.emotion and not _same_face(face.box_xyxy, box_xyxy)]
        named.append(LabelledFace(box_xyxy, emotion))
        for other in faces.boxes_xyxy.tolist():
            if _inside(other, frame) and not any(_same_face(face.box_xyxy, other) for face in named):
                named.append(LabelledFace(tuple(other), None, suggested=True))
        return self._write(frame, number, tuple(named), emotion)

    def no_face(self, frame: ImageArray, number: int) -> Path:
        """Save a frame that shows no face at all.

        Raises:
            DataError: the folder cannot be written, or the disk is full.
        """
        return self._write(frame, number, (), NO_FACE)

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
        self._last_frame = None
        last.delete()
        return last.image

    def _of_frame(self, frame: ImageArray) -> NewPhoto | None:
        if not self._saved or self._last_frame is None or not np.array_equal(self._last_frame, frame):
            return None
        return self._saved[-1]

    def _write(self, frame: ImageArray, number: int, faces: tuple[LabelledFace, ...], label: str) -> Path:
        stems = (f"{self.session}_{count:06d}_{label}" for count in itertools.count(number))
        photo = write_new_photo(self.folder, stems, frame, faces)
        before = self._of_frame(frame)
        if before:
            self._saved.pop()
        self._saved.append(photo)
        self._last_frame = frame.copy()
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
    """Whether the middle of one box lies in the other: that tells heads apart, however loose the boxes."""
    if one is None or other is None:
        return False
    x, y = (one[0] + one[2]) / 2, (one[1] + one[3]) / 2
    return other[0] <= x <= other[2] and other[1] <= y <= other[3]
