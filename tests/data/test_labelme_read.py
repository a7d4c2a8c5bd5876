"""Reading labelme files: every way in which other writers and old versions bend the format."""

from __future__ import annotations

import base64
import io
import json
import os
import re

import pytest
from PIL import ExifTags, Image

from emo.data import images, labelme_json
from emo.data.files import open_file
from emo.data.labelme import read_photo
from emo.data.labels import LabelledFace, LabelledPhoto, LabelSet
from emo.errors import DataError
from emo.faces import EMOTIONS

LABELS = LabelSet(EMOTIONS, {"natural": "neutral", "Surprised": "surprise", "person": "face"})


def jpeg(size=(64, 48), orientation=None) -> bytes:
    exif = Image.Exif()
    if orientation:
        exif[ExifTags.Base.Orientation] = orientation
    stream = io.BytesIO()
    Image.new("RGB", size).save(stream, "JPEG", exif=exif)
    return stream.getvalue()


def shape(label="happy", points=((10, 10), (30, 40)), **fields):
    return {"label": label, "points": [list(p) for p in points], "shape_type": "rectangle", **fields}


@pytest.fixture
def save(tmp_path):
    """Write a labelme file beside a 64 x 48 photo; None drops a key."""

    def save(*shapes, image=None, **fields):
        if image is None:
            image = jpeg()
        (tmp_path / "a.jpg").write_bytes(image)
        content = {"version": "5.5.0", "flags": {}, "shapes": list(shapes), "imagePath": "a.jpg"}
        content |= {"imageData": None, "imageHeight": 48, "imageWidth": 64} | fields
        path = tmp_path / "a.json"
        path.write_text(json.dumps({key: value for key, value in content.items() if value is not ...}))
        return path

    return save


def read(json_file, labels=LABELS) -> LabelledPhoto:
    return read_photo(json_file, json_file.parent, labels)


def boxes(json_file):
    return [face.box_xyxy for face in read(json_file).faces]


def fails(json_file, reason):
    with pytest.raises(DataError, match=f"^{re.escape(str(json_file))}: .*{reason}"):
        read(json_file)


VOTES = {"happy": 6, "Natural": 3, "neutral": 1, "sad": 0, "fear": 2}


@pytest.mark.parametrize(
    ("shapes", "flags", "votes"),
    [
        ([], {"happy": True}, (("happy", 6), ("neutral", 4))),
        ([shape("happy")], {}, (("happy", 6), ("neutral", 4))),
        ([], {"neutral": True}, ()),  # corrected since
        ([shape("face")], {}, ()),
        ([shape("happy"), shape("sad")], {}, ()),  # whose would they be?
        ([], {}, None),
    ],
)
def test_votes_count_for_the_only_face_while_they_fit_it(save, shapes, flags, votes):
    faces = read(save(*shapes, flags=flags, emotion_votes=VOTES)).faces
    assert [face.votes for face in faces] == ([votes] * max(1, len(shapes)) if votes is not None else [])


@pytest.mark.parametrize(
    "votes", [[], "6", {"happy": -1}, {"happy": "6"}, {"happy": True}, {"happy": float("nan")}]
)
def test_votes_are_counts(save, votes):
    fails(save(flags={"happy": True}, emotion_votes=votes), "emotion_votes is not an object of counts")


def test_an_ordinary_file(save, tmp_path):
    path = save(shape("happy"), shape("face", [(1.5, 2), (20, 30)], flags={"suggested": True}))
    assert read(path) == LabelledPhoto(
        tmp_path / "a.jpg",
        64,
        48,
        (LabelledFace((10, 10, 30, 40), "happy"), LabelledFace((1.5, 2, 20, 30), None, suggested=True)),
    )


@pytest.mark.parametrize(
    ("drawn", "box"),
    [
        (shape(points=[(30, 40), (10, 10)]), (10, 10, 30, 40)),
        (shape(points=[(10, 40), (30, 10)]), (10, 10, 30, 40)),
        (shape(points=[(10, 10), (30, 10), (30, 40), (10, 40)]), (10, 10, 30, 40)),
        (shape(points=[(20, 5), (30, 25), (12, 40)], shape_type="polygon"), (12, 5, 30, 40)),
        (shape(points=[(20, 5), (30, 25), (12, 40)], shape_type=None), (12, 5, 30, 40)),
        (shape(points=[(20, 20), (23, 24)], shape_type="circle"), (15, 15, 25, 25)),
        (shape(points=[(2, 24), (10, 24)], shape_type="circle"), (0, 16, 10, 32)),
        (shape(points=[(3, 4), (9, 20)], shape_type="line"), (3, 4, 9, 20)),
        (
            shape(points=[(20, 5), (30, 25), (20, 45), (10, 25)], shape_type="oriented_rectangle"),
            (10, 5, 30, 45),
        ),
        (shape(points=[(-5, -9), (30, 40)]), (0, 0, 30, 40)),
        (shape(points=[(50, 40), (70.5, 999)]), (50, 40, 64, 48)),
    ],
)
def test_shapes_become_boxes(save, drawn, box):
    assert boxes(save(drawn)) == [box]


def test_shape_type_may_be_missing(save):
    drawn = shape(points=[(20, 5), (30, 25), (12, 40)])
    del drawn["shape_type"]
    assert boxes(save(drawn)) == [(12, 5, 30, 40)]


@pytest.mark.parametrize(
    ("points", "reason"),
    [
        ([(10, 10), (10, 40)], "no area"),
        ([(10, 10), (10.5, 40)], "no area"),
        ([(10, 10)], "no area"),
        ([], "no area"),
        ([(70, 10), (90, 40)], "outside the image of 64 x 48"),
        ([(-30, 10), (0, 40)], "outside"),
        ([(float("nan"), 10), (30, 40)], "pixels"),
        ([(float("inf"), 10), (30, 40)], "pixels"),
        ([(-1e300, 10), (30, 40)], "pixels"),
        ([(10**400, 10), (30, 40)], "pixels"),
        ([("10", 10), (30, 40)], "not a number"),
        ([(True, 10), (30, 40)], "not a number"),
        ([(None, 10), (30, 40)], "not a number"),
        ([(10, 10, 10), (30, 40)], r"not \[x, y\]"),
        ([(), (30, 40)], r"not \[x, y\]"),
    ],
)
def test_unusable_points_are_named(save, points, reason):
    fails(save(shape(), shape(points=points)), f"shape 2: .*{reason}")


@pytest.mark.parametrize(
    "wrong",
    [
        {"shapes": {}},
        {"shapes": [5]},
        {"shapes": "happy"},
        {"shapes": [{}]},
        {"shapes": [{"label": "happy"}]},
        {"shapes": [shape(label=None)]},
        {"shapes": [shape(label=["happy"])]},
        {"shapes": [shape() | {"points": None}]},
        {"shapes": [shape() | {"points": "10"}]},
        {"shapes": [shape() | {"points": [5, 5]}]},
        {"shapes": [shape(shape_type=5)]},
        {"shapes": [shape(flags=[1])]},
        {"flags": ["happy"]},
        {"flags": "happy"},
        {"imagePath": 5},
        {"imagePath": ["a.jpg"]},
        {"imageWidth": "64"},
        {"imageHeight": [48]},
        {"imageHeight": True},
        {"imageHeight": float("nan")},
        {"imageHeight": -48},
    ],
)
def test_wrong_types_are_named(save, wrong):
    fails(save(**wrong), "")


@pytest.mark.parametrize(
    "fields", [{"shapes": None}, {"shapes": ...}, {"flags": None}, {"flags": ...}, {"version": ...}]
)
def test_missing_or_null_means_none(save, fields):
    assert read(save(**fields)).faces == ()


@pytest.mark.parametrize("flags", [None, {}, {"blurry": True}, {"suggested": False}, {"suggested": None}])
def test_flags_of_a_shape_may_be_anything_else(save, flags):
    assert read(save(shape(flags=flags))).faces == (LabelledFace((10, 10, 30, 40), "happy"),)


# Labels


@pytest.mark.parametrize(
    ("label", "emotion"),
    [
        ("Happy", "happy"),
        (" ANGRY ", "angry"),
        ("NATURAL", "neutral"),
        ("surprised", "surprise"),
        ("Person", None),
    ],
)
def test_labels_and_aliases_regardless_of_case(save, label, emotion):
    assert read(save(shape(label))).faces[0].emotion == emotion


@pytest.mark.parametrize("label", ["", "joy", "hap py", "\ud800", "x" * 1000])
def test_unknown_labels_are_named_with_the_known_ones(save, label):
    path = save(shape(label))
    fails(path, "shape 1: unknown label .*; known are angry, happy, sad, surprise, neutral, face")
    with pytest.raises(DataError) as caught:
        read(path)
    assert len(str(caught.value)) < 400
    str(caught.value).encode()  # can be printed


# Flags of the image


@pytest.mark.parametrize(
    ("flags", "face"),
    [
        ({"happy": True, "sad": False}, LabelledFace(None, "happy")),
        ({"Natural": True, "neutral": True}, LabelledFace(None, "neutral")),
        ({"face": True}, LabelledFace(None, None)),
        ({"face": True, "sad": True}, LabelledFace(None, "sad")),
        ({"sad": True, "suggested": True, "blurry": True}, LabelledFace(None, "sad", suggested=True)),
    ],
)
def test_a_flag_without_shapes_is_a_face_crop(save, flags, face):
    assert read(save(flags=flags)).faces == (face,)


@pytest.mark.parametrize("flags", [{"blurry": True}, {"happy": False}, {"happy": None}, {"suggested": True}])
def test_other_flags_are_ignored(save, flags):
    assert read(save(flags=flags)).faces == ()


@pytest.mark.parametrize("shapes", [[], [shape("face")], [shape("happy")]])
def test_two_emotion_flags_are_an_error(save, shapes):
    fails(save(*shapes, flags={"sad": True, "happy": True}), "several emotions: happy, sad")


def test_a_flag_is_the_emotion_of_the_only_face(save):
    path = save(shape("face", flags={"suggested": True}), flags={"sad": True})
    assert read(path).faces == (LabelledFace((10, 10, 30, 40), "sad", suggested=True),)


@pytest.mark.parametrize("shapes", [[shape("happy")], [shape("face"), shape("happy")], [shape("face")] * 2])
def test_a_flag_does_not_touch_other_faces(save, shapes):
    faces = read(save(*shapes, flags={"sad": True})).faces
    assert [face.emotion for face in faces] == [None if s["label"] == "face" else "happy" for s in shapes]


# Size and orientation


@pytest.mark.parametrize(
    "size", [(None, None), (..., ...), (None, 48), (640, 500), (48, 64), (0, 0), (32.0, 24)]
)
def test_missing_or_stale_sizes(save, size):
    photo = read(save(shape(), imageWidth=size[0], imageHeight=size[1]))
    assert (photo.width, photo.height) == (64, 48)
    assert photo.faces[0].box_xyxy == (10, 10, 30, 40)


def test_a_photo_that_was_resized_after_labelling(save):
    inside = shape(points=[(10, 10), (60, 40)])
    leaves = shape(points=[(10, 10), (70, 40)])
    assert boxes(save(inside, imageWidth=640, imageHeight=480)) == [(10, 10, 60, 40)]
    fails(save(leaves, imageWidth=640, imageHeight=480), "labelled at 640 x 480 .* now has 64 x 48")
    fails(save(leaves, imageWidth=171, imageHeight=128), "labelled at 171 x 128")  # rounded to pixels
    assert boxes(save(leaves, imageWidth=65, imageHeight=48)) == [(10, 10, 64, 40)]


@pytest.mark.parametrize("orientation", range(1, 9))
def test_coordinates_are_those_of_the_upright_image(save, orientation):
    upright = (48, 64) if orientation >= 5 else (64, 48)
    path = save(shape(), image=jpeg((64, 48), orientation), imageWidth=upright[0], imageHeight=upright[1])
    photo = read(path)
    assert (photo.width, photo.height) == upright
    assert photo.faces[0].box_xyxy == (10, 10, 30, 40)


@pytest.mark.parametrize(
    ("orientation", "box"),
    [(5, (5, 10, 15, 60)), (6, (33, 10, 43, 60)), (7, (33, 4, 43, 54)), (8, (5, 4, 15, 54))],
)
def test_labels_drawn_on_the_stored_pixels_are_turned(save, orientation, box):
    path = save(shape(points=[(10, 5), (60, 15)]), image=jpeg((64, 48), orientation))
    assert read(path) == LabelledPhoto(path.with_suffix(".jpg"), 48, 64, (LabelledFace(box, "happy"),))


# Where the image is


def test_windows_separators(save, tmp_path):
    (tmp_path / "photos").mkdir()
    (tmp_path / "labels").mkdir()
    path = save(shape(), imagePath="..\\photos\\b.jpg")
    (tmp_path / "a.jpg").rename(tmp_path / "photos" / "b.jpg")
    path = path.rename(tmp_path / "labels" / "b.json")
    assert read_photo(path, tmp_path, LABELS).image == tmp_path / "photos" / "b.jpg"


@pytest.mark.parametrize(
    "named",
    [
        "C:\\Users\\me\\a.jpg",
        "\\\\server\\share\\a.jpg",
        "/nowhere/a.jpg",
        "../../a.jpg",
        "gone/a.jpg",
        "./a.jpg",
    ],
)
def test_the_file_of_that_name_beside_the_json(save, tmp_path, named):
    assert read(save(imagePath=named)).image == tmp_path / "a.jpg"


@pytest.fixture
def secret(tmp_path, monkeypatch):
    """A photo outside the dataset `tmp_path/data`; opening it fails the test."""
    (tmp_path / "secret.jpg").write_bytes(jpeg())
    (tmp_path / "data" / "sub").mkdir(parents=True)
    opened = []

    def watch(path, *args):
        opened.append(os.path.realpath(path))
        return open_file(path, *args)

    monkeypatch.setattr(images, "open_file", watch)
    monkeypatch.setattr(labelme_json, "open_file", watch)
    yield tmp_path / "secret.jpg"
    assert opened
    assert os.path.realpath(tmp_path / "secret.jpg") not in opened


@pytest.mark.parametrize(
    "named",
    [
        "../../secret.jpg",
        "..\\..\\secret.jpg",
        "ABSOLUTE",
        "../x/../../secret.jpg",
        "link.jpg",
        "dir/secret.jpg",
    ],
)
def test_no_image_outside_the_dataset_is_opened(secret, named):
    sub = secret.parent / "data" / "sub"
    (sub / "link.jpg").symlink_to(secret)
    (sub / "dir").symlink_to(secret.parent)
    named = str(secret) if named == "ABSOLUTE" else named
    (sub / "a.json").write_text(json.dumps({"shapes": [], "imagePath": named}))
    with pytest.raises(DataError, match=r"a\.json: its image is not in the dataset"):
        read_photo(sub / "a.json", secret.parent / "data", LABELS)


def test_links_inside_the_dataset_and_a_linked_dataset_are_fine(save, tmp_path):
    path = save(imagePath="link.jpg")
    (tmp_path / "link.jpg").symlink_to("a.jpg")
    (tmp_path / "again").symlink_to(tmp_path, target_is_directory=True)
    assert read(path).image == tmp_path / "link.jpg"
    assert read(tmp_path / "again" / "a.json").image == tmp_path / "again" / "link.jpg"


def test_a_folder_with_a_similar_name_is_outside(tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "database").mkdir()
    (tmp_path / "database" / "b.jpg").write_bytes(jpeg())
    (tmp_path / "data" / "a.json").write_text('{"imagePath": "../database/b.jpg"}')
    with pytest.raises(DataError, match="not in the dataset"):
        read_photo(tmp_path / "data" / "a.json", tmp_path / "data", LABELS)


@pytest.mark.parametrize(
    "named", [..., None, "", ".", "..", "gone.jpg", "a.json", "a\0.jpg", "x" * 5000, "\ud800", "a.jpg/"]
)
def test_without_an_image_the_file_is_named(save, named):
    fails(save(imagePath=named), "its image is not in the dataset")


def test_the_embedded_image_is_the_last_resort(save, tmp_path):
    embedded = base64.b64encode(jpeg((40, 30), 6)).decode()
    path = save(
        shape(points=[(1, 2), (30, 39)]),
        imageData=embedded,
        imagePath="..\\gone.jpg",
        imageWidth=...,
        imageHeight=...,
    )
    assert read(path) == LabelledPhoto(path, 30, 40, (LabelledFace((1, 2, 30, 39), "happy"),))
    assert read(save(imageData=embedded)).image == tmp_path / "a.jpg"


@pytest.mark.parametrize("data", [5, "A", "é", "AAAA", ["AAAA"]])
def test_an_embedded_image_that_cannot_be_read(save, data):
    fails(save(imageData=data, imagePath="gone.jpg"), "")


def test_a_damaged_image_is_named(save, tmp_path):
    with pytest.raises(DataError, match=r"a\.jpg: not an image"):
        read(save(image=b"GIF89a"))


# The file itself


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-32"])
def test_encodings(save, tmp_path, encoding):
    path = save(shape())
    content = json.loads(path.read_text()) | {"imagePath": "照片.jpg"}
    (tmp_path / "a.jpg").rename(tmp_path / "照片.jpg")
    path.write_bytes(json.dumps(content, ensure_ascii=False).encode(encoding))
    assert read(path).image.name == "照片.jpg"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff",
        b"\xff\xfe\x00",
        b"{",
        b"nonsense",
        b"[]",
        b"null",
        b"5",
        b'"text"',
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'{"shapes": ' + b"9" * 10_000 + b"}",
        b"\xef\xbb\xbf",
        b"\x80\x81\xff\xfe",
    ],
)
def test_what_is_no_labelme_file(tmp_path, content):
    path = tmp_path / "a.json"
    path.write_bytes(content)
    fails(path, "")


def test_missing_file_and_folder(tmp_path):
    fails(tmp_path / "gone.json", "no such file")
    (tmp_path / "dir.json").mkdir()
    fails(tmp_path / "dir.json", "not a regular file")


def test_a_huge_file_is_refused_unread(tmp_path):
    path = tmp_path / "a.json"
    with path.open("wb") as stream:
        stream.truncate(labelme_json.MAX_JSON_BYTES + 1)  # sparse: takes no disk
    fails(path, "larger than 64 MB")
