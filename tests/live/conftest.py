"""Small drawn clips as files, predictors that know the truth, and a window that only remembers."""

import os
import time

import cv2
import numpy as np
import pytest

from emo.drawn.clip import render_clip
from emo.faces import EMOTIONS, Faces
from emo.live.state import Shown

SIZE = (160, 120)


def write_video(path, images, fps=30.0, codec="mp4v"):
    height, width = images[0].shape[:2]
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*codec), fps, (width, height))
    assert writer.isOpened()
    for image in images:
        writer.write(image[..., ::-1])
    writer.release()
    return path


def one_face(box=(40, 30, 100, 100), emotion=1, share=0.8, presence=0.9):
    emotions = np.full((1, 5), (1 - share) / 4, np.float32)
    emotions[0, emotion] = share
    return Faces(np.array([box], np.float32), np.array([presence], np.float32), emotions)


def shown(index=0, faces=None, labels=("happy",), size=SIZE, **about):
    faces = one_face() if faces is None else faces
    frame = np.full((size[1], size[0], 3), 90, np.uint8)
    about = {"time_s": index / 30, "source": "clip.mp4", **about}
    return Shown(frame, faces, labels[: len(faces)], index, **about)


class Knows:
    """A predictor that gives the answers it was given, one after another, then nobody."""

    def __init__(self, answers=(), seconds=0.0, prefers_batches=False):
        self.classes, self.zoom, self.prefers_batches = EMOTIONS, True, prefers_batches
        self.answers, self.seconds, self.calls = list(answers), seconds, []

    def __call__(self, frame):
        self.calls.append(1)
        time.sleep(self.seconds)
        return self.answers.pop(0) if self.answers else Faces.empty()

    def batch(self, frames):
        self.calls.append(len(frames))
        return [self.answers.pop(0) if self.answers else Faces.empty() for _ in frames]

    def forget(self):
        self.calls.append("forget")


class Remembers:
    """A display that keeps what it was shown, and does things on the way."""

    def __init__(self, at=None):
        self.shown, self.closed, self.at = [], False, at or {}

    def show(self, shown):
        self.shown.append(shown)
        self.at.get(len(self.shown), lambda: None)()

    def close(self):
        self.closed = True


@pytest.fixture(scope="session")
def truth():
    """The frames of a small drawn clip, and their faces."""
    return list(render_clip(5, 1.0, 20, SIZE))


@pytest.fixture(scope="session")
def clip(tmp_path_factory, truth):
    return write_video(tmp_path_factory.mktemp("clip") / "clip.mp4", [image for image, _ in truth], 20.0)


@pytest.fixture(scope="session")
def demo_environment(tmp_path_factory):
    """For subprocesses: a cache of their own, which they share as conversions are slow, and no screen."""
    cache = str(tmp_path_factory.mktemp("cache"))
    own = {name: cache for name in ("XDG_CACHE_HOME", "LOCALAPPDATA")}
    return {name: value for name, value in os.environ.items() if name != "DISPLAY"} | own
