"""Which runtimes there are, and why others cannot run here."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path

import numpy as np

from emo.benchmarking.contender import Contender
from emo.benchmarking.matmul import SIDES
from emo.benchmarking.worker import Views
from emo.drawn.clip import render_clip
from emo.errors import UserError
from emo.exporting.needs import check_installed
from emo.exporting.quantise import quantise
from emo.exporting.write import write_onnx, write_openvino
from emo.hardware import cpu_has_bf16, lacks_compiler
from emo.model.checkpoint import load_one_face
from emo.model.fold import fold_batch_norm
from emo.runtime.about import About
from emo.runtime.openvino_runtime import convert, has_bf16
from emo.view import View

NO_BF16 = "no bf16 units in this processor: emulated, it takes seconds a frame; emulate=true measures it"


def drawn_views(size: int, count: int = 16) -> Views:
    """Views of drawn people, as squares of `size` pixels, (count, size, size, 3)."""
    frames = [next(render_clip(seed, 1.0, 1, (320, 240)))[0] for seed in range(count)]
    return np.stack([View.whole(320, 240).crop(frame, size) for frame in frames])


def runtime_contenders(
    checkpoint: Path, folder: Path, views: Views, emulate: bool = False
) -> list[Contender]:
    """Every runtime with a network that is converted for it; those that cannot run say why.

    Args:
        checkpoint: the network, the first contender in fp32 is PyTorch with it.
        folder: where converted networks are written to.
        views: that int8 is calibrated with.
        emulate: run bf16 where no processor unit helps.
    """
    import torch

    path, has_gpu = str(checkpoint), torch.cuda.is_available()
    no_bf16 = "" if cpu_has_bf16() or emulate else NO_BF16
    no_gpu = "" if has_gpu else "no CUDA device here"
    onnx, no_onnx = _made(folder / "network.onnx", lambda file: _export_onnx(checkpoint, file))
    int8, no_int8 = _made(folder / "network_int8.xml", lambda file: _export_int8(checkpoint, views, file))
    fp32, no_fp32 = _made(folder / "network.xml", lambda file: _export_openvino(checkpoint, file))
    no_ort = no_onnx or _ort_lacks("CPUExecutionProvider")
    no_ov_bf16 = no_fp32 or ("" if has_bf16() or emulate else NO_BF16)
    no_compiler, no_triton = lacks_compiler("cpu"), no_gpu or lacks_compiler("cuda")
    cpu = [
        Contender("PyTorch", "fp32", "torch", path),
        Contender("PyTorch", "bf16", "torch", path, reason=no_bf16),
        Contender("torch.compile", "fp32", "compiled", path, reason=no_compiler),
        Contender("torch.compile", "bf16", "compiled", path, reason=no_compiler or no_bf16),
        Contender("ONNX Runtime", "fp32", "onnxruntime", onnx, reason=no_ort),
        Contender("OpenVINO", "fp32", "openvino", fp32, reason=no_fp32),
        Contender("OpenVINO", "bf16", "openvino", fp32, reason=no_ov_bf16),
        Contender("OpenVINO", "int8", "openvino", int8, reason=no_int8),
    ]
    gpu = [
        *(
            Contender("CUDA, PyTorch", p, "torch", path, "cuda", reason=no_gpu)
            for p in ("fp32", "bf16", "fp16")
        ),
        *(
            Contender("CUDA, torch.compile", p, "compiled", path, "cuda", reason=no_triton)
            for p in ("bf16", "fp16")
        ),
        _ort_contender("CUDA, ONNX Runtime", "CUDAExecutionProvider", "onnxruntime", onnx, no_gpu or no_onnx),
        _ort_contender("TensorRT", "TensorrtExecutionProvider", "tensorrt", onnx, no_gpu or no_onnx),
    ]
    return cpu + gpu


def peak_contenders(contenders: list[Contender]) -> list[Contender]:
    """A large matrix product for each precision and device that some contender runs in."""
    needed = dict.fromkeys((c.device, c.precision) for c in contenders if not c.reason)
    return [
        Contender("matmul", precision, "matmul", "", device, SIDES[device]) for device, precision in needed
    ]


def _made(path: Path, write: Callable[[Path], None]) -> tuple[str, str]:
    """The file that was written, and why it was not."""
    try:
        write(path)
    except UserError as error:
        return "", str(error)
    return str(path), ""


def _export_onnx(checkpoint: Path, path: Path) -> None:
    check_installed("onnx")
    network = fold_batch_norm(load_one_face(checkpoint))
    write_onnx(network, About(network.classes, network.input_size), path)


def _export_openvino(checkpoint: Path, path: Path) -> None:
    network = load_one_face(checkpoint)
    write_openvino(convert(checkpoint), About(network.classes, network.input_size), path)


def _export_int8(checkpoint: Path, views: Views, path: Path) -> None:
    check_installed("int8")
    network = load_one_face(checkpoint)
    model = quantise(
        convert(checkpoint), views, views[:1], lambda look, rows: 1.0
    )  # all layers, whatever it costs
    write_openvino(model, About(network.classes, network.input_size, precision="int8"), path)


def _ort_contender(name: str, provider: str, opener: str, path: str, reason: str) -> Contender:
    return Contender(name, "fp32", opener, path, "cuda", reason=reason or _ort_lacks(provider))


def _ort_lacks(provider: str) -> str:
    if importlib.util.find_spec("onnxruntime") is None:
        return "ONNX Runtime is not installed; `pip install -e '.[export]'`"
    import onnxruntime as ort

    missing = provider not in ort.get_available_providers()
    return f"the installed ONNX Runtime has no {provider}" if missing else ""
