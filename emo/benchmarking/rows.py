"""From times to rows: what the table shows and the report holds."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from emo.benchmarking.rounds import Measured

Row = dict[str, Any]


def peaks(results: Sequence[Measured]) -> dict[tuple[str, str], float]:
    """Operations a second of the matrix products among the results, by device and precision."""
    return {
        (m.contender.device, m.contender.precision): 2
        * m.contender.size**3
        / float(np.quantile(m.times_s[1], 0.05))
        for m in results
        if m.contender.opener == "matmul" and m.times_s
    }


def make_rows(
    results: Sequence[Measured], operations: float, reached: Mapping[tuple[str, str], float]
) -> list[Row]:
    """A row for each contender and batch, and one for each that did not run.

    Args:
        results: of contenders; those of matrix products are left out.
        operations: multiplications and additions of one view.
        reached: see `peaks`.
    """
    runs = [m for m in results if m.contender.opener != "matmul"]
    reference = next((m.answers for m in runs if m.answers is not None), None)
    rows: list[Row] = []
    for measured in runs:
        contender = measured.contender
        named = {"runtime": contender.name, "precision": contender.precision, "device": contender.device}
        if measured.reason:
            rows.append({**named, "reason": measured.reason})
        for batch, times in measured.times_s.items():
            middle, low, high = (float(np.quantile(times, share)) for share in (0.5, 0.05, 0.95))
            peak = reached.get((contender.device, contender.precision), math.nan)
            rows.append(
                {
                    **named,
                    "batch": batch,
                    "passes": len(times),
                    "ms": 1000 * middle,
                    "ms_p5": 1000 * low,
                    "ms_p95": 1000 * high,
                    "frames_per_second": batch / middle,
                    "share_of_peak": _known(operations * batch / middle / peak),
                    "memory_mb": _known(measured.memory_mb),
                    "start_s": measured.start_s,
                    "deviation": _deviation(measured.answers, reference),
                }
            )
    return rows


def _deviation(answers: tuple[Any, ...] | None, reference: tuple[Any, ...] | None) -> float | None:
    """The largest difference of any output in [0, 1] from the reference's."""
    if answers is None or reference is None:
        return None
    return max(float(np.abs(ours - theirs).max()) for ours, theirs in zip(answers, reference, strict=True))


def _known(value: float) -> float | None:
    """JSON has no NaN."""
    return value if math.isfinite(value) else None
