"""labelme's own package as the other side: it reads what we write, we read what it writes."""

from __future__ import annotations

import io
import json
import os

import numpy as np
import pytest
from PIL import ExifTags, Image

from emo.data.images import load_image
from emo.data.labelme import DEFAULT_LABELS, read_photo, write_photo
from emo.data.labels import LabelledFace, LabelledPhoto

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
labelme = pytest.importorskip("labelme", reason="pip install labelme", exc_type=ImportError)

FACES = (
    LabelledFace((10.0, 5.5, 30.0, 20.0), "happy", suggested=True),
    LabelledFace((1.0, 2.0, 9.0, 9.5), None),
)


def save_image(path, orientation=None) -> None:
    exif = Image.Exif()
    if orientation:
        exif[ExifTags.Base.Orientation] = orientation
    pixels = np.zeros((48, 64, 3), np.uint8)
    pixels[:, :20] = 255
    Image.fromarray(pixels).save(path, exif=exif)


@pytest.mark.parametrize("orientation", [None, 1, 3, 6, 8])
@pytest.mark.parametrize("suffix", ["jpg", "png"])
def test_labelme_reads_what_we_write(tmp_path, suffix, orientation):
    image = tmp_path / f"a.{suffix}"
    save_image(image, orientation)
    upright = (48, 64) if orientation in (6, 8) else (64, 48)
    photo = LabelledPhoto(image, *upright, FACES)
    write_photo(tmp_path / "a.json", photo, keep={"author": "x"})
    theirs = labelme.LabelFile(str(tmp_path / "a.json"))
    assert [shape["label"] for shape in theirs.shapes] == ["happy", "face"]
    assert [shape["points"] for shape in theirs.shapes] == [[[10, 5.5], [30, 20]], [[1, 2], [9, 9.5]]]
    assert {shape["shape_type"] for shape in theirs.shapes} == {"rectangle"}
    assert [shape["flags"] for shape in theirs.shapes] == [{"suggested": True}, {}]
    assert theirs.other_data == {"author": "x"}
    # The picture that its coordinates lie on is the one that we load.
    shown = np.asarray(Image.open(io.BytesIO(theirs.image_data)).convert("RGB")).astype(int)
    assert shown.shape == load_image(image).shape
    assert np.abs(shown - load_image(image)).max() < 60


def test_labelme_reads_a_face_crop(tmp_path):
    save_image(tmp_path / "a.png")
    photo = LabelledPhoto(tmp_path / "a.png", 64, 48, (LabelledFace(None, "sad"),))
    write_photo(tmp_path / "a.json", photo)
    theirs = labelme.LabelFile(str(tmp_path / "a.json"))
    assert theirs.flags == {"sad": True}
    assert theirs.shapes == []


@pytest.mark.parametrize("orientation", [None, 6, 8])
@pytest.mark.parametrize(("embedded", "image_left"), [(False, True), (True, True), (True, False)])
def test_we_read_what_labelme_writes(tmp_path, orientation, embedded, image_left):
    image = tmp_path / "a.jpg"
    save_image(image, orientation)
    data = labelme.LabelFile.load_image_file(str(image))
    width, height = Image.open(io.BytesIO(data)).size
    labelme.LabelFile().save(
        filename=str(tmp_path / "a.json"),
        shapes=[
            {
                "label": "happy",
                "points": [[30.0, 20.0], [10.0, 5.5]],
                "group_id": None,
                "description": "",
                "shape_type": "rectangle",
                "flags": {},
                "mask": None,
            }
        ],
        image_path="a.jpg",
        image_data=data if embedded else None,
        image_height=height,
        image_width=width,
        other_data={"author": "x"},
        flags={"blurry": True},
    )
    if not image_left:
        image.unlink()
    photo = read_photo(tmp_path / "a.json", tmp_path, DEFAULT_LABELS)
    source = image if image_left else tmp_path / "a.json"
    assert photo == LabelledPhoto(source, width, height, (LabelledFace((10.0, 5.5, 30.0, 20.0), "happy"),))
    assert load_image(photo.image).shape == (height, width, 3)
    # Rewritten by us and read by it once more.
    write_photo(tmp_path / "a.json", photo)
    theirs = labelme.LabelFile(str(tmp_path / "a.json"))
    assert theirs.flags == {"blurry": True}
    assert theirs.other_data == {"author": "x"}
    assert theirs.shapes[0]["points"] == [[30, 20], [10, 5.5]]
    assert (json.loads((tmp_path / "a.json").read_text())["imageData"] is not None) == embedded
