"""predictions.csv: a row for each photo, so that anybody can compute the figures again, or others."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from emo.data.dataset import NO_EMOTION
from emo.evaluating.gallery import Gallery, Tables

BOX = ("x1", "y1", "x2", "y2")


def write_rows(tables: Tables, gallery: Gallery, classes: Sequence[str]) -> str:
    """The text of the file: truth and both looks' answers, boxes in pixels of the frame that was looked at."""
    said = [f"{look}_{name}" for look in tables for name in ("presence", *BOX, *classes)]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["photo", "width", "height", "face", "emotion", *(f"true_{edge}" for edge in BOX), *said])
    first = next(iter(tables.values()))
    for row, photo in enumerate(gallery.photos):
        true = int(first.true_emotions[row])
        cells: list[object] = [photo.name, *(int(side) for side in first.sizes[row])]
        cells += [int(first.true_presence[row]), classes[true] if true != NO_EMOTION else ""]
        cells += _rounded(first.true_boxes_xyxy[row].tolist(), 1) if first.has_box[row] else [""] * 4
        for table in tables.values():
            cells += [round(float(table.presence[row]), 4), *_rounded(table.boxes_xyxy[row].tolist(), 1)]
            cells += _rounded(table.emotions[row].tolist(), 4)
        writer.writerow(cells)
    return text.getvalue()


def _rounded(values: Sequence[float], digits: int) -> list[float]:
    return [round(value, digits) for value in values]
