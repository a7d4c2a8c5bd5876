"""What `python demo.py` does: everything opened, joined, run and closed."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from emo.errors import ConfigError, UserError
from emo.live.corrections import Corrections
from emo.live.loop import Loop
from emo.live.sample import Sample
from emo.live.sinks import Sink, TableSink, VideoSink, claim
from emo.live.source import Source, open_source
from emo.live.state import Display, LiveSettings
from emo.live.stopping import Stopping
from emo.live.summary import SummarySink, shares
from emo.live.tracker import Tracker
from emo.runtime.predictor import Predictor

DISPLAYS = ("window", "opencv", "none")


def run(
    predictor: Callable[..., Predictor],
    tracker: Callable[..., Tracker],
    camera: Callable[[int | str], Source],
    classes: Sequence[str],
    threshold: Mapping[str, float],
    checkpoint: str | None = None,
    source: int | str | None = None,
    display: str = "window",
    output: str | None = None,
    table: str | None = None,
    summary: str | None = None,
    overwrite: bool = False,
    mirror: bool | None = None,
    bars: bool = True,
    corrections: str = "data/corrections",
    recordings: str = "outputs",
) -> None:
    """Follow the faces of a source, show them, and write down what they show.

    Args:
        predictor: opens the predictor, see `open_predictor`.
        tracker: makes what steadies the faces, see `Tracker`.
        camera: opens a camera by number, or a stream by address.
        classes: the emotions that the checkpoint must know.
        threshold: `presence` of a face and `emotion` of a named emotion, least probabilities in [0, 1].
        checkpoint: see `open_predictor`.
        source: see `open_source`.
        display: one of `DISPLAYS`.
        output: the annotated video, .mp4.
        table: a row for each face, .csv or .jsonl.
        summary: the emotions over time as a picture, .png.
        overwrite: replace files that exist.
        mirror: show the picture mirrored; None mirrors cameras only.
        bars: draw a bar for each emotion.
        corrections: folder of the photos that the window's keys correct.
        recordings: folder of the window's snapshots and recordings.

    Raises:
        UserError: something of the user's cannot be used; all files are complete up to there.
    """
    if display not in DISPLAYS:
        raise ConfigError(f"display: must be one of {', '.join(DISPLAYS)}, not {display}")
    if not 0 <= threshold["presence"] <= 1:
        raise ConfigError(f"threshold.presence={threshold['presence']}: must lie in [0, 1]")
    steady = tracker(threshold=threshold["emotion"])
    wanted = ((output, VideoSink.ENDINGS), (table, TableSink.ENDINGS), (summary, SummarySink.ENDINGS))
    for file, endings in wanted:  # better known now than after the network is loaded
        if file:
            claim(Path(file), overwrite, endings)
    mended = Corrections(Path(corrections))
    with Stopping() as stopped:
        with ExitStack() as stack:
            opened = open_source(source, camera)
            stack.callback(opened.close)
            predict = predictor(checkpoint, classes, presence=threshold["presence"])
            settings = LiveSettings(
                zoom=predict.zoom,
                smoothing_s=steady.smoothing_s,
                threshold=steady.threshold,
                mirror=opened.live if mirror is None else mirror,
                bars=bars,
            )
            sinks = [
                stack.enter_context(_closing(sink))
                for sink in _sinks(opened, predict.classes, output, table, summary, bars, overwrite)
            ]
            window = _open_window(display, settings, predict.classes, opened, sinks, mended, Path(recordings))
            if window is not None:
                stack.callback(window.close)
                if isinstance(opened, Sample):
                    opened.endless = True

            def record(path: Path, recorded: Source) -> Sink:
                return VideoSink(path, predict.classes, recorded.fps, live=True, bars=settings.bars)

            loop = Loop(opened, predict, steady, sinks, window, settings, camera, record, stopped)
            stack.callback(lambda: loop.source.close())
            start_s = time.perf_counter()
            with _progress(opened, shown=window is None) as advance:
                loop.run(advance)
            seconds = time.perf_counter() - start_s
        _report(loop, predict.classes, seconds, sinks, mended)


def _sinks(
    source: Source,
    classes: Sequence[str],
    output: str | None,
    table: str | None,
    summary: str | None,
    bars: bool,
    overwrite: bool,
) -> Iterator[Sink]:
    """Each is open before the next is made."""
    if output:
        yield VideoSink(Path(output), classes, source.fps, source.live, bars, overwrite)
    if table:
        yield TableSink(Path(table), classes, overwrite)
    if summary:
        yield SummarySink(Path(summary), classes, source.still, overwrite)


@contextmanager
def _closing(sink: Sink) -> Iterator[Sink]:
    """Close a sink at the end; after an error its own last words would only hide the first."""
    try:
        yield sink
    except BaseException:
        try:
            sink.close()
        except UserError:
            pass
        raise
    sink.close()


def _open_window(
    display: str,
    settings: LiveSettings,
    classes: Sequence[str],
    source: Source,
    sinks: Sequence[Sink],
    corrections: Corrections,
    recordings: Path,
) -> Display | None:
    """The window; None where none is wanted, or none is possible and the run makes sense without."""
    if display != "none":
        from emo.live.camera import cameras
        from emo.window.start import open_window

        others = list(cameras()) if source.live else []
        try:
            return open_window(display, settings, classes, corrections, recordings, others)
        except UserError as error:
            if source.live and not sinks:
                raise
            print(f"display=none: {error}", file=sys.stderr)
    elif source.live and not sinks:
        raise UserError("display=none: nobody would see anything; give output=, table= or summary=FILE")
    return None


@contextmanager
def _progress(source: Source, shown: bool) -> Iterator[Callable[[], object]]:
    """A bar with the time left, where there is a terminal and no window."""
    if not shown or not sys.stderr.isatty():
        yield lambda: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task(source.name, total=source.frames)
        yield lambda: progress.advance(task)


def _report(
    loop: Loop, classes: Sequence[str], seconds: float, sinks: Sequence[Sink], corrections: Corrections
) -> None:
    """What was done, and what could not be."""
    problems = loop.source.problems
    for problem in problems:
        print(f"warning: {problem}", file=sys.stderr)
    skipped = f", {counted(len(problems), 'problem')}" if problems else ""
    rate = loop.frames / max(seconds, 1e-9)
    print(f"{counted(loop.frames, 'frame')} in {seconds:.1f} s ({rate:.1f} frames/s){skipped}")
    if loop.frames:
        print(", ".join(f"{name} {share:.0%}" for name, share in shares(loop.counts, classes)))
    for sink in sinks:
        print(f"wrote {sink.path}")
    if len(corrections):
        saved = counted(len(corrections), "corrected photo")
        print(f"{saved} in {corrections.folder}: `python train.py data=with_corrections` trains on them too")


def counted(number: int, thing: str) -> str:
    """A number of things, in words.

    >>> counted(1, "frame"), counted(2, "frame")
    ('1 frame', '2 frames')
    """
    return f"{number} {thing}{'' if number == 1 else 's'}"
