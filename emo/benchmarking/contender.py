"""What is compared: runtimes and others, each in a process of its own."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Contender:
    """Something to be measured.

    Attributes:
        name: program and device, for the table.
        precision: of its arithmetic: `fp32`, `fp16`, `bf16` or `int8`.
        opener: a key of `worker.OPENERS`; empty where `reason` says why it cannot run.
        path: the file that it opens.
        device: `cpu` or `cuda`.
        size: side of the views in pixels, or of the matrices.
        reason: why it cannot run here, in a line.
    """

    name: str
    precision: str
    opener: str = ""
    path: str = ""
    device: str = "cpu"
    size: int = 0
    reason: str = ""

    @property
    def title(self) -> str:
        """Name and precision."""
        return f"{self.name} {self.precision}"
