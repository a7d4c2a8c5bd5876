"""Put a capture session together: who, which camera, which network, which window."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from emo.capturing.guide import Find, Guide, Pace
from emo.capturing.plan import Plan, clean_name, proposed_session
from emo.capturing.quality import Box
from emo.capturing.run import Preview, report, run_capture
from emo.errors import ConfigError, UserError
from emo.live.sample import Sample
from emo.live.source import Source, open_source
from emo.view import ImageArray


def capture(
    person: str | int | None,
    session: str | int | None,
    source: str | int | None,
    folder: str,
    photos: int,
    no_face: int,
    classes: Sequence[str],
    checkpoint: str | None,
    display: str,
    mirror: bool | None,
    camera: Callable[[int | str], Source],
    pace: Pace,
) -> None:
    """Run one session and say how it went; the arguments are those of conf/capture.yaml.

    Raises:
        UserError: something of the user's is not as it should be.
    """
    if display not in ("window", "none"):
        raise ConfigError(f"display must be window or none, not {display!r}")
    if photos < 0 or no_face < 0:
        raise ConfigError("photos and no_face must not be negative")
    plan = _plan(person, session, Plan(Path(folder), "", "", tuple(classes), photos, no_face))
    guide = Guide(plan, _finder(checkpoint, classes), pace)
    if guide.done:
        print(report(guide))
        return
    frames = open_source(source, camera)
    if isinstance(frames, Sample):
        frames.endless = True
    if frames.still:
        raise UserError(f"{source}: photos; a capture needs a camera or a video")
    preview: Preview | None = None
    try:
        if display == "window":
            preview = _window(guide, frames.live if mirror is None else mirror)
        try:
            run_capture(guide, frames, preview)
        finally:
            print(report(guide))
    finally:
        if preview is not None:
            preview.close()
        frames.close()


def _plan(person: str | int | None, session: str | int | None, plan: Plan) -> Plan:
    """Fill in whose photos they are, asking where the config does not say."""
    if person is None:
        person = _ask("Whose face is it? Name: ", "person=anna")
    name = clean_name(str(person))
    if session is None:
        proposed = proposed_session(replace(plan, person=name))
        session = (
            _ask(f"Which session (another day, light or clothes)? [{proposed}] ", "session=1") or proposed
        )
    return replace(plan, person=name, session=clean_name(str(session)))


def _ask(question: str, override: str) -> str:
    if not sys.stdin.isatty():
        raise UserError(f"{override.split('=')[0]}: nobody here to be asked; add for example {override}")
    return input(question).strip()


def _finder(checkpoint: str | None, classes: Sequence[str]) -> Find:
    """What finds the box: the network, where there is one."""
    from emo.runtime.choose import newest_checkpoint
    from emo.runtime.open import open_predictor

    if checkpoint == "none":
        return lambda _: None
    try:
        file = newest_checkpoint() if checkpoint is None else Path(checkpoint)
    except UserError:
        print("no trained network yet: boxes are put in the middle, for you to correct in labelme")
        return lambda _: None
    predictor = open_predictor(file, classes)

    def find(frame: ImageArray) -> Box | None:
        faces = predictor(frame)
        if not len(faces):
            return None
        x1, y1, x2, y2 = faces.boxes_xyxy[0].tolist()
        return x1, y1, x2, y2

    return find


def _window(guide: Guide, mirror: bool) -> Preview:
    from emo.window.start import check_tk

    check_tk()
    from emo.capturing.window import CaptureWindow

    return CaptureWindow(guide, mirror)
