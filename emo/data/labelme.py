"""Read and write labelme's JSON, one file a photo.

The format: https://github.com/wkentaro/labelme. Other writers and old versions bend it in many ways; what is
understood is read, what is not ends in a `DataError` that names the file and the reason.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from emo.data.files import replace_file
from emo.data.find_image import find_image
from emo.data.images import ImageHeader, turn_box
from emo.data.labelme_json import (
    VOTES_KEY,
    all_flags,
    declared_size,
    emotion_votes,
    list_shapes,
    read_json,
    true_flags,
)
from emo.data.labels import FACE_LABEL, LabelledFace, LabelledPhoto, LabelSet, apply_votes
from emo.data.shapes import Box, clip_box, shape_box
from emo.errors import DataError
from emo.faces import EMOTIONS

SUGGESTED_FLAG = "suggested"
"""Flag of a shape (of the image, for a face crop): a model's guess that nobody has confirmed yet."""

DEFAULT_LABELS = LabelSet(EMOTIONS)

_NEW_FILE: dict[str, Any] = {
    "version": "5.5.0",
    "flags": {},
    "shapes": [],
    "imagePath": "",
    "imageData": None,
}
_NEW_SHAPE: dict[str, Any] = {"group_id": None, "description": "", "flags": {}, "mask": None}


def read_photo(json_file: Path, root: Path, labels: LabelSet) -> LabelledPhoto:
    """Read a labelme file and the header of its image.

    Shapes are faces: their bounding box, and the emotion that their label names. An image-level flag named
    after an emotion (or `face`) with no shapes says that the whole image is one face; with a single shape,
    labelled `face`, it is that face's emotion. Neither shapes nor such a flag: the photo shows no face.
    Votes (`emotion_votes`) are those for the only face, and count as long as its emotion has the most of them.

    Args:
        json_file: the labelme file.
        root: the folder of the dataset; an image outside of it is never opened.
        labels: the emotions and their other spellings.

    Raises:
        DataError: the file, a shape or the image cannot be used.
    """
    content = read_json(json_file)
    image, header = find_image(json_file, root, content)
    try:
        declared = declared_size(content)
        faces = [
            _read_face(number, shape, header, declared, labels)
            for number, shape in enumerate(list_shapes(content), 1)
        ]
        faces = _apply_flags(faces, true_flags(content), labels)
        faces = apply_votes(faces, emotion_votes(content), labels)
    except ValueError as error:
        raise DataError(f"{json_file}: {error}") from error
    return LabelledPhoto(image, *header.size, tuple(faces))


def write_photo(
    json_file: Path,
    photo: LabelledPhoto,
    *,
    keep: Mapping[str, Any] | None = None,
    labels: LabelSet = DEFAULT_LABELS,
) -> None:
    """Write a labelme file (of the 5.x and 6.x format) that reads back as `photo`.

    What emo does not know survives: keys of the former file and of its shapes, the points of a polygon whose
    box is unchanged, and the spelling of a label that means the same. A former shape lends these to the face
    with its box, or else, where there are as many faces as shapes, to the face in its place.

    Args:
        json_file: written at once or not at all.
        photo: a face without a box becomes a flag of the image, so there can be only one; votes need an only face.
        keep: content of the former file; by default that of `json_file`, if there is one.
        labels: tells which flags of the former file name an emotion, so that none contradicts the photo.

    Raises:
        DataError: the file cannot be written, what it holds now is no labelme file, or a box is not one that
            could be read back.
        ValueError: a face without a box is not the only face.
    """
    if len(photo.faces) > 1 and any(face.box_xyxy is None for face in photo.faces):
        raise ValueError(f"{photo.image}: a face without a box must be the only one")
    if keep is None:
        keep = read_json(json_file) if os.path.lexists(json_file) else {}
    try:
        content = {
            **_NEW_FILE,
            **keep,
            **_image_fields(json_file, photo, keep),
            "flags": _write_flags(photo.faces, keep, labels),
            "shapes": _write_shapes(photo, list_shapes(keep), labels),
        }
        content.pop(VOTES_KEY, None)
        if len(photo.faces) == 1 and photo.faces[0].votes:
            content[VOTES_KEY] = dict(photo.faces[0].votes)
    except ValueError as error:
        raise DataError(f"{json_file}: {error}") from error
    replace_file(json_file, json.dumps(content, indent=2) + "\n")


def _read_face(
    number: int,
    shape: dict[str, Any],
    header: ImageHeader,
    declared: tuple[float, float] | None,
    labels: LabelSet,
) -> LabelledFace:
    try:
        label = shape.get("label")
        if not isinstance(label, str):
            raise ValueError("label is not text")
        if not labels.knows(label):
            raise ValueError(
                f"unknown label {label[:50]!r}; known are {', '.join((*labels.classes, FACE_LABEL))}"
            )
        box = _place_box(shape_box(shape), header, declared)
        return LabelledFace(box, labels.resolve(label), SUGGESTED_FLAG in true_flags(shape))
    except ValueError as error:
        raise ValueError(f"shape {number}: {error}") from error


def _place_box(box: Box, header: ImageHeader, declared: tuple[float, float] | None) -> Box:
    """Bring a box from the frame that it was drawn in to the upright image.

    labelme's coordinates are those of the upright image, so a size that does not fit is merely stale, but for
    two cases. Width and height of the stored, not yet turned pixels: a tool without EXIF drew on those. The
    same shape at another resolution: the image was resized after labelling, and a box that leaves it shows
    that the coordinates were not.

    Raises:
        ValueError: the box has no area, lies outside, or was drawn at another resolution.
    """
    width, height = header.size
    if declared is not None and declared != (width, height):
        if header.turn.swap and declared == header.stored_size:
            box = turn_box(box, header.turn, header.size)
        elif _same_shape(declared, (width, height)) and (box[2] > width or box[3] > height):
            at = f"{declared[0]:g} x {declared[1]:g}"
            raise ValueError(f"labelled at {at} pixels, but the image now has {width} x {height}")
    return clip_box(box, width, height)


def _same_shape(first: tuple[float, float], second: tuple[float, float]) -> bool:
    """Tell whether one size is a multiple of the other, rounded to pixels."""
    return abs(first[0] * second[1] - first[1] * second[0]) <= max(*first, *second) / 2


def _apply_flags(faces: list[LabelledFace], flags: set[str], labels: LabelSet) -> list[LabelledFace]:
    known = {labels.resolve(flag) for flag in flags if labels.knows(flag)}
    emotions = sorted(emotion for emotion in known if emotion is not None)
    if len(emotions) > 1:
        raise ValueError(f"the image's flags name several emotions: {', '.join(emotions)}")
    emotion = emotions[0] if emotions else None
    if not faces and known:
        return [LabelledFace(None, emotion, SUGGESTED_FLAG in flags)]
    if len(faces) == 1 and faces[0].emotion is None:
        return [LabelledFace(faces[0].box_xyxy, emotion, faces[0].suggested)]
    return faces


def _image_fields(json_file: Path, photo: LabelledPhoto, keep: Mapping[str, Any]) -> dict[str, Any]:
    size = {"imageHeight": photo.height, "imageWidth": photo.width}
    if photo.image.suffix.lower() == ".json":  # the pixels exist only inside it
        return {"imageData": (keep.get("imageData") or read_json(photo.image).get("imageData")), **size}
    path = os.path.relpath(photo.image, json_file.parent).replace(os.sep, "/")
    former = str(keep.get("imagePath")).replace("\\", "/")
    same = former.rsplit("/", 1)[-1] == photo.image.name
    return {"imagePath": path, "imageData": keep.get("imageData") if same else None, **size}


def _write_flags(
    faces: tuple[LabelledFace, ...], keep: Mapping[str, Any], labels: LabelSet
) -> dict[str, Any]:
    """Take over the image's flags, without those that would say something else than `faces`."""
    known = {flag: labels.resolve(flag) for flag in true_flags(keep) if labels.knows(flag)}
    flags = dict(all_flags(keep))
    if len(faces) > 1 and len(known) < 2:  # there it means nothing
        return flags
    wrong = {flag for flag, emotion in known.items() if not faces or emotion != faces[0].emotion}
    flags |= dict.fromkeys(wrong, False)
    flags.pop(SUGGESTED_FLAG, None)
    if faces and faces[0].box_xyxy is None:
        if len(wrong) == len(known):
            flags[faces[0].emotion or FACE_LABEL] = True
        if faces[0].suggested:
            flags[SUGGESTED_FLAG] = True
    return flags


def _write_shapes(
    photo: LabelledPhoto, former: list[dict[str, Any]], labels: LabelSet
) -> list[dict[str, Any]]:
    drawn = [_drawn_box(shape, photo) for shape in former]
    boxes = [clip_box(face.box_xyxy, photo.width, photo.height) for face in photo.faces if face.box_xyxy]
    faces = photo.faces if boxes else ()
    sources: list[int | None] = []
    for box in boxes:
        sources.append(next((i for i, it in enumerate(drawn) if it == box and i not in sources), None))
    if len(faces) == len(former):
        sources = [i if s is None and i not in sources else s for i, s in enumerate(sources)]
    shapes = []
    for face, box, source in zip(faces, boxes, sources, strict=True):
        shape, same = ({}, False) if source is None else (former[source], drawn[source] == box)
        shapes.append(_write_shape(face, None if same else box, shape, labels))
    return shapes


def _drawn_box(shape: dict[str, Any], photo: LabelledPhoto) -> Box | None:
    try:
        return clip_box(shape_box(shape), photo.width, photo.height)
    except ValueError:
        return None


def _write_shape(
    face: LabelledFace, box: Box | None, former: Mapping[str, Any], labels: LabelSet
) -> dict[str, Any]:
    """Write a face, as a rectangle if there is a `box`, or else with the points of its former shape."""
    label = former.get("label")
    if not (isinstance(label, str) and labels.knows(label) and labels.resolve(label) == face.emotion):
        label = face.emotion or FACE_LABEL
    shape = {**_NEW_SHAPE, **former, "label": label}
    flags = {name: value for name, value in all_flags(former).items() if name != SUGGESTED_FLAG}
    shape["flags"] = flags | ({SUGGESTED_FLAG: True} if face.suggested else {})
    if box is not None:
        shape |= {"points": [box[:2], box[2:]], "shape_type": "rectangle", "mask": None}
    elif not former.get("shape_type"):  # optional to us and to old labelme, not to labelme 6
        shape["shape_type"] = "rectangle" if len(former["points"]) == 2 else "polygon"
    return shape
