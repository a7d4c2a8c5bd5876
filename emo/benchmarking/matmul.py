"""What the machine can do at best: products of large square matrices."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from emo.runtime.silent import ov

SIDES = {"cpu": 1024, "cuda": 8192}
"""Of the matrices; larger ones are no quicker."""


def multiply(precision: str, device: str, side: int) -> Callable[[], None]:
    """A function that multiplies two matrices, 2 side^3 operations.

    Args:
        precision: on a CPU `int8` and `fp32` go through OpenVINO: PyTorch has no quick product of the first, and
            multiplies the second by MKL, which leaves the AVX-512 units of AMD's processors alone (217 instead of
            500 GFLOP/s on two such cores); others through PyTorch.
        device: `cpu` or `cuda`.
        side: of both.
    """
    if device == "cpu" and precision in ("int8", "fp32"):
        return _by_openvino(precision, side)
    import torch

    dtype = {"fp32": torch.float32, "fp16": torch.float16, "bf16": torch.bfloat16}[precision]
    one, other = (torch.rand(side, side, device=device).to(dtype) for _ in range(2))

    def run() -> None:
        torch.mm(one, other)
        if device == "cuda":
            torch.cuda.synchronize()

    return run


def _by_openvino(precision: str, side: int) -> Callable[[], None]:
    from openvino import opset13 as ops

    rng = np.random.default_rng(0)
    given = ops.parameter([side, side], np.float32)
    if precision == "int8":
        low, high, scale = (np.array(value, np.float32) for value in (-1.0, 127 / 128, 1 / 127))
        one = ops.fake_quantize(given, low, high, low, high, 256)
        other = ops.convert(ops.constant(rng.integers(-127, 127, (side, side), np.int8)), "f32")
        other = ops.multiply(other, ops.constant(scale))
    else:
        one, other = given, ops.constant(rng.uniform(-1, 1, (side, side)).astype(np.float32))
    model = ov.Model([ops.matmul(one, other, False, True)], [given])
    how = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": "f32"}  # bf16 units are not asked for
    request = ov.Core().compile_model(model, "CPU", how).create_infer_request()
    values = rng.uniform(-1, 1, (side, side)).astype(np.float32)

    def run() -> None:
        request.infer({0: values}, share_inputs=True)

    return run
