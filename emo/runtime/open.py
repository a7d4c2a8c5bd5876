"""From a checkpoint to a predictor, with a line on what it runs on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from emo.runtime.choose import measure, newest_checkpoint, open_runtime
from emo.runtime.predictor import FacePredictor, Predictor


def open_predictor(
    checkpoint: Path | str | None,
    classes: Sequence[str] | None,
    runtime: str = "auto",
    precision: str = "auto",
    zoom: bool = True,
    presence: float = 0.5,
    say: Callable[[str], None] = print,
) -> Predictor:
    """Load a checkpoint, measure it, and say in one line what was chosen.

    A network for one face is looked through twice; one for many answers for all of them at one look.

    Args:
        checkpoint: a file from training; None takes the newest best one, else the shipped one.
        classes: the emotions it must know, in their order; None: any.
        runtime: see `open_runtime`.
        precision: see `open_runtime`.
        zoom: look twice, with a network for one face.
        presence: least probability of a face in [0, 1].
        say: takes one line.

    Raises:
        UserError: there is no checkpoint, it cannot be used, or the runtime is not to be had.
    """
    path = newest_checkpoint() if checkpoint is None else Path(checkpoint)
    opened = open_runtime(path, classes, runtime, precision)
    say(f"{path}: {opened.name}, {opened.precision}, {measure(opened):.1f} ms a look")
    if opened.kind == "many_faces":
        from emo.runtime.grid_predictor import GridPredictor  # its non-maximum suppression loads PyTorch

        return GridPredictor(opened, presence)
    return FacePredictor(opened, zoom, presence)
