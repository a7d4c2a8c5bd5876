"""Diagrams as SVG that goes into the report's page: its text is the page's own, in light and dark."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

_INK = "#010203"  # becomes the page's text colour
_BLUE, _ORANGE, _GREEN = (
    "#3b8fd1",
    "#d55e00",
    "#009e73",
)  # told apart by the colour-blind, on white and on black


def reliability_chart(bins: Sequence[Mapping[str, float]]) -> str:
    """How often the answer is right against how sure it was; below, how many answers were that sure."""
    figure = Figure(figsize=(4.4, 4.2), layout="constrained")
    upper, lower = figure.subplots(2, 1, height_ratios=(4, 1), sharex=True)
    width = bins[0]["high"] - bins[0]["low"] if bins else 1
    middles = [(b["low"] + b["high"]) / 2 for b in bins]
    upper.plot([0, 1], [0, 1], color=_INK, linestyle="--", linewidth=1, alpha=0.5)
    upper.bar(middles, [b["accuracy"] for b in bins], width=0.9 * width, color=_BLUE)
    upper.plot([b["confidence"] for b in bins], [b["accuracy"] for b in bins], ".", color=_ORANGE)
    upper.set(xlim=(0, 1), ylim=(0, 1), ylabel="part that is right")
    lower.bar(middles, [b["count"] for b in bins], width=0.9 * width, color=_INK, alpha=0.4)
    lower.set(xlabel="probability of the answer", ylabel="faces")
    return _svg(figure, (upper, lower), "reliability diagram")


def risk_chart(curve: Sequence[Mapping[str, float]], confidence: Mapping[str, Any]) -> str:
    """Part of the answers that is wrong, against the part of the faces that is answered, the surest first."""
    figure = Figure(figsize=(4.4, 4.2), layout="constrained")
    axes = figure.subplots()
    axes.plot([p["coverage"] for p in curve], [p["risk"] for p in curve], color=_BLUE, linewidth=2)
    if "unsure_accuracy" in confidence:
        x, y = confidence["unsure_coverage"]["value"], 1 - confidence["unsure_accuracy"]["value"]
        axes.plot([x], [y], "o", color=_ORANGE)
        axes.annotate(
            f"unsure below {confidence['unsure_below']:g}",
            (x, y),
            xytext=(-8, 10) if x > 0.5 else (8, -12),  # where the curve, which rises, is not
            textcoords="offset points",
            color=_INK,
            ha="right" if x > 0.5 else "left",
        )
    axes.set(xlim=(0, 1.02), xlabel="part of the faces that is answered", ylabel="part that is wrong")
    axes.set_ylim(0, max(0.05, 1.1 * max((p["risk"] for p in curve), default=1)))
    return _svg(figure, (axes,), "risk against coverage")


def _svg(figure: Figure, axes: Sequence[Axes], title: str) -> str:
    figure.patch.set_alpha(0)
    for part in axes:
        part.patch.set_alpha(0)
        part.tick_params(colors=_INK)
        part.grid(color=_INK, alpha=0.12)
        part.set_axisbelow(True)
        part.xaxis.label.set_color(_INK)
        part.yaxis.label.set_color(_INK)
        for name, spine in part.spines.items():
            spine.set_visible(name in ("left", "bottom"))
            spine.set_color(_INK)
    text = io.StringIO()
    with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": title, "font.family": "sans-serif"}):
        FigureCanvasSVG(figure).print_svg(  # type: ignore[no-untyped-call]
            text, metadata={"Date": None, "Creator": None}
        )
    svg = text.getvalue()
    svg = svg[svg.index("<svg") :].replace(_INK, "currentColor")
    return svg.replace("<svg ", f'<svg role="img" aria-label="{title}" ', 1)
