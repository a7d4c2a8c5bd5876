"""What the live loop and its displays tell each other: the contract between both."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from emo.faces import Faces
from emo.view import ImageArray

UNSURE = "unsure"
"""The label of a face whose best emotion stays below the threshold."""


@dataclass(frozen=True, eq=False)
class Shown:
    """One processed frame on its way to windows and files.

    Args:
        frame: RGB, H x W x 3, as the source gave it: neither mirrored nor drawn upon.
        faces: steadied; with track ids.
        labels: of each face, one of the classes or `UNSURE`.
        index: of the frame within its source, from 0; those a camera dropped are counted too.
        time_s: of the frame within its source, in seconds.
        source: camera, file or address that the frame came from.
        fps: processed frames a second, lately.
        latency_ms: from the frame's arrival to now.
        note: one line for the person in front of it, such as "camera lost, reconnecting"; mostly empty.
    """

    frame: ImageArray
    faces: Faces
    labels: tuple[str, ...]
    index: int
    time_s: float
    source: str
    fps: float = 0.0
    latency_ms: float = 0.0
    note: str = ""


@dataclass
class LiveSettings:
    """What a display changes and the loop reads at each frame.

    Args:
        zoom: look twice.
        smoothing_s: time constant of the probabilities in seconds; 0 shows them raw.
        threshold: least probability of an emotion that is named, in [0, 1]; below it the face is `UNSURE`.
        mirror: show the picture mirrored; files are never mirrored.
        bars: draw a bar for each emotion.
        paused: keep showing the last frame; a camera goes on and its frames are dropped.
        recording: the annotated video to write, None while nothing is recorded. The display sets a new
            .mp4 file to start and None to stop; the loop sets None when it cannot go on (see `Shown.note`).
        camera: another camera that the display wishes, None otherwise; the loop opens it and sets None again.
    """

    zoom: bool = True
    smoothing_s: float = 0.15
    threshold: float = 0.45
    mirror: bool = False
    bars: bool = True
    paused: bool = False
    recording: Path | None = None
    camera: int | None = None


class Display(Protocol):
    """A window of any kind. All calls come from the main thread."""

    @property
    def closed(self) -> bool:
        """Whether the user closed it; the loop then ends."""

    def show(self, shown: Shown) -> None:
        """Draw the frame, handle all pending events, and return at once."""

    def close(self) -> None:
        """Take it away; may be called twice."""
