"""The network by OpenVINO, the quickest on most processors. PyTorch is loaded only to convert a new one."""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
import tempfile
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from emo.errors import UserError
from emo.runtime.about import KEY, About, checkpoint_key
from emo.runtime.runtime import Look
from emo.runtime.silent import ov

if TYPE_CHECKING:
    from emo.model.checkpoint import Network

_KEPT = 4  # networks in the cache; the longest unused go first
_FORMAT = "3"  # of the converted network; a new one makes old caches stale
_INT8 = "_int8.xml"  # after the name of a checkpoint: its quantised network


class OpenVINORuntime:
    """OpenVINO on the CPU. Implements `Runtime`.

    Args:
        model: a network, or the file of one: from `converted`, or exported (.xml or .onnx). What comes of a file is
            kept compiled for the next start.
        precision: `fp32`, `bf16`, or `auto`: bf16 where the processor has it. Layers in int8 stay so.

    Raises:
        UserError: the file cannot be used.
    """

    def __init__(self, model: ov.Model | Path, precision: str = "auto") -> None:
        about = about_of(model)
        self.kind, self.classes, self.input_size = about.kind, about.classes, about.input_size
        self.name, self.prefers_batches = "OpenVINO on the CPU", False
        usual = ("bf16" if has_bf16() else "fp32") if precision == "auto" else precision
        self.precision = "int8" if about.precision == "int8" else usual
        settings = {
            "PERFORMANCE_HINT": "LATENCY",
            "INFERENCE_PRECISION_HINT": {"fp32": "f32", "bf16": "bf16"}[usual],
        }
        self._request = _compile(model, settings).create_infer_request()

    def look(self, views: npt.NDArray[np.uint8]) -> Look:
        """See `Runtime.look`."""
        self._request.infer({0: views}, share_inputs=True)
        # copies: the request writes its next results into the same memory
        return Look(*(self._request.get_output_tensor(index).data.copy() for index in range(3)))


def has_bf16() -> bool:
    """Whether OpenVINO finds units for bf16 in the processor."""
    return "BF16" in ov.Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")


def about_of(model: ov.Model | Path) -> About:
    """What a network says of itself.

    Raises:
        UserError: the file is damaged, or none of ours.
    """
    path = model if isinstance(model, Path) else Path("network")
    try:
        read = ov.Core().read_model(model) if isinstance(model, Path) else model
        where = (
            [KEY] if read.has_rt_info([KEY]) else ["framework", KEY]
        )  # which is where ONNX's metadata goes
        return About.loads(read.get_rt_info(where).astype(str), path)
    except RuntimeError as error:
        raise UserError(f"{path}: damaged, or not exported by emo; export it again") from error


def quantised(checkpoint: Path) -> Path | None:
    """The int8 network that was exported from exactly this checkpoint, if it lies beside it."""
    path = checkpoint.with_name(checkpoint.stem + _INT8)
    try:
        if path.is_file() and about_of(path).checkpoint == checkpoint_key(checkpoint):
            return path
    except (UserError, OSError):  # a damaged one is none
        pass
    return None


def converted(checkpoint: Path) -> ov.Model | Path:
    """The network of a checkpoint for OpenVINO, from the user's cache where it was converted before.

    Raises:
        UserError: the checkpoint cannot be used.
    """
    try:
        content = checkpoint_key(checkpoint)
    except OSError:
        return convert(checkpoint)  # which names what is wrong
    folder = cache_folder() / _digest(content)
    path = folder / "network.xml"
    try:
        about_of(path)
        os.utime(folder)
    except (UserError, OSError):  # not there, or damaged
        model = convert(checkpoint)
        return path if _keep(model, folder) else model
    return path


def convert(checkpoint: Path) -> ov.Model:
    """The network of a checkpoint for OpenVINO, with batch norm folded.

    Raises:
        UserError: the checkpoint cannot be used.
    """
    from emo.model.checkpoint import load_network
    from emo.model.fold import fold_batch_norm

    network = load_network(checkpoint)
    model = convert_network(fold_batch_norm(network))
    about = About(
        network.classes, network.input_size, network.backbone_name, network.kind, checkpoint_key(checkpoint)
    )
    model.set_rt_info(about.dumps(), KEY)
    return model


def convert_network(network: Network) -> ov.Model:
    """A network in evaluation mode for OpenVINO, with any batch size."""
    import torch

    from emo.runtime.torch_runtime import Readout

    side = network.input_size
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # PyTorch's on its tracing, which OpenVINO uses
        example = torch.zeros(1, side, side, 3, dtype=torch.uint8)
        model = ov.convert_model(Readout(network).eval(), example_input=example)
    model.reshape([-1, side, side, 3])
    return model


def _compile(model: ov.Model | Path, settings: dict[str, str]) -> ov.CompiledModel:
    """Compile for the CPU."""
    core = ov.Core()
    if isinstance(model, Path):
        state = model.stat()
        compiled = cache_folder() / _digest(f"{model.resolve()} {state.st_mtime_ns} {state.st_size}")
        folder = model.parent if model.parent.parent == cache_folder() else compiled
        try:
            folder.mkdir(parents=True, exist_ok=True)
            os.utime(folder)
            _forget_oldest()
            return core.compile_model(str(model), "CPU", {**settings, "CACHE_DIR": str(folder)})
        except (RuntimeError, OSError):  # the cache is damaged, full, or not to be written
            model = core.read_model(model)
    return core.compile_model(model, "CPU", settings)


def _keep(model: ov.Model, folder: Path) -> bool:
    """Write a network to the cache, complete or not at all; whether that worked."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, ignore_cleanup_errors=True) as started:
            ov.save_model(model, Path(started) / "network.xml", compress_to_fp16=False)
            shutil.rmtree(folder, ignore_errors=True)  # a damaged one
            os.replace(started, folder)
        _forget_oldest()
    except (RuntimeError, OSError):
        return False
    return True


def _forget_oldest() -> None:
    by_age = sorted(cache_folder().iterdir(), key=lambda path: path.stat().st_mtime, reverse=True)
    for old in by_age[_KEPT:]:
        shutil.rmtree(old, ignore_errors=True)


def _digest(content: str) -> str:
    return hashlib.sha256(f"{_FORMAT} {ov.__version__} {content}".encode()).hexdigest()[:32]


def cache_folder() -> Path:
    """Where this user's programs keep what they can make again."""
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData/Local"))
    elif sys.platform == "darwin":
        base = Path.home() / "Library/Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "emo" / "openvino"
