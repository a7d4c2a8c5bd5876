"""The ways there are to find faces and read them, ready to be compared on the same frames."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from emo.errors import UserError
from emo.runtime.choose import newest_checkpoint, shipped_checkpoint
from emo.runtime.grid_predictor import GridPredictor
from emo.runtime.open import open_predictor
from emo.runtime.open_two_stage import open_two_stage
from emo.runtime.predictor import Predictor

ONE_LOOK, TWICE, MANY, TWO_MODELS = (
    "one face, one look",
    "one face, looking twice",
    "many faces",
    "two models",
)


def open_ways(
    checkpoint: str | None,
    detector: str | None,
    reader: str | None,
    classes: Sequence[str],
    say: Callable[[str], None],
) -> dict[str, Predictor]:
    """Predictors by their names; without a detector only those for one face.

    Args:
        checkpoint: a network for one face; None takes the newest one.
        detector: see `open_two_stage`.
        reader: of the two models, a network for one face; None takes the same one.
        classes: the emotions that the networks must know.
        say: takes a line.

    Raises:
        UserError: one of the files cannot be used.
    """
    one_face = Path(checkpoint) if checkpoint else newest_checkpoint()
    ways: dict[str, Predictor] = {
        ONE_LOOK: open_predictor(one_face, classes, zoom=False, say=say),
        TWICE: open_predictor(one_face, classes, zoom=True, say=say),
    }
    if any(isinstance(way, GridPredictor) for way in ways.values()):
        raise UserError(
            f"{one_face}: a network for many faces; give it as detector=, and one for one face here"
        )
    if not detector and shipped_checkpoint("reference_many_faces") is None:
        say("no detector: give detector=FILE for many faces and two models")
        return ways
    path = detector or str(shipped_checkpoint("reference_many_faces"))
    if not path.endswith(".onnx") and isinstance(
        many := open_predictor(path, classes, say=say), GridPredictor
    ):
        ways[MANY] = many
    ways[TWO_MODELS] = open_two_stage(reader or one_face, classes, detector=path, say=say)
    return ways
