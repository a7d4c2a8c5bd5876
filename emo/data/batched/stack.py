"""What loading processes hand over of each view, as one tensor."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor


def stack(values: Iterable[npt.ArrayLike], kind: torch.dtype) -> Tensor:
    """B values of one shape as a tensor (B, ...); many times faster than a tensor of each."""
    return torch.as_tensor(np.array(list(values)), dtype=kind)
