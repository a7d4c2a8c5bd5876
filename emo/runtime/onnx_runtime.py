"""An exported network by ONNX Runtime: for machines without OpenVINO, and to compare."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnxruntime as ort

from emo.errors import UserError
from emo.runtime.about import KEY, About
from emo.runtime.runtime import Look

_PROVIDERS = ("CUDAExecutionProvider", "CPUExecutionProvider")  # in the order of preference


class ONNXRuntime:
    """ONNX Runtime on the GPU where it can, else on the CPU. Implements `Runtime`.

    Args:
        path: a file from `python -m emo.export to=onnx`.
        providers: names of its back ends in the order of preference; those that are not there are passed over.

    Raises:
        UserError: the file cannot be used.
    """

    def __init__(self, path: Path, providers: Sequence[str] = _PROVIDERS) -> None:
        available = ort.get_available_providers()
        chosen = [name for name in providers if name in available]
        try:
            self._session = ort.InferenceSession(str(path), providers=chosen)
        except Exception as error:  # what it raises has no base class but this one
            raise UserError(f"{path}: ONNX Runtime cannot load it; export it again") from error
        about = About.loads(self._session.get_modelmeta().custom_metadata_map.get(KEY, ""), path)
        self.kind, self.classes = about.kind, about.classes
        self.input_size, self.precision = about.input_size, about.precision
        on_gpu = self._session.get_providers()[0].startswith("CUDA")
        self.name, self.prefers_batches = f"ONNX Runtime on the {'GPU' if on_gpu else 'CPU'}", on_gpu

    def look(self, views: npt.NDArray[np.uint8]) -> Look:
        """See `Runtime.look`."""
        return Look(*self._session.run(["boxes", "presence", "emotions"], {"views": views}))
