"""What is wrong with the content of one labelme file; unlike the reader, all of it and not just the first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any

from emo.data.images import ImageHeader
from emo.data.labelme_json import declared_size, list_shapes
from emo.data.labels import LabelledFace, LabelSet
from emo.data.shapes import Box, clip_box, shape_box

SAME_PLACE = 0.8
"""Overlap (IoU) from which two boxes are one face drawn twice."""

Fault = tuple[str, str]
"""A kind of finding, and what exactly."""


def shape_faults(content: Mapping[str, Any], header: ImageHeader, labels: LabelSet) -> Iterator[Fault]:
    """What is wrong with the sizes and with each shape.

    Raises:
        ValueError: the shapes or sizes are no such.
    """
    declared = declared_size(content)
    stale = declared is not None and declared != header.size
    if stale and declared is not None:
        turned = " (EXIF turns it)" if declared == header.stored_size else ""
        yield "size", "says {:g} x {:g}, the image has {} x {}".format(*declared, *header.size) + turned
    for number, shape in enumerate(list_shapes(content), 1):
        for kind, text in _shape(shape, header, labels, stale):
            yield kind, f"shape {number}: {text}"


def _shape(shape: Mapping[str, Any], header: ImageHeader, labels: LabelSet, stale: bool) -> Iterator[Fault]:
    label = shape.get("label")
    if not isinstance(label, str) or not labels.knows(label):
        yield "label", f"unknown label {str(label)[:50]!r}"
    elif label != usual_label(label, labels):
        yield "alias", f"{label!r} means {usual_label(label, labels)!r}"
    try:
        box = shape_box(dict(shape))
        clipped = clip_box(box, *header.size)
    except ValueError as error:
        if not stale or "no area" in str(error):  # a stale size may yet bring the box into the image
            yield "box", str(error)
        return
    if clipped != box and not stale:
        beyond = max(abs(a - b) for a, b in zip(box, clipped, strict=True))
        yield "overhang", f"reaches {beyond:.0f} pixels beyond the image"
    if is_unordered(shape):
        yield "order", "drawn from another corner than the upper left"


def usual_label(label: str, labels: LabelSet) -> str:
    """The usual spelling of a known label."""
    return labels.resolve(label) or "face"


def is_unordered(shape: Mapping[str, Any]) -> bool:
    """Whether a shape is a rectangle of two points that are not upper left and lower right."""
    points = shape.get("points")
    if shape.get("shape_type") != "rectangle" or not isinstance(points, list) or len(points) != 2:
        return False
    (x1, y1), (x2, y2) = points
    return bool(x1 > x2 or y1 > y2)


def face_faults(faces: Sequence[LabelledFace], tiny: float) -> Iterator[Fault]:
    """What is suspicious about faces that can be used; `tiny` is the least side in pixels."""
    boxes = [face.box_xyxy for face in faces if face.box_xyxy is not None]
    for box in boxes:
        side = min(box[2] - box[0], box[3] - box[1])
        if side < tiny:
            yield "tiny", f"a face of {box[2] - box[0]:.0f} x {box[3] - box[1]:.0f} pixels"
    for one, other in combinations(boxes[:50], 2):
        if overlap(one, other) > SAME_PLACE:
            yield "overlap", "two shapes around {:.0f}, {:.0f}".format(*one[:2])
    if any(face.suggested for face in faces):
        yield "suggested", ", ".join(face.emotion or "face" for face in faces if face.suggested)


def overlap(one: Box, other: Box) -> float:
    """Intersection over union of two boxes, in [0, 1].

    >>> round(overlap((0, 0, 2, 2), (1, 0, 3, 2)), 3)
    0.333
    """
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    shared = max(width, 0.0) * max(height, 0.0)
    areas = sum((box[2] - box[0]) * (box[3] - box[1]) for box in (one, other))
    return shared / max(areas - shared, 1e-9)
