"""From two files, a detector's and a reader's, to a predictor."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from emo.errors import UserError
from emo.runtime.choose import measure, newest_checkpoint, open_runtime, shipped_checkpoint
from emo.runtime.open import open_predictor
from emo.runtime.two_stage import Detector, TwoStagePredictor
from emo.runtime.yunet import YuNet


def open_two_stage(
    checkpoint: Path | str | None,
    classes: Sequence[str],
    runtime: str = "auto",
    precision: str = "auto",
    presence: float = 0.5,
    detector: str | None = None,
    every: int = 5,
    budget_ms: float | None = None,
    say: Callable[[str], None] = print,
) -> TwoStagePredictor:
    """Open a detector and a reader, and say of each what it runs on.

    Args:
        checkpoint: the reader, a network for one face; None takes the newest of one's own trainings if that is one,
            else the reference weights.
        classes: the emotions that the reader must know, in their order.
        runtime: see `open_runtime`.
        precision: see `open_runtime`.
        presence: least probability of a face in [0, 1].
        detector: a checkpoint of a network for many faces, or the .onnx file of OpenCV's FaceDetectorYN; None takes
            emo's own network for many faces.
        every: see `TwoStagePredictor`.
        budget_ms: see `TwoStagePredictor`.
        say: takes one line.

    Raises:
        UserError: there is no reader or detector, or one of them cannot be used.
    """
    found = _open_detector(detector, runtime, precision, presence, say)
    path = Path(checkpoint) if checkpoint else newest_checkpoint()
    reader = open_runtime(path, classes, runtime, precision)
    if reader.kind != "one_face" and not checkpoint and (own := shipped_checkpoint("reference")):
        # the newest training is a detector's
        path, reader = own, open_runtime(own, classes, runtime, precision)
    if reader.kind != "one_face":
        raise UserError(f"{path}: a network for many faces; the reader is one for one face: checkpoint=FILE")
    say(f"reader {path}: {reader.name}, {reader.precision}, {measure(reader):.1f} ms a face")
    return TwoStagePredictor(found, reader, presence, every, budget_ms)


def _open_detector(
    detector: str | None,
    runtime: str,
    precision: str,
    presence: float,
    say: Callable[[str], None],
) -> Detector:
    path = Path(detector) if detector else shipped_checkpoint("reference_many_faces")
    if path is None:
        raise UserError(
            "predictor.detector: give a checkpoint of model=many_faces, or the .onnx file of OpenCV's FaceDetectorYN"
        )
    # `emo.export` writes a report beside its own
    if path.suffix == ".onnx" and not path.with_suffix(".json").exists():
        say(f"detector {path}: OpenCV's FaceDetectorYN")
        return YuNet(str(path), presence)
    return open_predictor(
        path,
        None,  # its emotions are not looked at
        runtime,
        precision,
        zoom=False,
        presence=presence,
        say=lambda line: say(f"detector {line}"),
    )
