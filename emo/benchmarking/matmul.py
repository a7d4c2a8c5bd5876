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
        precision: `int8` goes through OpenVINO, which PyTorch's CPU has no quick product for; others through PyTorch.
        device: `cpu` or `cuda`.
        side: of both.
    """
    if precision == "int8":
        return _int8(side)
    import torch

    dtype = {"fp32": torch.float32, "fp16": torch.float16, "bf16": torch.bfloat16}[precision]
    one, other = (torch.rand(side, side, device=device).to(dtype) for _ in range(2))

    def run() -> None:
        torch.mm(one, other)
        if device == "cuda":
            torch.cuda.synchronize()

    return run


def _int8(side: int) -> Callable[[], None]:
    from openvino import opset13 as ops

    rng = np.random.default_rng(0)
    low, high, scale = (np.array(value, np.float32) for value in (-1.0, 127 / 128, 1 / 127))
    given = ops.parameter([side, side], np.float32)
    rounded = ops.fake_quantize(given, low, high, low, high, 256)
    weights = ops.constant(rng.integers(-127, 127, (side, side), np.int8))
    weights = ops.multiply(ops.convert(weights, "f32"), ops.constant(scale))
    model = ov.Model([ops.matmul(rounded, weights, False, True)], [given])
    request = ov.Core().compile_model(model, "CPU", {"PERFORMANCE_HINT": "LATENCY"}).create_infer_request()
    values = rng.uniform(-1, 1, (side, side)).astype(np.float32)

    def run() -> None:
        request.infer({0: values}, share_inputs=True)

    return run
