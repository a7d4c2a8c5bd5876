"""The files themselves."""

from __future__ import annotations

import contextlib
import io
import logging
import warnings
from collections.abc import Iterator
from pathlib import Path

from emo.model.network import EmotionNetwork
from emo.runtime.about import KEY, About
from emo.runtime.silent import ov

OUTPUTS = ("boxes", "presence", "emotions")
"""Names of the outputs, the fields of `Look`; the input is `views`."""


def write_openvino(model: ov.Model, about: About, path: Path) -> None:
    """Write `path` (.xml) and the weights beside it (.bin)."""
    model.set_rt_info(about.dumps(), KEY)
    for index, name in enumerate(OUTPUTS):
        model.outputs[index].tensor.set_names({name})
    model.inputs[0].tensor.set_names({"views"})
    ov.save_model(model, path, compress_to_fp16=False)


def write_onnx(network: EmotionNetwork, about: About, path: Path) -> None:
    """Write one .onnx file, weights inside, batch norm folded into the convolutions.

    Needs what `check_installed` looks for.
    """
    import onnx
    import torch

    from emo.runtime.torch_runtime import Readout

    side = network.input_size
    example = torch.zeros(
        2, side, side, 3, dtype=torch.uint8
    )  # of one, PyTorch would take the batch to be fixed
    with _quiet():
        program = torch.onnx.export(
            Readout(network).eval(),
            (example,),
            input_names=["views"],
            output_names=list(OUTPUTS),
            dynamic_shapes=({0: torch.export.Dim("batch")},),
            dynamo=True,
        )
    assert program is not None
    model = program.model_proto
    onnx.helper.set_model_props(model, {KEY: about.dumps()})
    onnx.save(model, path)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep PyTorch's narration of the export from the terminal."""
    log = logging.getLogger("torch.onnx")
    level = log.level
    log.setLevel(logging.ERROR)
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        yield
    log.setLevel(level)
