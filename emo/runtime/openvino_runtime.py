"""The network by OpenVINO, the quickest on most processors. PyTorch is loaded only to convert a new one."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sys
import tempfile
import warnings
from pathlib import Path

import numpy as np
import numpy.typing as npt
import openvino as ov

from emo.runtime.runtime import Look

_KEPT = 4  # converted networks in the cache; the longest unused go first
_FORMAT = "1"  # of the converted network; a new one makes old caches stale


class OpenVINORuntime:
    """OpenVINO on the CPU.

    Args:
        model: from `converted`.
        precision: `fp32`, `bf16`, or `auto`: bf16 where the processor has it.
    """

    def __init__(self, model: ov.Model, precision: str = "auto") -> None:
        about = json.loads(model.get_rt_info("emo").astype(str))
        self.classes, self.input_size = tuple(about["classes"]), int(about["input_size"])
        self.name, self.prefers_batches = "OpenVINO on the CPU", False
        core = ov.Core()
        has_bf16 = "BF16" in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")
        self.precision = ("bf16" if has_bf16 else "fp32") if precision == "auto" else precision
        hint = {"fp32": "f32", "bf16": "bf16"}[self.precision]
        settings = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": hint}
        self._request = core.compile_model(model, "CPU", settings).create_infer_request()

    def look(self, views: npt.NDArray[np.uint8]) -> Look:
        """See `Runtime.look`."""
        self._request.infer({0: views}, share_inputs=True)
        # copies: the request writes its next results into the same memory
        return Look(*(self._request.get_output_tensor(index).data.copy() for index in range(3)))


def converted(checkpoint: Path) -> ov.Model:
    """The network of a checkpoint for OpenVINO, from the user's cache where it was converted before.

    Raises:
        UserError: the checkpoint cannot be used.
    """
    key = hashlib.sha256()
    try:
        key.update(checkpoint.read_bytes())
    except OSError:
        return _convert(checkpoint)  # which names what is wrong
    key.update(f"{_FORMAT} {ov.__version__}".encode())
    folder = cache_folder() / key.hexdigest()[:32]
    try:
        model = ov.Core().read_model(folder / "network.xml")
        os.utime(folder)
        return model
    except (RuntimeError, OSError):  # not there, or damaged
        model = _convert(checkpoint)
        _keep(model, folder)
        return model


def _convert(checkpoint: Path) -> ov.Model:
    import torch

    from emo.model.checkpoint import load_network
    from emo.runtime.torch_runtime import Readout

    network = load_network(checkpoint)
    side = network.input_size
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # PyTorch's on its tracing, which OpenVINO uses
        example = torch.zeros(1, side, side, 3, dtype=torch.uint8)
        model = ov.convert_model(Readout(network).eval(), example_input=example)
    model.reshape([-1, side, side, 3])
    model.set_rt_info(json.dumps({"classes": network.classes, "input_size": side}), "emo")
    return model


def _keep(model: ov.Model, folder: Path) -> None:
    """Write a network to the cache, complete or not at all; do without where that fails."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, ignore_cleanup_errors=True) as started:
            ov.save_model(model, Path(started) / "network.xml", compress_to_fp16=False)
            shutil.rmtree(folder, ignore_errors=True)  # a damaged one
            os.replace(started, folder)
        by_age = sorted(folder.parent.iterdir(), key=lambda path: path.stat().st_mtime, reverse=True)
        for old in by_age[_KEPT:]:
            shutil.rmtree(old, ignore_errors=True)
    except (RuntimeError, OSError):
        pass


def cache_folder() -> Path:
    """Where this user's programs keep what they can make again."""
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData/Local"))
    elif sys.platform == "darwin":
        base = Path.home() / "Library/Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "emo" / "openvino"
