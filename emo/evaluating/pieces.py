"""Pieces of the report: tables, cells, pictures."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping, Sequence
from html import escape

import cv2

from emo.evaluating.failures import Failure
from emo.evaluating.telling import change, is_clear
from emo.view import ImageArray

_LESS_IS_BETTER = ("false_alarm_rate", "emotion_ece", "nll", "brier", "risk_area", "unsure_right_withheld")


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of cells that are HTML already; it scrolls by itself where the screen is narrow."""
    titles = "".join(f"<th>{escape(title)}</th>" for title in head)
    lines = ("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f'<div class="scroll"><table><tr>{titles}</tr>{"".join(lines)}</table></div>'


def figure_cell(figure: Mapping[str, float] | None) -> str:
    """A figure, its interval small beside it."""
    if figure is None:
        return ""
    ends = f" <small>{figure['low']:.3f} to {figure['high']:.3f}</small>" if "low" in figure else ""
    return f"{figure['value']:.3f}{ends}"


def change_cell(name: str, figure: Mapping[str, float] | None) -> str:
    """A difference; in colour where it is clear."""
    if figure is None:
        return ""
    better = (figure["value"] > 0) != (name in _LESS_IS_BETTER)
    colour = ("good" if better else "bad") if is_clear(figure) else "dim"
    return f'<small class="{colour}">{escape(change(figure, ends=True))}</small>'


def percent(value: float) -> str:
    """A share in percent with one digit behind the point."""
    return f"{100 * value:.1f} %"


def cards(failures: Iterable[Failure]) -> str:
    """Pictures with what is wrong below them."""
    return '<div class="cards">' + "".join(map(_card, failures)) + "</div>"


def _card(failure: Failure) -> str:
    picture = f'<img loading="lazy" alt="{escape(failure.text)}" src="{_inline(failure.image)}">'
    words = f"<b>{escape(failure.text)}</b><span>{escape(failure.name)}</span>"
    return f'<div class="card">{picture}<div>{words}</div></div>'


def _inline(image: ImageArray) -> str:
    encoded = cv2.imencode(".jpg", cv2.cvtColor(image, cv2.COLOR_RGB2BGR), (cv2.IMWRITE_JPEG_QUALITY, 85))[1]
    return f"data:image/jpeg;base64,{base64.b64encode(encoded.tobytes()).decode()}"
