"""Which checkpoint to load, and what to run it with on this machine."""

from __future__ import annotations

import ctypes.util
import importlib.util
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from emo.errors import ConfigError, UserError
from emo.runtime.runtime import Runtime

RUNTIMES = ("auto", "openvino", "torch")
PRECISIONS = ("auto", "fp32", "fp16", "bf16")
_SHIPPED = Path(__file__).resolve().parents[2] / "lightning_logs"


def newest_checkpoint(logs: Path = Path("lightning_logs"), shipped: Path = _SHIPPED) -> Path:
    """The newest best checkpoint of one's own trainings, else the one that comes with emo.

    Raises:
        UserError: there is none.
    """
    own = [path for path in logs.glob("*/best.ckpt") if not path.parent.name.startswith("reference")]
    if own:
        return max(own, key=lambda path: path.stat().st_mtime)
    if reference := sorted(shipped.glob("reference*/*.ckpt")):
        return reference[0]
    raise UserError(f"{logs}: no trained network yet; `make train` makes one, or give checkpoint=FILE")


def open_runtime(
    checkpoint: Path, classes: Sequence[str], runtime: str = "auto", precision: str = "auto"
) -> Runtime:
    """Load a checkpoint into the quickest runtime here, or into the one that is named.

    Args:
        checkpoint: a file from training.
        classes: the emotions it must know, in their order.
        runtime: `auto` takes a GPU by PyTorch where there is one, else OpenVINO, else PyTorch on the CPU.
        precision: `auto` takes half precision where the device computes it in hardware.

    Raises:
        UserError: the checkpoint cannot be used, has other classes, or the runtime is not to be had.
    """
    if runtime not in RUNTIMES or precision not in PRECISIONS:
        raise ConfigError(f"runtime must be one of {RUNTIMES} and precision one of {PRECISIONS}")
    if not checkpoint.is_file():
        raise UserError(f"{checkpoint}: no such checkpoint; `make train` makes one")
    has_openvino = importlib.util.find_spec("openvino") is not None
    if runtime == "openvino" and not has_openvino:
        raise UserError("OpenVINO is not installed; `pip install openvino`, or take runtime=torch")
    if runtime == "openvino" or (runtime == "auto" and has_openvino and not _has_gpu()):
        if precision == "fp16":
            raise ConfigError("OpenVINO runs the network in fp32 or bf16; take precision=auto")
        from emo.runtime.openvino_runtime import OpenVINORuntime, converted

        opened: Runtime = OpenVINORuntime(converted(checkpoint), precision)
    else:
        opened = _open_torch(checkpoint, precision)
    if opened.classes != tuple(classes):
        named = ",".join(opened.classes)
        raise UserError(f"{checkpoint}: knows other emotions than classes says; add 'classes=[{named}]'")
    return opened


def measure(runtime: Runtime, looks: int = 10) -> float:
    """Milliseconds that one look takes here, the median of some.

    Raises:
        UserError: the network's weights are of no use.
    """
    view = np.full((1, runtime.input_size, runtime.input_size, 3), 128, np.uint8)
    first = runtime.look(view)
    if not all(np.isfinite(values).all() for values in first):
        raise UserError("the checkpoint's weights are not finite: its training failed; train anew")
    times = []
    for _ in range(looks):
        start = time.perf_counter()
        runtime.look(view)
        times.append(time.perf_counter() - start)
    return float(np.median(times)) * 1000


def _has_gpu() -> bool:
    """Whether PyTorch can use a GPU; it is not loaded, which takes seconds, where there is no driver."""
    if sys.platform != "darwin" and not (
        ctypes.util.find_library("cuda") or ctypes.util.find_library("nvcuda")
    ):
        return False
    from emo.hardware import choose_hardware

    return choose_hardware().accelerator != "cpu"


def _open_torch(checkpoint: Path, precision: str) -> Runtime:
    from emo.hardware import choose_hardware
    from emo.model.checkpoint import load_network
    from emo.runtime.torch_runtime import TorchRuntime

    hardware = choose_hardware()
    if precision == "auto":
        precision = {"bf16-mixed": "bf16", "16-mixed": "fp16", "32-true": "fp32"}[hardware.precision]
    return TorchRuntime(load_network(checkpoint), hardware.accelerator, precision)
