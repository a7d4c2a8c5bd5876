"""Measuring the live path: shares of a file's time, and the latency behind a paced camera."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NoReturn

import numpy as np
import numpy.typing as npt

from emo.drawing import draw_faces
from emo.errors import ConfigError
from emo.faces import Faces
from emo.live.camera import Camera
from emo.live.files import VideoFile
from emo.live.loop import Loop
from emo.live.sinks import Sink
from emo.live.source import Frame, Source
from emo.live.state import Display, LiveSettings, Shown
from emo.live.tracker import Tracker
from emo.runtime.predictor import FacePredictor, Predictor
from emo.runtime.runtime import Look, Runtime
from emo.view import ImageArray

_ROUNDS = 5  # of the clip, for the speed of a file


class Clock:
    """Adds up the time that is spent within it."""

    def __init__(self) -> None:
        self.seconds, self._start_s = 0.0, 0.0

    def __enter__(self) -> None:
        """Start."""
        self._start_s = time.perf_counter()

    def __exit__(self, *_: object) -> None:
        """Stop."""
        self.seconds += time.perf_counter() - self._start_s


class TimedRuntime:
    """A runtime whose looks are timed. Implements `Runtime`."""

    def __init__(self, runtime: Runtime, clock: Clock) -> None:
        self.name, self.precision, self.classes = runtime.name, runtime.precision, runtime.classes
        self.kind = runtime.kind
        self.input_size, self.prefers_batches = runtime.input_size, runtime.prefers_batches
        self._runtime, self._clock = runtime, clock

    def look(self, views: npt.NDArray[np.uint8]) -> Look:
        """See `Runtime.look`."""
        with self._clock:
            return self._runtime.look(views)


class TimedPredictor(FacePredictor):
    """A predictor whose calls are timed."""

    def __init__(self, runtime: Runtime, zoom: bool, clock: Clock) -> None:
        super().__init__(runtime, zoom, presence=0.0)
        self._clock = clock

    def __call__(self, frame: ImageArray) -> Faces:
        """See `Predictor`."""
        with self._clock:
            return super().__call__(frame)


class TimedVideo(VideoFile):
    """A video whose decoding is timed."""

    def __init__(self, name: str, clock: Clock) -> None:
        super().__init__(name)
        self._clock = clock

    def __iter__(self) -> Iterator[Frame]:
        """Every frame."""
        frames = super().__iter__()
        while True:
            with self._clock:
                frame = next(frames, None)
            if frame is None:
                return
            yield frame


class Drawing:
    """Draws each frame, as a file and a window would, and keeps how old it was then. A sink and a display."""

    closed = False
    path = Path()

    def __init__(self, classes: Sequence[str]) -> None:
        self.clock, self.ages_ms = Clock(), list[float]()
        self._classes = classes

    def write(self, shown: Shown) -> None:
        """Draw."""
        with self.clock:
            draw_faces(shown.frame, shown.faces, self._classes, shown.labels, bars=True)

    def show(self, shown: Shown) -> None:
        """Draw, and keep the age."""
        start_s = time.perf_counter()
        self.write(shown)
        self.ages_ms.append(shown.latency_ms + (time.perf_counter() - start_s) * 1000)

    def close(self) -> None:
        """Nothing is open."""


class PacedCapture:
    """A camera that gives the same frames again and again, at its rate."""

    def __init__(self, images: Sequence[npt.NDArray[np.uint8]], fps: float) -> None:
        self._images, self._fps = images, fps
        self._count, self._start_s = 0, time.perf_counter()

    def isOpened(self) -> bool:  # noqa: D102
        return True

    def read(self) -> tuple[bool, npt.NDArray[np.uint8]]:  # noqa: D102
        due_s = self._start_s + self._count / self._fps
        time.sleep(max(due_s - time.perf_counter(), 0.0))
        image = self._images[self._count % len(self._images)]
        self._count += 1
        return True, image

    def release(self) -> None:  # noqa: D102
        ...


def file_speed(predict: Predictor, path: str, drawing: bool) -> dict[str, float]:
    """Frames a second from end to end, and what the time goes into.

    Args:
        predict: the predictor.
        path: a video.
        drawing: draw the faces, too.

    Returns:
        `frames_per_second`, and the shares of `decode`, `resize`, `network`, `drawing` and the `rest`.

    Raises:
        ConfigError: it is none for one face.
    """
    if not isinstance(predict, FacePredictor):
        raise ConfigError(
            "the live path is taken apart for a network for one face alone; others are measured by "
            "`python -m emo.benchmark benchmark=faces`"
        )
    decode, both, network, sink = Clock(), Clock(), Clock(), Drawing(predict.classes)
    timed = TimedPredictor(TimedRuntime(predict.runtime, network), predict.zoom, both)
    count, start_s = 0, time.perf_counter()
    for _ in range(_ROUNDS):
        loop = _loop(TimedVideo(path, decode), timed, [sink] if drawing else [])
        loop.run()
        count += loop.frames
    seconds = time.perf_counter() - start_s
    parts = {
        "decode": decode.seconds,
        "resize": both.seconds - network.seconds,
        "network": network.seconds,
        "drawing": sink.clock.seconds,
    }
    parts["rest"] = seconds - sum(parts.values())
    shares = {name: part / seconds for name, part in parts.items()}
    return {"frames_per_second": count / seconds, **shares}


def camera_speed(
    predict: Predictor, images: Sequence[ImageArray], fps: float, seconds: float
) -> dict[str, float]:
    """How old frames are when they are drawn, behind a camera that does not wait, and how busy the cores are.

    Args:
        predict: the predictor.
        images: BGR, as a camera of OpenCV's gives them.
        fps: of the camera.
        seconds: that it runs for.

    Returns:
        `frames_per_second` that were drawn, `median_ms` and `p95_ms` from arrival to drawn, `cores` that were busy.
    """
    predict.forget()
    source, display = (
        Camera(0, PacedCapture(images, fps), lambda: PacedCapture(images, fps)),
        Drawing(predict.classes),
    )
    start_s, start_cpu_s = time.perf_counter(), time.process_time()
    loop = _loop(source, predict, [], display, lambda: time.perf_counter() - start_s > seconds)
    loop.run()
    passed_s = time.perf_counter() - start_s
    busy = (time.process_time() - start_cpu_s) / passed_s
    source.close()
    middle, late = np.percentile(display.ages_ms, (50, 95))
    rate = len(display.ages_ms) / passed_s
    return {"frames_per_second": rate, "median_ms": float(middle), "p95_ms": float(late), "cores": busy}


def _loop(
    source: Source,
    predict: Predictor,
    sinks: Sequence[Sink],
    display: Display | None = None,
    stopped: Callable[[], bool] = lambda: False,
) -> Loop:
    def never(*_: object) -> NoReturn:
        raise AssertionError("nobody asks for another camera or a recording here")

    return Loop(source, predict, Tracker(), sinks, display, LiveSettings(), never, never, stopped)
