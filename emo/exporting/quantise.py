"""Eight-bit integers by post-training quantisation."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable

import numpy as np
import numpy.typing as npt

from emo.exporting.parity import MOST_LOST
from emo.runtime.runtime import Look
from emo.runtime.silent import ov

Rows = npt.NDArray[np.int64]

_AIM = MOST_LOST / 2  # that NNCF may lose: in batches, labels at the edge fall otherwise than one by one


def quantise(
    model: ov.Model,
    views: npt.NDArray[np.uint8],
    judged: npt.NDArray[np.uint8],
    accuracy: Callable[[Look, Rows], float],
) -> ov.Model:
    """The network in int8, layers that cost too much accuracy left as they are.

    By NNCF: it calibrates the ranges, and where more than half a point of accuracy is lost it puts back the layers that
    lose most, one after the other.

    Args:
        model: in fp32.
        views: (N, S, S, 3) to calibrate the ranges with.
        judged: (M, S, S, 3) views.
        accuracy: in [0, 1] of answers to some of the judged views, by their indices.
    """
    import nncf

    nncf.set_log_level(logging.ERROR)

    def validate(compiled: ov.CompiledModel, rows: Iterable[int]) -> tuple[float, None]:
        indices = np.fromiter(rows, np.int64)
        answers = [compiled(judged[index][None]) for index in indices]
        look = Look(*(np.concatenate([answer[part] for answer in answers]) for part in range(3)))
        return accuracy(look, indices), None

    quantised: ov.Model = nncf.quantize_with_accuracy_control(
        model,
        calibration_dataset=nncf.Dataset([view[None] for view in views]),
        validation_dataset=nncf.Dataset(range(len(judged)), lambda index: judged[index][None]),
        validation_fn=validate,
        max_drop=_AIM,
        subset_size=len(views),
    )
    return quantised


def count_layers(model: ov.Model) -> tuple[int, int]:
    """Layers whose weights are in int8, and all layers with weights."""
    layers = [
        op for op in model.get_ops() if op.get_type_name() in ("Convolution", "GroupConvolution", "MatMul")
    ]
    return sum(_in_int8(op.input_value(1).get_node()) for op in layers), len(layers)


def _in_int8(node: ov.Node) -> bool:
    """Whether the constant behind a layer's weights is of one byte an element."""
    while node.get_type_name() != "Constant" and node.get_input_size():
        node = node.input_value(0).get_node()
    return bool(node.get_element_type().size == 1)
