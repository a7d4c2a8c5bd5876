"""What is in a dataset: how many of each emotion, person and session, and where the faces are."""

from __future__ import annotations

import re
from collections.abc import Sequence

import cv2
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from rich.table import Table

from emo.checking.checker import Checked
from emo.checking.finding import printable
from emo.checking.whole import face_boxes
from emo.data.splits import SPLITS, person_of

_BINS = 24


def counts(checked: Checked) -> dict[str, dict[str, int]]:
    """Photos of each split by the emotion of their largest face, `face` where unknown, and `no face`."""
    table = _count(checked, checked.splits)
    return {split: table[split] for split in (*SPLITS, "") if split in table}


def people_counts(checked: Checked) -> dict[str, dict[str, int]]:
    """The same of each person (with a pattern of two groups: of each person and session) that a name tells."""
    pattern = re.compile(checked.group_pattern) if checked.group_pattern else None
    names = [person_of(photo.name, pattern) for photo in checked.pool.photos]
    if len(checked.roots) > 1:  # people of other folders are others
        roots = [checked.roots[photo.source] for photo in checked.pool.photos]
        names = [f"{root}: {name}" if name else "" for root, name in zip(roots, names, strict=True)]
    table = _count(checked, [printable(name) for name in names])
    return {name: table[name] for name in sorted(table) if name}


def kinds_of(checked: Checked) -> list[str]:
    """The columns of these counts: all emotions, and of the others what there is."""
    used = {kind for row in counts(checked).values() for kind in row}
    return [*checked.classes, *(kind for kind in ("face", "no face", "unlabelled") if kind in used)]


def _count(checked: Checked, keys: Sequence[str]) -> dict[str, dict[str, int]]:
    table: dict[str, dict[str, int]] = {}
    pool = checked.pool
    for photo, labelled, key in zip(pool.photos, pool.labelled, keys, strict=True):
        kind = photo.emotion or ("face" if photo.labelled.faces else "no face" if labelled else "unlabelled")
        row = table.setdefault(key, {})
        row[kind] = row.get(kind, 0) + 1
    return table


def count_table(checked: Checked) -> Table:
    """The counts as a table."""
    table = Table("photos")
    kinds = kinds_of(checked)
    for kind in (*kinds, "sum"):
        table.add_column(kind, justify="right")
    for split, row in counts(checked).items():
        table.add_row(split or "no split", *(str(row.get(kind, 0)) for kind in kinds), str(sum(row.values())))
    return table


def people_line(checked: Checked) -> str:
    """How many people (and sessions) the names tell apart, and how evenly the photos are spread over them."""
    if not checked.group_pattern:
        return "people: unknown; data.group_pattern finds them in the names of the files"
    groups = [sum(row.values()) for row in people_counts(checked).values()]
    if not groups:
        return f"people: data.group_pattern={checked.group_pattern!r} finds none in the names of the files"
    rest = len(checked.pool.photos) - sum(groups)
    known = f"{len(groups)} people or sessions with {min(groups)} to {max(groups)} photos each"
    return f"people: {known}{f'; {rest} photos of nobody known' if rest else ''}"


def box_picture(checked: Checked) -> bytes | None:
    """A PNG of where the faces are in the frame and how large; None where no face has a box."""
    boxes = face_boxes(checked.pool.photos)
    if not len(boxes):
        return None
    figure = Figure(figsize=(8.4, 3.2), layout="constrained", dpi=100)
    place, size = figure.subplots(1, 2)
    heat, _, _ = np.histogram2d(boxes[:, 1], boxes[:, 0], bins=_BINS, range=((0, 1), (0, 1)))
    image = place.imshow(heat, extent=(0, 1, 1, 0), cmap="Blues", aspect="equal")
    figure.colorbar(image, ax=place, label="photos")
    place.set(title="centres of the faces in the frame", xlabel="x / width", ylabel="y / height")
    size.hist(boxes[:, 2:].max(axis=1), bins=_BINS, range=(0, 1), color="#0072b2")
    size.set(
        title="size of the faces", xlabel="longer side / that side of the frame", ylabel="photos", xlim=(0, 1)
    )
    canvas = FigureCanvasAgg(figure)
    canvas.draw()  # type: ignore[no-untyped-call]
    pixels = np.asarray(canvas.buffer_rgba())[:, :, :3]  # type: ignore[no-untyped-call]
    return cv2.imencode(".png", np.ascontiguousarray(pixels[:, :, ::-1]))[1].tobytes()
