"""Corrections made while live: what lies in the folder afterwards."""

import json

import numpy as np
import pytest

from emo.data.images import load_image
from emo.data.labelme import DEFAULT_LABELS, read_photo
from emo.data.labels import LabelledFace
from emo.errors import DataError, UserError
from emo.faces import Faces
from emo.live.corrections import Corrections

BOX = (10.0, 20.0, 50.0, 70.0)
OTHER = (60.0, 10.0, 90.0, 50.0)


def frame(seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 255, (80, 100, 3), np.uint8)


def found(*boxes) -> Faces:
    count = len(boxes)
    return Faces(
        np.array(boxes, np.float32).reshape(count, 4),
        np.ones(count, np.float32),
        np.full((count, 5), 0.2, np.float32),
    )


def names(folder) -> list[str]:
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def faces_of(image) -> tuple[LabelledFace, ...]:
    return read_photo(image.with_suffix(".json"), image.parent, DEFAULT_LABELS).faces


@pytest.fixture
def corrections(tmp_path) -> Corrections:
    return Corrections(tmp_path / "corrections", "20261122-2015")


def test_a_correction_is_a_photo_to_train_on(corrections):
    pixels = np.full((80, 100, 3), (200, 60, 20), np.uint8)
    image = corrections.name_face(pixels, 123, BOX, "happy", found(BOX))
    assert names(corrections.folder) == ["20261122-2015_000123_happy.jpg", "20261122-2015_000123_happy.json"]
    assert faces_of(image) == (LabelledFace(BOX, "happy"),)
    assert np.abs(load_image(image).astype(int) - pixels).max() <= 3, "the colours are those of the frame"
    assert len(corrections) == 1


def test_no_face_is_a_photo_without_shapes(corrections):
    image = corrections.no_face(frame(), 7, BOX, found(BOX))
    assert image.name == "20261122-2015_000007_noface.jpg"
    assert faces_of(image) == ()


def test_the_same_picture_again_replaces(corrections):
    corrections.name_face(frame(), 5, BOX, "happy", found(BOX))
    corrections.name_face(frame(), 5, BOX, "sad", found(BOX))
    assert names(corrections.folder) == ["20261122-2015_000005_sad.jpg", "20261122-2015_000005_sad.json"]
    assert len(corrections) == 1


def test_two_faces_of_one_picture_are_both_named(corrections):
    first = corrections.name_face(frame(), 5, BOX, "happy", found(BOX, OTHER))
    assert faces_of(first) == (LabelledFace(BOX, "happy"), LabelledFace(OTHER, None, suggested=True))
    second = corrections.name_face(frame(), 5, OTHER, "sad", found(BOX, OTHER))
    assert faces_of(second) == (LabelledFace(BOX, "happy"), LabelledFace(OTHER, "sad"))
    assert len(names(corrections.folder)) == 2


def test_what_is_no_face_is_left_out_and_the_others_stay_suggestions(corrections):
    third = (5.0, 2.0, 25.0, 18.0)
    faces = found(BOX, OTHER, third)
    first = corrections.no_face(frame(), 5, OTHER, faces)
    suggested = [LabelledFace(box, None, suggested=True) for box in (BOX, third)]
    assert faces_of(first) == tuple(suggested)
    second = corrections.no_face(frame(), 5, third, faces)
    assert faces_of(second) == (suggested[0],)
    named = corrections.name_face(frame(), 5, BOX, "sad", faces)
    assert faces_of(named) == (LabelledFace(BOX, "sad"),)
    again = corrections.name_face(frame(), 5, third, "happy", faces)
    assert faces_of(again) == (LabelledFace(BOX, "sad"), LabelledFace(third, "happy"))
    assert len(names(corrections.folder)) == 2


def test_heads_that_overlap_are_told_apart(corrections):
    near, far = (
        (20.0, 10.0, 60.0, 60.0),
        (45.0, 15.0, 70.0, 45.0),
    )  # the middle of the far one is behind the near one
    image = corrections.name_face(frame(), 5, near, "happy", found(near, far))
    assert faces_of(image) == (LabelledFace(near, "happy"), LabelledFace(far, None, suggested=True))


def test_nothing_is_overwritten(corrections, tmp_path):
    first = corrections.name_face(frame(1), 5, BOX, "happy", found(BOX))
    before = first.read_bytes()
    another = Corrections(corrections.folder, corrections.session)
    second = another.name_face(frame(2), 5, BOX, "happy", found(BOX))
    assert second.name == "20261122-2015_000006_happy.jpg"
    assert first.read_bytes() == before
    assert another.undo() == second
    assert another.undo() is None, "what another session wrote is not its to delete"
    assert first.exists()


def test_undo_goes_back_one_by_one(corrections):
    for number in (1, 2):
        corrections.name_face(frame(number), number, BOX, "happy", found(BOX))
    corrections.undo()
    assert names(corrections.folder) == ["20261122-2015_000001_happy.jpg", "20261122-2015_000001_happy.json"]
    corrections.undo()
    assert names(corrections.folder) == []
    assert len(corrections) == 0


def test_work_on_a_correction_survives_undo(corrections):
    image = corrections.name_face(frame(), 1, BOX, "happy", found(BOX))
    content = json.loads(image.with_suffix(".json").read_text())
    image.with_suffix(".json").write_text(json.dumps(content | {"author": "x"}))
    with pytest.raises(UserError, match="changed since"):
        corrections.undo()
    assert len(names(corrections.folder)) == 2


def test_a_box_beyond_the_frame_is_cut(corrections):
    image = corrections.name_face(frame(), 1, (-5.0, -5.0, 30.0, 200.0), "happy", found())
    assert faces_of(image)[0].box_xyxy == (0, 0, 30, 80)


def test_boxes_that_have_left_the_frame_are_no_faces(corrections):
    outside = (10.0, -50.0, 60.0, -1.0)
    with pytest.raises(UserError, match="not in the picture"):
        corrections.name_face(frame(), 1, outside, "happy", found(outside))
    image = corrections.name_face(frame(), 1, BOX, "happy", found(BOX, outside))
    assert faces_of(image) == (LabelledFace(BOX, "happy"),)


def test_a_folder_that_cannot_be_written_is_said(tmp_path):
    (tmp_path / "file").write_text("mine")
    corrections = Corrections(tmp_path / "file")
    with pytest.raises(DataError, match="file: not a folder"):
        corrections.no_face(frame(), 1, None, found())
    assert len(corrections) == 0


def test_a_full_disk_leaves_nothing_behind(corrections, monkeypatch):
    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.write_text", full)
    with pytest.raises(DataError, match="No space left"):
        corrections.no_face(frame(), 1, None, found())
    assert names(corrections.folder) == []
    assert len(corrections) == 0
