"""One contender in a process of its own, so that start-up and memory are its own and no other's threads disturb it."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from emo.benchmarking.contender import Contender

if TYPE_CHECKING:
    from emo.runtime.torch_runtime import TorchRuntime

Views = npt.NDArray[np.uint8]
Look = Callable[[Views], Any]
"""Views (B, S, S, 3) to whatever it says of them; None where that cannot be compared with ours."""


def serve(pipe: Connection, contender: Contender, views: Views) -> None:
    """Open the contender, then time it whenever asked, until told to stop.

    Sends first `("ready", its answers to the views)` or `("failed", why)`. Then takes `(batch, seconds)` and sends
    the seconds that each pass took; takes None and sends its peak memory in MB.
    """
    try:
        look = OPENERS[contender.opener](contender)
        answers = look(views)
        pipe.send(("ready", None if answers is None else tuple(np.asarray(part) for part in answers)))
    except Exception as error:
        lines = str(error).strip().splitlines() or [type(error).__name__]
        pipe.send(("failed", lines[0][:160]))
        return
    while (order := pipe.recv()) is not None:
        pipe.send(_time(look, np.resize(views, (order[0], *views.shape[1:])), order[1]))
    pipe.send(_peak_memory_mb(contender.device))


def _time(look: Look, views: Views, seconds: float) -> list[float]:
    look(views)  # wakes threads and fills caches after the others' turns
    times, until = list[float](), time.perf_counter() + seconds
    while len(times) < 2 or time.perf_counter() < until:
        start = time.perf_counter()
        look(views)
        times.append(time.perf_counter() - start)
    return times


def _peak_memory_mb(device: str) -> float:
    """The most that the process has held; on a GPU what it holds there."""
    if device == "cuda":
        import torch

        return torch.cuda.max_memory_allocated() / 1e6
    if sys.platform == "win32":
        return float("nan")
    if sys.platform == "linux":  # where getrusage counts what the parent held before this program began
        status = Path("/proc/self/status").read_text()
        return int(status.partition("VmHWM:")[2].split()[0]) * 1024 / 1e6
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


def _torch(contender: Contender) -> Look:
    return _torch_runtime(contender).look


def _compiled(contender: Contender) -> Look:
    import torch
    import torch._inductor.config

    torch._inductor.config.freezing = True  # weights as constants, which inference may lay out as it likes
    runtime = _torch_runtime(contender)
    runtime.compile()
    return runtime.look


def _torch_runtime(contender: Contender) -> TorchRuntime:
    from emo.model.checkpoint import load_one_face
    from emo.model.fold import fold_batch_norm
    from emo.runtime.torch_runtime import TorchRuntime

    network = fold_batch_norm(load_one_face(Path(contender.path)))
    return TorchRuntime(network, contender.device, contender.precision)


def _openvino(contender: Contender) -> Look:
    from emo.runtime.openvino_runtime import OpenVINORuntime
    from emo.runtime.silent import ov

    usual = "auto" if contender.precision == "int8" else contender.precision
    return OpenVINORuntime(ov.Core().read_model(contender.path), usual).look


def _onnxruntime(contender: Contender) -> Look:
    from emo.runtime.onnx_runtime import ONNXRuntime

    provider = {"cpu": "CPU", "cuda": "CUDA"}[contender.device]
    return ONNXRuntime(Path(contender.path), [f"{provider}ExecutionProvider"]).look


def _tensorrt(contender: Contender) -> Look:
    from emo.runtime.onnx_runtime import ONNXRuntime

    return ONNXRuntime(Path(contender.path), ["TensorrtExecutionProvider"]).look


def _matmul(contender: Contender) -> Look:
    from emo.benchmarking.matmul import multiply

    run = multiply(contender.precision, contender.device, contender.size)
    return lambda _: run()


def _keras(contender: Contender) -> Look:
    from emo.benchmarking.peers import keras_predict

    return keras_predict(contender.size)


def _yunet(contender: Contender) -> Look:
    from emo.benchmarking.peers import yunet_detect

    return yunet_detect(contender.path, contender.size)


OPENERS: dict[str, Callable[[Contender], Look]] = {
    "torch": _torch,
    "compiled": _compiled,
    "openvino": _openvino,
    "onnxruntime": _onnxruntime,
    "tensorrt": _tensorrt,
    "matmul": _matmul,
    "keras": _keras,
    "yunet": _yunet,
}
