"""The network by PyTorch, on any device that it knows."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from emo.boxes import cxcywh_to_xyxy
from emo.model.checkpoint import Network
from emo.runtime.runtime import Look

_DTYPES = {"fp32": torch.float32, "fp16": torch.float16, "bf16": torch.bfloat16}
_DEVICES = {"cpu": "the CPU", "cuda": "the GPU", "mps": "Apple's GPU"}


class Readout(nn.Module):
    """The network from views to probabilities in one graph, so that no runtime has a decoding of its own.

    Takes views (B, S, S, 3) uint8, gives the three arrays of `Look`.
    """

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.network = network

    def forward(self, views: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Boxes (B, 4) xyxy in [0, 1] of the view, presence (B,), emotions (B, C); or those of N cells each."""
        outputs = self.network(views.permute(0, 3, 1, 2))
        return (
            cxcywh_to_xyxy(outputs.boxes_cxcywh.float()),
            outputs.presence_logits.float().sigmoid(),
            outputs.emotion_logits.float().softmax(dim=-1),
        )


class TorchRuntime:
    """PyTorch on one device.

    Args:
        network: in evaluation mode; moved to the device.
        device: `cpu`, `cuda` or `mps`.
        precision: of the layers that PyTorch's autocast finds safe: `fp32`, `fp16` or `bf16`.
    """

    def __init__(self, network: Network, device: str = "cpu", precision: str = "fp32") -> None:
        self.name, self.precision = f"PyTorch on {_DEVICES[device]}", precision
        self.kind, self.classes, self.input_size = network.kind, network.classes, network.input_size
        self.prefers_batches = device == "cuda"
        self._device = device
        self._readout = Readout(network).eval().to(device).to(memory_format=torch.channels_last)

    def compile(self) -> None:
        """Compile by torch.compile at the first look: that takes a minute, later ones are quicker."""
        self._readout.compile()

    def look(self, views: npt.NDArray[np.uint8]) -> Look:
        """See `Runtime.look`."""
        dtype = _DTYPES[self.precision]
        with torch.inference_mode(), torch.autocast(self._device, dtype, enabled=self.precision != "fp32"):
            outputs = self._readout(torch.from_numpy(views).to(self._device))
        return Look(*(output.cpu().numpy() for output in outputs))
