import json
import shutil

import pytest

from emo.data.folder import read_folder
from emo.data.labels import LabelSet
from emo.errors import DataError, UserError
from emo.faces import EMOTIONS
from tests.fakes import fake_image, save_fake

LABELS = LabelSet(EMOTIONS, {"natural": "neutral"})


@pytest.fixture
def folder(tmp_path, rng):
    save_fake(tmp_path / "b.png", fake_image(rng), [("happy", (10, 10, 40, 50))])
    save_fake(
        tmp_path / "sub" / "a.png",
        fake_image(rng),
        [("NATURAL", (10, 10, 40, 50)), ("sad", (50, 10, 60, 20))],
    )
    save_fake(tmp_path / "room.png", fake_image(rng))
    return tmp_path


def test_everything_below_in_the_order_of_names(folder):
    found = read_folder(folder, LABELS, source=2)
    assert [photo.name for photo in found.photos] == ["b.png", "room.png", "sub/a.png"]
    assert [photo.emotion for photo in found.photos] == ["happy", None, "neutral"]  # of the largest face
    assert {photo.source for photo in found.photos} == {2}
    assert found.photos[0].labelled.faces[0].box_xyxy == (10, 10, 40, 50)
    assert (found.problems, found.unlabelled) == ([], 0)


def test_the_largest_face_need_not_be_the_first(tmp_path, rng):
    save_fake(
        tmp_path / "a.png",
        fake_image(rng),
        [("sad", (0, 0, 9, 9)), ("angry", (10, 10, 60, 60)), ("face", (0, 0, 5, 5))],
    )
    assert read_folder(tmp_path, LABELS).photos[0].emotion == "angry"


@pytest.mark.parametrize(
    ("unlabelled", "names"),
    [
        ("skip", ["b.png", "room.png", "sub/a.png"]),
        ("no_face", ["b.png", "new.png", "room.png", "sub/a.png"]),
    ],
)
def test_images_without_a_file(folder, unlabelled, names):
    shutil.copy(folder / "room.png", folder / "new.png")
    found = read_folder(folder, LABELS, unlabelled=unlabelled)
    assert [photo.name for photo in found.photos] == names
    assert found.unlabelled == 1
    if unlabelled == "no_face":
        new = found.photos[1].labelled
        assert (new.faces, new.width, new.height) == ((), 96, 72)


def break_label(folder):
    path = folder / "b.json"
    content = json.loads(path.read_text())
    content["shapes"][0]["label"] = "bored"
    path.write_text(json.dumps(content))
    return path


@pytest.mark.parametrize("unlabelled", ["skip", "no_face"])
def test_a_broken_file_is_named_or_left_out_with_its_image(folder, unlabelled):
    path = break_label(folder)
    with pytest.raises(DataError, match=r"b\.json.*bored.*on_error=skip"):
        read_folder(folder, LABELS, unlabelled)
    found = read_folder(folder, LABELS, unlabelled, on_error="skip")
    assert [photo.name for photo in found.photos] == ["room.png", "sub/a.png"]  # never "no face" by mistake
    assert len(found.problems) == 1
    assert str(path) in str(found.problems[0])


def test_a_broken_image_without_a_file(folder):
    (folder / "x.png").write_bytes(b"nothing")
    assert len(read_folder(folder, LABELS).photos) == 3  # left out anyhow
    with pytest.raises(DataError, match=r"x\.png"):
        read_folder(folder, LABELS, "no_face")
    assert len(read_folder(folder, LABELS, "no_face", "skip").problems) == 1


def test_nothing_to_use_says_why(tmp_path, rng):
    with pytest.raises(UserError, match=r"no such folder.*data\.root"):
        read_folder(tmp_path / "none", LABELS)
    with pytest.raises(UserError, match="no photos"):
        read_folder(tmp_path, LABELS)
    save_fake(tmp_path / "b.png", fake_image(rng), [("happy", (10, 10, 40, 50))])
    break_label(tmp_path)
    with pytest.raises(UserError, match=r"none of its 1 labelme files.*bored"):
        read_folder(tmp_path, LABELS, on_error="skip")
    (tmp_path / "b.json").unlink()
    with pytest.raises(UserError, match="1 images but no labelme file"):
        read_folder(tmp_path, LABELS)


def test_hidden_files_are_none_of_ours(folder):
    (folder / ".hidden").mkdir()
    for name in (".x.json", ".hidden/y.json", ".z.png"):
        (folder / name).write_text("broken")
    assert len(read_folder(folder, LABELS, "no_face").photos) == 3


@pytest.mark.parametrize("name", ["secret.json", "secret.png"])
def test_links_that_leave_the_folder_are_refused(tmp_path, folder, rng, name):
    outside = tmp_path.with_name(f"{tmp_path.name}_outside")
    save_fake(outside / "secret.png", fake_image(rng), [("sad", (10, 10, 40, 50))])
    shutil.copy(outside / "secret.png", folder / "own.png")
    (folder / "within.png").symlink_to(folder / "own.png")
    (folder / f"link{name[6:]}").symlink_to(outside / name)
    with pytest.raises(DataError, match=r"link\.(json|png): a link that leads out of"):
        read_folder(folder, LABELS, "no_face")
    found = read_folder(folder, LABELS, "no_face", "skip")
    assert [photo.name for photo in found.photos] == [
        "b.png",
        "own.png",
        "room.png",
        "sub/a.png",
        "within.png",
    ]
    assert len(found.problems) == 1


@pytest.mark.parametrize("option", [{"unlabelled": "maybe"}, {"on_error": "cry"}])
def test_options_have_choices(folder, option):
    with pytest.raises(ValueError, match=next(iter(option))):
        read_folder(folder, LABELS, **option)
