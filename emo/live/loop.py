"""The loop of the demo: newest frame, predictor, tracker, files, window; all in the main thread."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from emo.errors import UserError
from emo.faces import Faces
from emo.live.sinks import Sink
from emo.live.source import Frame, Source
from emo.live.state import UNSURE, Display, LiveSettings, Shown
from emo.live.summary import labels_of
from emo.live.track import UNSURE_INDEX
from emo.live.tracker import Tracker
from emo.runtime.predictor import Predictor

_GROUP = 16  # frames at once where the predictor prefers batches
_PHOTO_S = 1.5  # that a window shows a photo for
_LATELY_S = 8.0  # that something which went wrong is said for
_TURN_S = 0.03  # between two turns of a window that waits
_RATE_SHARE = 0.1  # of the newest frame in the shown frame rate


class Loop:
    """Takes frames from a source until it ends, the window is closed or somebody wants it to stop.

    Args:
        source: the first one; the window may ask for another camera.
        predictor: frames in, faces out.
        tracker: steadies them.
        sinks: take every frame.
        display: a window, or None.
        settings: changed by the window.
        open_camera: opens another camera.
        start_recording: opens a video for a recording.
        stopped: whether somebody outside wants the loop to end.
    """

    def __init__(
        self,
        source: Source,
        predictor: Predictor,
        tracker: Tracker,
        sinks: Sequence[Sink],
        display: Display | None,
        settings: LiveSettings,
        open_camera: Callable[[int], Source],
        start_recording: Callable[[Path, Source], Sink],
        stopped: Callable[[], bool] = lambda: False,
    ) -> None:
        self.source, self.display, self.settings = source, display, settings
        self.frames = 0
        """How many were processed."""
        self.counts: Counter[str] = Counter()
        """How many faces showed which label, and how many frames no face."""
        self._predictor, self._tracker, self._sinks = predictor, tracker, sinks
        self._open_camera, self._start_recording = open_camera, start_recording
        self._stopped = stopped
        self._recorder: Sink | None = None
        self._last: Shown | None = None
        self._message, self._said_s = "", 0.0
        self._rate, self._last_s = 0.0, time.perf_counter()
        self._offset_s: float | None = None

    def run(self, advance: Callable[[], object] = lambda: None) -> None:
        """Go on until the end; `advance` is called after each frame. The caller closes source and sinks.

        Raises:
            UserError: a sink cannot go on, or nothing of the source can be read.
        """
        try:
            while True:
                wanted = self.settings.camera
                self._run_source(advance)
                if self._over() or self.settings.camera in (None, wanted):
                    break
                self._change_camera()
            if self.source.still and self.display is not None:
                self._wait(float("inf"))  # the last photo stays until the window is closed
        finally:
            if self._recorder is not None:
                self._recorder.close()

    def _run_source(self, advance: Callable[[], object]) -> None:
        for group in self._groups(self.source):
            if not group:
                self._show_again()
            for frame, faces in zip(group, self._predict(group), strict=True):
                self._pace(frame)
                self._handle(frame, faces)
                advance()
            while self.settings.paused and not self._over():
                self._show_again()
                time.sleep(_TURN_S)
                self._last_s, self._offset_s = time.perf_counter(), None
            if self._over() or self.settings.camera is not None:
                return

    def _groups(self, source: Iterable[Frame | None]) -> Iterator[list[Frame]]:
        """Frames that go through the network together; an empty group where there is nothing new."""
        batches = self._predictor.prefers_batches and self.display is None and not self.source.live
        size, group = (_GROUP if batches else 1), []
        for frame in source:
            if frame is None:
                yield []
                continue
            group.append(frame)
            if len(group) == size or self._stopped():
                yield group
                group = []
        if group:
            yield group

    def _predict(self, group: Sequence[Frame]) -> list[Faces]:
        self._predictor.zoom = self.settings.zoom
        if self.source.still or len(group) > 1:
            return self._predictor.batch([frame.image for frame in group]) if group else []
        return [self._predictor(frame.image) for frame in group]

    def _handle(self, frame: Frame, faces: Faces) -> None:
        self._tracker.smoothing_s, self._tracker.threshold = (
            self.settings.smoothing_s,
            self.settings.threshold,
        )
        if self.source.still:
            self._tracker.forget()
        steady, indices = self._tracker.update(faces, frame.time_s)
        classes = self._predictor.classes
        labels = tuple(UNSURE if index == UNSURE_INDEX else classes[index] for index in indices)
        now_s = time.perf_counter()
        rate = 1 / max(now_s - self._last_s, 1e-6)
        self._rate += (_RATE_SHARE if self._rate else 1.0) * (rate - self._rate)
        self._last_s = now_s
        latency_ms = (now_s - frame.arrived_s) * 1000
        at = (frame.index, frame.time_s, frame.source)
        shown = Shown(frame.image, steady, labels, *at, self._rate, latency_ms, self._note())
        self.frames += 1
        self.counts.update(labels_of(shown))
        for sink in self._sinks:
            sink.write(shown)
        self._record(shown)
        self._show(shown)

    def _record(self, shown: Shown) -> None:
        """Write to the recording that the window wants, if it wants any; a failure does not end the loop."""
        wanted = self.settings.recording
        try:
            if self._recorder is not None and wanted != self._recorder.path:
                finished, self._recorder = self._recorder, None
                finished.close()
            if self._recorder is None and wanted is not None:
                self._recorder = self._start_recording(wanted, self.source)
            if self._recorder is not None:
                self._recorder.write(shown)
        except UserError as error:
            self.settings.recording = None
            self._say(f"recording stopped: {error}")
            failed, self._recorder = self._recorder, None
            if failed is not None:
                failed.close()

    def _change_camera(self) -> None:
        number, self.settings.camera = self.settings.camera, None
        assert number is not None
        if str(number) == self.source.name:
            return
        self.source.close()  # some systems give out one camera at a time
        try:
            self.source, self._message = self._open_camera(number), ""
        except UserError as error:
            self._say(str(error))
            self.source = self._open_camera(int(self.source.name))
        self._predictor.forget()
        self._tracker.forget()

    def _show(self, shown: Shown) -> None:
        self._last = shown
        if self.display is not None:
            self.display.show(shown)

    def _show_again(self) -> None:
        """The last frame once more, with what is to be said now."""
        if self._last is not None:
            self._show(replace(self._last, note=self._note()))

    def _say(self, message: str) -> None:
        self._message, self._said_s = message, time.perf_counter()

    def _note(self) -> str:
        """What is so now, else what has happened lately."""
        lately = time.perf_counter() - self._said_s < _LATELY_S
        return self.source.note or (self._message if lately else "")

    def _pace(self, frame: Frame) -> None:
        """A window shows files no faster than they were filmed."""
        if self.display is None or self.source.live:
            return
        if self.source.still:
            self._wait(_PHOTO_S if self._last is not None else 0.0)
            return
        now_s = time.perf_counter()
        if self._offset_s is None or now_s - self._offset_s > frame.time_s:
            self._offset_s = now_s - frame.time_s  # the first frame, or one that is late: the next follow it
        self._wait(frame.time_s + self._offset_s - now_s)

    def _wait(self, seconds: float) -> None:
        """Wait, while the window goes on."""
        end_s = time.perf_counter() + seconds
        while (left_s := end_s - time.perf_counter()) > 0 and not self._over():
            if left_s > _TURN_S:
                self._show_again()
            time.sleep(max(min(_TURN_S, end_s - time.perf_counter()), 0.0))

    def _over(self) -> bool:
        return self._stopped() or (self.display is not None and self.display.closed)
