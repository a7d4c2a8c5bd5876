"""What this machine computes best with."""

from __future__ import annotations

import importlib.util
import shutil
import sys
from dataclasses import dataclass
from typing import Literal

import torch

Precision = Literal["32-true", "bf16-mixed", "16-mixed"]


@dataclass(frozen=True)
class Hardware:
    """The accelerator and the precision to train in, with the reason in words."""

    accelerator: Literal["cuda", "mps", "cpu"]
    precision: Precision
    reason: str


def choose_hardware() -> Hardware:
    """CUDA, else Apple's MPS, else the CPU; bf16 only where the processor has units for it.

    On processors without them bf16 is emulated, which is far slower than float32.
    """
    if torch.cuda.is_available():
        name = torch.cuda.get_device_name()
        if torch.cuda.is_bf16_supported(including_emulation=False):
            return Hardware("cuda", "bf16-mixed", f"{name}, bf16")
        return Hardware("cuda", "16-mixed", f"{name}, fp16: it has no bf16")
    if torch.backends.mps.is_available():
        return Hardware("mps", "32-true", "Apple GPU, fp32")
    if cpu_has_bf16():
        return Hardware("cpu", "bf16-mixed", "CPU with bf16 units")
    return Hardware("cpu", "32-true", "CPU, fp32: it has no bf16 units")


def cpu_has_bf16() -> bool:
    """Whether the processor multiplies bf16 matrices in hardware (AMX or AVX-512 BF16)."""
    features = torch.cpu.get_capabilities() if hasattr(torch.cpu, "get_capabilities") else {}
    return bool(features.get("amx_bf16") or features.get("avx512_bf16"))


def lacks_compiler(accelerator: str) -> str:
    """What torch.compile needs that is not here, in words; empty where nothing is missing.

    Args:
        accelerator: cpu, or else a GPU.
    """
    if accelerator != "cpu":
        return "" if importlib.util.find_spec("triton") else "torch.compile needs Triton there"
    names = ("c++", "g++", "clang++", *(("cl",) if sys.platform == "win32" else ()))
    found = any(shutil.which(name) for name in names)
    return "" if found else "torch.compile needs a C++ compiler (such as g++)"
