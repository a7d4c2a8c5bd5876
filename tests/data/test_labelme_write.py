"""Writing labelme files: it reads back the same, and nothing of the user's gets lost."""

from __future__ import annotations

import base64
import json
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from emo.data.labelme import DEFAULT_LABELS, read_photo, write_photo
from emo.data.labels import LabelledFace, LabelledPhoto, LabelSet
from emo.errors import DataError
from emo.faces import EMOTIONS

LABELS = LabelSet(EMOTIONS, {"joy": "happy", "natural": "neutral"})


@pytest.fixture
def image(tmp_path) -> Path:
    Image.new("RGB", (64, 48)).save(tmp_path / "a.jpg")
    return tmp_path / "a.jpg"


def photo(image: Path, *faces: LabelledFace) -> LabelledPhoto:
    return LabelledPhoto(image, 64, 48, faces)


def put(json_file: Path, **fields) -> dict:
    content = {"version": "4.0.0", "imagePath": "a.jpg", "imageData": None, **fields}
    json_file.write_text(json.dumps(content))
    return content


def look(json_file: Path) -> dict:
    return json.loads(json_file.read_text())


boxes = st.tuples(st.floats(0, 60), st.floats(0, 44), st.floats(1.001, 64), st.floats(1.001, 48)).map(
    lambda b: (b[0], b[1], min(b[0] + b[2], 64.0), min(b[1] + b[3], 48.0))
)
emotions = st.sampled_from([*EMOTIONS, None])
faces = st.builds(LabelledFace, boxes, emotions, st.booleans())
crops = st.builds(LabelledFace, st.none(), emotions, st.booleans())
scenes = st.one_of(st.lists(faces, max_size=4), st.lists(crops, min_size=1, max_size=1)).map(tuple)


@given(first=scenes, second=scenes)
@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_what_is_written_reads_back(image, tmp_path, first, second):
    path = tmp_path / "a.json"
    path.unlink(missing_ok=True)
    for scene in (first, second):  # the second is written over the first
        write_photo(path, photo(image, *scene))
        assert read_photo(path, tmp_path, DEFAULT_LABELS) == photo(image, *scene)


@given(
    scene=scenes, flags=st.dictionaries(st.sampled_from([*EMOTIONS, "Joy", "face", "blurry"]), st.booleans())
)
@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_flags_of_the_former_file_never_contradict(image, tmp_path, scene, flags):
    path = tmp_path / "a.json"
    put(path, flags=flags)
    write_photo(path, photo(image, *scene), labels=LABELS)
    assert read_photo(path, tmp_path, LABELS) == photo(image, *scene)
    assert look(path)["flags"].get("blurry") == flags.get("blurry")
    assert flags.keys() <= look(path)["flags"].keys()


def test_rewriting_an_unchanged_photo_changes_nothing(image, tmp_path):
    polygon = {"label": "Joy", "points": [[5, 5], [40.5, 9], [20, 60]], "shape_type": "polygon"}
    polygon |= {"group_id": 3, "description": "me", "flags": {"glasses": True}, "mask": None, "score": 0.5}
    circle = {"label": "face", "points": [[30, 20], [35, 20]], "shape_type": "circle", "group_id": None}
    circle |= {"description": "", "flags": {}, "mask": None}
    former = put(
        tmp_path / "a.json",
        flags={"blurry": True},
        shapes=[polygon, circle],
        imageWidth=64,
        imageHeight=48,
        author={"name": "x"},
    )
    write_photo(tmp_path / "a.json", read_photo(tmp_path / "a.json", tmp_path, LABELS), labels=LABELS)
    assert look(tmp_path / "a.json") == former


def test_unknown_keys_survive_a_correction(image, tmp_path):
    shapes = [
        {
            "label": "happy",
            "points": [[1, 1], [20, 20]],
            "score": 1,
            "flags": {"glasses": True, "suggested": True},
        },
        {"label": "sad", "points": [[30, 30], [60, 40], [50, 45]], "score": 2, "flags": None},
    ]
    put(tmp_path / "a.json", shapes=shapes, dataset={"name": "mine"})
    corrected = photo(
        image,
        LabelledFace((1.0, 1.0, 20.0, 20.0), "angry"),  # another emotion
        LabelledFace((31.0, 30.0, 60.0, 45.0), "sad"),  # another box
    )
    write_photo(tmp_path / "a.json", corrected)
    content = look(tmp_path / "a.json")
    assert content["dataset"] == {"name": "mine"}
    assert [shape["score"] for shape in content["shapes"]] == [1, 2]
    assert [shape["label"] for shape in content["shapes"]] == ["angry", "sad"]
    assert [shape["flags"] for shape in content["shapes"]] == [{"glasses": True}, {}]
    assert [shape["shape_type"] for shape in content["shapes"]] == ["rectangle", "rectangle"]
    assert content["shapes"][1]["points"] == [[31, 30], [60, 45]]


def test_keys_follow_their_box_when_a_face_is_added_or_removed(image, tmp_path):
    shapes = [{"label": "sad", "points": [[x, 1], [x + 9, 9]], "number": x} for x in (0, 10, 20)]
    put(tmp_path / "a.json", shapes=shapes)
    kept = LabelledFace((20.0, 1.0, 29.0, 9.0), "sad"), LabelledFace((0.0, 1.0, 9.0, 9.0), "happy")
    write_photo(tmp_path / "a.json", photo(image, *kept))
    assert [shape["number"] for shape in look(tmp_path / "a.json")["shapes"]] == [20, 0]
    new = LabelledFace((40.0, 1.0, 49.0, 9.0), "sad")
    write_photo(tmp_path / "a.json", photo(image, new, *kept))
    assert [shape.get("number") for shape in look(tmp_path / "a.json")["shapes"]] == [None, 20, 0]


def test_votes_go_with_the_emotion_they_are_for(image, tmp_path):
    voted = photo(image, LabelledFace(None, "sad", votes=(("sad", 6.0), ("angry", 4.0))))
    write_photo(tmp_path / "a.json", voted)
    assert look(tmp_path / "a.json")["emotion_votes"] == {"sad": 6, "angry": 4}
    assert read_photo(tmp_path / "a.json", tmp_path, DEFAULT_LABELS) == voted
    write_photo(tmp_path / "a.json", photo(image, LabelledFace(None, "angry")))
    assert "emotion_votes" not in look(tmp_path / "a.json")


def test_keep_stands_in_for_the_former_file(image, tmp_path):
    keep = {"author": "x", "imagePath": "other.jpg", "imageData": "AAAA"}
    write_photo(tmp_path / "b.json", photo(image), keep=keep)
    content = look(tmp_path / "b.json")
    assert content["author"] == "x"
    assert content["imagePath"] == "a.jpg"
    assert content["imageData"] is None  # that was another picture


def test_the_embedded_image_is_kept(image, tmp_path):
    data = base64.b64encode(image.read_bytes()).decode()
    put(tmp_path / "a.json", imageData=data)
    write_photo(tmp_path / "a.json", photo(image))
    assert look(tmp_path / "a.json")["imageData"] == data
    image.unlink()
    embedded = read_photo(tmp_path / "a.json", tmp_path, LABELS)
    assert embedded.image == tmp_path / "a.json"
    write_photo(tmp_path / "a.json", embedded)
    write_photo(tmp_path / "copy.json", embedded)
    assert read_photo(tmp_path / "a.json", tmp_path, LABELS) == embedded
    assert read_photo(tmp_path / "copy.json", tmp_path, LABELS).image == tmp_path / "copy.json"


def test_the_path_of_the_image_is_relative_with_slashes(image, tmp_path):
    (tmp_path / "labels" / "sub").mkdir(parents=True)
    path = tmp_path / "labels" / "sub" / "a.json"
    write_photo(path, photo(image))
    assert look(path)["imagePath"] == "../../a.jpg"
    assert read_photo(path, tmp_path, LABELS) == photo(image)


def test_a_file_that_is_no_labelme_file_is_not_overwritten(image, tmp_path):
    for content in ("{", "[]", '{"shapes": 5}', '{"flags": 5}', '{"shapes": [{"flags": 5, "points": 5}]}'):
        (tmp_path / "a.json").write_text(content)
        with pytest.raises(DataError, match=r"a\.json: "):
            write_photo(tmp_path / "a.json", photo(image, LabelledFace((1, 1, 9, 9), "sad")))
        assert (tmp_path / "a.json").read_text() == content


@pytest.mark.parametrize(
    "box", [(5, 5, 5.5, 20), (70, 5, 90, 20), (20, 5, 10, 20), (float("nan"), 5, 10, 20)]
)
def test_a_box_that_could_not_be_read_back_is_refused(image, tmp_path, box):
    with pytest.raises(DataError, match=r"a\.json: "):
        write_photo(tmp_path / "a.json", photo(image, LabelledFace(box, "sad")))
    assert os.listdir(tmp_path) == ["a.jpg"]


def test_a_face_without_a_box_stands_alone(image, tmp_path):
    with pytest.raises(ValueError, match="only one"):
        write_photo(tmp_path / "a.json", photo(image, *[LabelledFace(None, "sad")] * 2))


def test_a_failed_write_leaves_the_former_file_and_no_part(image, tmp_path, monkeypatch):
    put(tmp_path / "a.json", shapes=[])
    former = (tmp_path / "a.json").read_bytes()

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(DataError, match=r"a\.json: cannot be written \(No space left on device\)"):
        write_photo(tmp_path / "a.json", photo(image))
    assert (tmp_path / "a.json").read_bytes() == former
    assert sorted(os.listdir(tmp_path)) == ["a.jpg", "a.json"]


def test_an_absent_folder_is_named(image, tmp_path):
    with pytest.raises(DataError, match="cannot be written"):
        write_photo(tmp_path / "gone" / "a.json", photo(image))
