"""Frames for a window, told apart by half: the left is red, the right is blue."""

import numpy as np

from emo.faces import EMOTIONS, Faces
from emo.live.state import Shown


def faces_at(*boxes, emotion: str = "happy", tracks=None) -> Faces:
    count = len(boxes)
    emotions = np.full((count, 5), 0.05, np.float32)
    emotions[:, EMOTIONS.index(emotion)] = 0.8
    ids = None if tracks is None else np.array(tracks, np.int64)
    return Faces(np.array(boxes, np.float32).reshape(count, 4), np.ones(count, np.float32), emotions, ids)


def shown_of(faces: Faces, index: int = 1, size=(160, 120), note: str = "", left=(200, 30, 30)) -> Shown:
    """A frame whose left half is red and whose right half is blue."""
    frame = np.empty((size[1], size[0], 3), np.uint8)
    frame[:, : size[0] // 2], frame[:, size[0] // 2 :] = left, (30, 30, 200)
    frame[0, 0] = index % 256  # no two frames of a camera are the same
    labels = tuple(EMOTIONS[int(row.argmax())] for row in faces.emotions)
    return Shown(frame, faces, labels, index, index / 30, "0", 29.6, 12.0, note)
