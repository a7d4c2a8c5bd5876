"""What every runtime computes: views of frames in, boxes and probabilities out."""

from __future__ import annotations

from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from emo.faces import FloatArray

TOLERANCE = {"fp32": 2e-3, "fp16": 2e-2, "bf16": 5e-2}
"""Most that any output in [0, 1] of a runtime differs from PyTorch in fp32, by precision."""


class Look(NamedTuple):
    """What the network sees in B views; a network for many faces says it of each of its cells: (B, N, 4) ...

    Attributes:
        boxes_xyxy: (B, 4) in units of the view's side, 0 to 1 inside the view.
        presence: (B,) probability in [0, 1] that there is a face.
        emotions: (B, C) probabilities, each row sums to 1.
    """

    boxes_xyxy: FloatArray
    presence: FloatArray
    emotions: FloatArray


class Runtime(Protocol):
    """The network on some device, ready to look."""

    name: str
    """Program and device, such as "OpenVINO on the CPU"."""
    kind: str
    """`one_face` or `many_faces`: what the network answers for, see `Look`."""
    precision: str
    """A key of `TOLERANCE`, or `int8`, whose differences the export measures."""
    classes: tuple[str, ...]
    input_size: int
    prefers_batches: bool
    """Whether a batch of views takes much less time than the views one by one."""

    def look(self, views: npt.NDArray[np.uint8]) -> Look:
        """Look at views (B, S, S, 3), RGB uint8, S = `input_size`; B may differ from call to call."""
