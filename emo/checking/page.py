"""The findings as one HTML file that needs nothing else: thumbnails, boxes and figures are inside."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Mapping
from html import escape
from itertools import islice
from pathlib import Path

import cv2

from emo.checking.checker import Checked
from emo.checking.finding import KINDS, Finding
from emo.checking.statistics import box_picture, counts, kinds_of, people_counts, people_line
from emo.data.images import image_size, load_image
from emo.data.shapes import Box
from emo.errors import DataError

_PICTURES = 24  # of each kind; what follows is listed without
_LINES = 100  # of each kind
_PEOPLE = 500
_HEIGHT = 120  # pixels of a thumbnail
_DECODED = 480  # pixels at which the boxes are drawn
_DARK, _ORANGE = (20, 20, 20), (255, 160, 0)

_STYLE = """
:root { color-scheme: light dark; --line: #8884; --soft: #8882; --error: #c0392b; --warning: #b7791f; --note: #2b7a78; }
body { font: 15px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 72rem; padding: 0 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.1rem; margin: 2rem 0 .2rem; }
table { border-collapse: collapse; display: block; overflow-x: auto; } 
td, th { padding: .2rem .7rem; border-bottom: 1px solid var(--line); text-align: right; }
td:first-child, th:first-child { text-align: left; }
.badge { color: #fff; border-radius: .3rem; padding: .05rem .45rem; font-size: .8rem; vertical-align: 2px; }
.error { background: var(--error); } .warning { background: var(--warning); } .note { background: var(--note); }
.advice { margin: 0 0 .7rem; opacity: .8; }
.cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(15rem, 1fr)); gap: .8rem; }
.card { border: 1px solid var(--line); border-radius: .4rem; padding: .5rem; background: var(--soft); min-width: 0; }
.card div { display: flex; gap: .3rem; height: 120px; align-items: center; overflow: hidden; }
.card img { height: 120px; max-width: 100%; min-width: 0; object-fit: contain; }
.card img:not(:only-child) { max-width: 49%; }
.card b { display: block; font-weight: 600; font-size: .82rem; overflow-wrap: anywhere; }
.card span { font-size: .82rem; overflow-wrap: anywhere; }
.chart { max-width: 100%; background: #fff; } li { overflow-wrap: anywhere; }
"""


def page(checked: Checked) -> str:
    """The HTML of a check."""
    findings = checked.findings
    title = "Check of " + ", ".join(map(str, checked.roots))
    totals = f"{findings.total('error')} errors, {findings.total('warning')} warnings, {findings.total('note')} notes"
    parts = [
        '<!doctype html><html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width">',
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body>",
        f"<h1>{escape(title)}</h1><p>{len(checked.pool.photos)} pictures: {totals}.</p>",
        _count_html(checked, counts(checked)),
        _people_html(checked),
        _chart_html(checked),
    ]
    if not findings.counts:
        parts.append("<p>Nothing is wrong with it.</p>")
    for kind in filter(findings.counts.__getitem__, KINDS):
        parts.append(_kind_html(kind, findings.kept[kind], findings.counts[kind], checked.short))
    return "\n".join((*parts, "</body></html>\n"))


def _count_html(checked: Checked, table: Mapping[str, Mapping[str, int]]) -> str:
    kinds = kinds_of(checked)
    head = "".join(f"<th>{escape(kind)}</th>" for kind in ("photos", *kinds, "sum"))
    rows = (
        f"<tr><td>{escape(name or 'no split')}</td>"
        + "".join(f"<td>{count}</td>" for count in (*(row.get(k, 0) for k in kinds), sum(row.values())))
        + "</tr>"
        for name, row in table.items()
    )
    return f"<table><tr>{head}</tr>{''.join(rows)}</table>"


def _people_html(checked: Checked) -> str:
    people = people_counts(checked)
    line = f"<p>{escape(people_line(checked))}</p>"
    if not people:
        return line
    shown = _count_html(checked, dict(islice(people.items(), _PEOPLE)))
    rest = f"<p>and {len(people) - _PEOPLE} more</p>" if len(people) > _PEOPLE else ""
    return f"{line}<details><summary>photos of each person or session</summary>{shown}{rest}</details>"


def _chart_html(checked: Checked) -> str:
    png = box_picture(checked)
    if png is None:
        return "<p>No face has a box: all pictures are face crops.</p>" if checked.pool.photos else ""
    return f'<img class="chart" alt="where the faces are, and how large" src="{_inline(png, "png")}">'


def _kind_html(kind: str, findings: list[Finding], count: int, short: Callable[[str], str]) -> str:
    level, title, advice = KINDS[kind]
    shown = [finding for finding in findings if finding.images][:_PICTURES]
    listed = [finding for finding in findings if not finding.images]
    listed = [*listed, *[finding for finding in findings if finding.images][_PICTURES:]][:_LINES]
    rest = count - len(shown) - len(listed)
    lines = "".join(f"<li>{escape(short(f.file))}: {escape(short(f.text))}</li>" for f in listed)
    return "\n".join(
        (
            f'<h2><span class="badge {level}">{level}</span> {escape(title)} ({count})</h2>',
            f'<p class="advice">{escape(advice)}</p>',
            f'<div class="cards">{"".join(_card(f, short) for f in shown)}</div>' if shown else "",
            f"<ul>{lines}</ul>" if lines else "",
            f"<p>and {rest} more</p>" if rest else "",
        )
    )


def _card(finding: Finding, short: Callable[[str], str]) -> str:
    pictures = "".join(
        _thumbnail(image, finding.boxes if index == 0 else ()) for index, image in enumerate(finding.images)
    )
    words = f"<b>{escape(short(finding.file))}</b><span>{escape(short(finding.text))}</span>"
    return f'<div class="card"><div>{pictures}</div>{words}</div>'


def _thumbnail(image: Path, boxes: Iterable[Box]) -> str:
    try:
        frame = load_image(image, _DECODED)
        full = image_size(image)[0]
    except DataError:
        return ""
    scale = min(1.0, 2 * _HEIGHT / frame.shape[0])
    size = max(1, round(frame.shape[1] * scale)), max(1, round(frame.shape[0] * scale))
    small = cv2.resize(frame, size, interpolation=cv2.INTER_AREA)
    for box in boxes:  # drawn last, so that they stay visible at half this size
        x1, y1, x2, y2 = (round(edge * size[0] / full) for edge in box)
        for colour, thick in ((_DARK, 5), (_ORANGE, 3)):
            cv2.rectangle(small, (x1, y1), (x2, y2), colour, thick)
    jpeg = cv2.imencode(".jpg", cv2.cvtColor(small, cv2.COLOR_RGB2BGR), (cv2.IMWRITE_JPEG_QUALITY, 80))[1]
    return f'<img loading="lazy" alt="{escape(image.name)}" src="{_inline(jpeg.tobytes(), "jpeg")}">'


def _inline(encoded: bytes, kind: str) -> str:
    return f"data:image/{kind};base64,{base64.b64encode(encoded).decode()}"
