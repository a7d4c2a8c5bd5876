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

RUNTIMES = ("auto", "openvino", "torch", "onnxruntime")
EXPORTED = (".onnx", ".xml")
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
    if reference := shipped_checkpoint("reference", shipped):
        return reference
    raise UserError(f"{logs}: no trained network yet; `make train` makes one, or give checkpoint=FILE")


def shipped_checkpoint(name: str, shipped: Path = _SHIPPED) -> Path | None:
    """One that comes with emo by the name of its folder; None where it is not there."""
    path = shipped / name / "best.ckpt"
    return path if path.is_file() else None


def open_runtime(
    checkpoint: Path, classes: Sequence[str] | None, runtime: str = "auto", precision: str = "auto"
) -> Runtime:
    """Load a checkpoint into the quickest runtime here, or into the one that is named.

    Args:
        checkpoint: a file from training, an exported one (.onnx or .xml), or the folder of an exported .xml.
        classes: the emotions it must know, in their order; None: any.
        runtime: `auto` takes a GPU by PyTorch where there is one, else OpenVINO, else PyTorch on the CPU. Without
            a GPU and without units for bf16 it takes the int8 network that was exported from this checkpoint, if it
            lies beside it. An exported network runs by OpenVINO, or where that is not installed by ONNX Runtime.
        precision: `auto` takes half precision where the device computes it in hardware.

    Raises:
        UserError: the checkpoint cannot be used, has other classes, or the runtime is not to be had.
    """
    if runtime not in RUNTIMES or precision not in PRECISIONS:
        raise ConfigError(f"runtime must be one of {RUNTIMES} and precision one of {PRECISIONS}")
    path = _the_file(checkpoint)
    has_openvino = _installed("openvino")
    if runtime == "openvino" and not has_openvino:
        raise UserError("OpenVINO is not installed; `pip install openvino`, or take runtime=torch")
    if path.suffix in EXPORTED:
        opened: Runtime = _open_exported(path, runtime, precision, has_openvino)
    elif runtime == "onnxruntime":
        raise UserError(
            f"{path}: ONNX Runtime reads exported files; `python -m emo.export to=onnx` makes one"
        )
    elif runtime == "openvino" or (runtime == "auto" and has_openvino and not _has_gpu()):
        opened = _open_openvino(path, precision, exact=runtime != "auto")
    else:
        opened = _open_torch(path, precision)
    if classes is not None and opened.classes != tuple(classes):
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


def _the_file(checkpoint: Path) -> Path:
    """The file itself; in a folder, the only exported network there.

    Raises:
        UserError: there is none, or several.
    """
    if checkpoint.is_dir():
        found = sorted(checkpoint.glob("*.xml"))
        if len(found) != 1:
            raise UserError(
                f"{checkpoint}: a folder with {len(found)} exported networks (.xml); name the file"
            )
        return found[0]
    if not checkpoint.is_file():
        raise UserError(f"{checkpoint}: no such checkpoint; `make train` makes one")
    return checkpoint


def _open_exported(path: Path, runtime: str, precision: str, has_openvino: bool) -> Runtime:
    if runtime == "torch":
        raise UserError(
            f"{path}: PyTorch cannot run an exported network; give the checkpoint, or runtime=auto"
        )
    if runtime == "onnxruntime" or not has_openvino:
        if path.suffix != ".onnx":
            raise UserError(f"{path}: only OpenVINO runs it; `pip install openvino`, or export to=onnx")
        if not _installed("onnxruntime"):
            raise UserError("ONNX Runtime is not installed; `pip install onnxruntime`")
        from emo.runtime.onnx_runtime import ONNXRuntime

        return ONNXRuntime(path)
    return _open_openvino(path, precision, exact=True)


def _open_openvino(path: Path, precision: str, exact: bool) -> Runtime:
    """By OpenVINO; `exact` leaves an int8 network beside a checkpoint alone."""
    if precision == "fp16":
        raise ConfigError("OpenVINO runs the network in fp32 or bf16; take precision=auto")
    from emo.runtime.openvino_runtime import OpenVINORuntime, converted, has_bf16, quantised

    if path.suffix in EXPORTED:
        return OpenVINORuntime(path, precision)
    if not exact and precision == "auto" and not has_bf16() and (int8 := quantised(path)):
        return OpenVINORuntime(int8)
    return OpenVINORuntime(converted(path), precision)


def _installed(name: str) -> bool:
    return importlib.util.find_spec(name) is not None


def _open_torch(checkpoint: Path, precision: str) -> Runtime:
    from emo.hardware import choose_hardware
    from emo.model.checkpoint import load_network
    from emo.model.fold import fold_batch_norm
    from emo.runtime.torch_runtime import TorchRuntime

    hardware = choose_hardware()
    if precision == "auto":
        precision = {"bf16-mixed": "bf16", "16-mixed": "fp16", "32-true": "fp32"}[hardware.precision]
    return TorchRuntime(fold_batch_norm(load_network(checkpoint)), hardware.accelerator, precision)
