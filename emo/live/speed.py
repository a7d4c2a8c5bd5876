"""The speed of the live path as a command."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np

from emo.drawn.clip import render_clip
from emo.errors import ConfigError
from emo.live.files import VideoFile
from emo.live.measuring import camera_speed, file_speed
from emo.runtime.predictor import Predictor


def run(
    predictor: Callable[..., Predictor],
    classes: Sequence[str],
    checkpoint: str | None = None,
    clip: str | None = None,
    fps: float = 30.0,
    seconds: float = 10.0,
    minutes: float = 0.0,
) -> None:
    """Print the speed from a file and behind a paced camera, or watch the latter for some minutes.

    Args:
        predictor: opens the predictor, see `open_predictor`.
        classes: the emotions that the checkpoint must know.
        checkpoint: see `open_predictor`.
        clip: a video; None draws one of 640 x 480.
        fps: of the paced camera.
        seconds: that it runs for.
        minutes: where more than 0, that it runs for instead, with a line a minute on memory and latency.

    Raises:
        UserError: the checkpoint or the clip cannot be used.
    """
    if fps <= 0 or seconds <= 0 or minutes < 0:
        raise ConfigError("fps and seconds must be above 0, and minutes not below")
    predict = predictor(checkpoint, classes, presence=0.0)  # as if every frame had a face: the usual work
    with tempfile.TemporaryDirectory() as folder:
        path = clip or str(draw_clip(Path(folder) / "drawn.mp4"))
        if not minutes:
            for drawing in (False, True):
                print(file_line(file_speed(predict, path, drawing), drawing))
        images = [np.ascontiguousarray(frame.image[..., ::-1]) for frame in VideoFile(path)]
    if not minutes:
        print(camera_line(camera_speed(predict, images, fps, seconds), fps))
    for minute in range(round(minutes)):
        line = camera_line(camera_speed(predict, images, fps, 60.0), fps)
        print(f"minute {minute + 1}: {line}, {_memory_mb():.0f} MB", flush=True)


def file_line(speed: Mapping[str, float], drawing: bool) -> str:
    """What `file_speed` measured, in words."""
    named = ", ".join(f"{name} {part:.0%}" for name, part in speed.items() if name != "frames_per_second")
    way, rate = ("with drawing" if drawing else "without drawing"), speed["frames_per_second"]
    return f"file, {way}: {rate:.1f} frames/s ({named}; {1000 / rate:.2f} ms a frame)"


def camera_line(speed: Mapping[str, float], fps: float) -> str:
    """What `camera_speed` measured, in words."""
    return (
        f"camera at {fps:g} frames/s: {speed['frames_per_second']:.1f} drawn a second, from arrival to drawn "
        f"{speed['median_ms']:.1f} ms (median), {speed['p95_ms']:.1f} ms (95th percentile), "
        f"{speed['cores']:.0%} of one core"
    )


def draw_clip(path: Path) -> Path:
    """Two seconds of a drawn person, 640 x 480."""
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), 30.0, (640, 480))
    for image, _ in render_clip(7, 2.0, 30, (640, 480)):
        writer.write(cv2.cvtColor(image, cv2.COLOR_RGB2BGR))
    writer.release()
    return path


def _memory_mb() -> float:
    """Resident memory now where Linux says so, else its peak."""
    if sys.platform.startswith("linux"):
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        return pages * 4096 / 1e6
    if sys.platform == "win32":
        return float("nan")
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
