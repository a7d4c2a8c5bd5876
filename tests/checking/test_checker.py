"""Every kind of fault is found, by name, and a sound dataset has none."""

import json
import os

import cv2
import numpy as np
import pytest
from PIL import Image

from emo.checking.checker import check
from emo.checking.finding import KINDS
from emo.errors import UserError
from emo.faces import EMOTIONS
from tests.checking.conftest import photo, pixels, save, shape


def test_a_sound_dataset_has_no_findings(look):
    assert look() == {}


BROKEN_SHAPES = {
    "label": shape("hapy"),
    "box": shape(points=((20, 10), (20, 70))),
    "overhang": shape(points=((-15, 10), (60, 70))),
    "tiny": shape(points=((20, 10), (30, 20))),
    "order": shape(points=((60, 70), (20, 10))),
    "alias": shape("Joy"),
}


@pytest.mark.parametrize("kind", BROKEN_SHAPES)
def test_faults_of_a_shape(root, look, kind):
    photo(root, "p1_bad", BROKEN_SHAPES[kind])
    found = look()
    assert list(found) == [kind]
    assert [name for name, _ in found[kind]] == ["p1_bad.json"]


def test_all_faults_of_a_file_are_listed_at_once(root, look):
    photo(root, "p1_bad", shape("hapy"), shape(points=((1, 1), (1, 1))), shape("sadd"))
    found = look()
    assert [text[:8] for _, text in found["label"]] == ["shape 1:", "shape 3:"]
    assert [text for _, text in found["box"]] == ["shape 2: no area"]


def test_files_that_cannot_be_read(root, look):
    (root / "empty.jpg").touch()
    (root / "text.png").write_text("no image")
    (root / "broken.json").write_text("{")
    cut = photo(root, "p1_cut", shape()).with_suffix(".png")
    cut.write_bytes(cut.read_bytes()[:-2000])
    bomb = photo(root, "p1_bomb", shape(), imagePath="bomb.ppm").with_suffix(".png")
    bomb.rename(root / "bomb.ppm").write_bytes(b"P6 100000 100000 255\n")
    found = look()
    assert set(found) == {"unreadable"}
    names = {name for name, _ in found["unreadable"]}
    assert names == {"empty.jpg", "text.png", "broken.json", "p1_cut.json", "p1_bomb.json", "bomb.ppm"}


def test_json_without_image(root, look):
    photo(root, "p1_gone", shape()).with_suffix(".png").unlink()
    photo(root, "p1_away", shape(), imagePath="../../etc/x.png").with_suffix(".png").unlink()
    assert {name for name, _ in look()["no_image"]} == {"p1_gone.json", "p1_away.json"}


def test_links_out_of_the_folder_are_not_opened(root, look, tmp_path):
    secret = photo(tmp_path / "secret", "s", shape("secret label"))
    (root / "link.json").symlink_to(secret)
    (root / "link2.png").symlink_to(secret.with_suffix(".png"))
    found = look()
    assert {name for name, _ in found.pop("outside")} == {"link.json", "link2.png"}
    assert found == {}


def test_flags_that_contradict_each_other(root, look):
    photo(root, "p1_two", flags={"happy": True, "sad": True})
    assert look()["unusable"] == [("p1_two.json", "the image's flags name several emotions: happy, sad")]


def test_sizes_that_disagree(root, look):
    photo(root, "p1_old", shape(), imageWidth=60, imageHeight=45)
    assert look()["size"] == [("p1_old.json", "says 60 x 45, the image has 120 x 90")]


def test_exif_is_told_from_other_sizes(root, look):
    json_file = photo(root, "p1_turned", shape(), image=pixels(5, (120, 90)))
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(pixels(5, (120, 90))).save(json_file.with_suffix(".png"), exif=exif)
    assert look()["size"] == [("p1_turned.json", "says 120 x 90, the image has 90 x 120 (EXIF turns it)")]


def test_unlabelled_and_stray_files(root, look):
    save(root / "p1_new.jpg", pixels(77))
    (root / "notes.txt").write_text("x")
    (root / "phone.heic").write_text("x")
    (root / ".DS_Store").write_text("x")
    found = look()
    assert found["unlabelled"] == [("p1_new.jpg", "no labelme file beside it")]
    assert {name for name, _ in found["stray"]} == {"notes.txt", "phone.heic"}
    assert "unlabelled" not in look(unlabelled="no_face")


def test_an_image_that_a_file_elsewhere_means_is_labelled(root, look):
    json_file = photo(root / "labels", "p1_a", shape(), imagePath="../images/p1_a.png")
    (root / "images").mkdir()
    os.rename(json_file.with_suffix(".png"), root / "images/p1_a.png")
    assert look() == {}


def test_several_shapes_in_one_place(root, look):
    photo(root, "p1_twice", shape(), shape("sad", ((21, 10), (60, 70))))
    assert list(look()) == ["overlap"]


def test_suggestions_are_listed(root, look):
    photo(root, "p1_guess", shape(flags={"suggested": True}))
    assert look() == {"suggested": [("p1_guess.json", "happy")]}


def test_blurred_and_dark_pictures(root, look):
    photo(root, "p1_blur", shape(), image=cv2.GaussianBlur(pixels(9), (0, 0), 5))
    photo(root, "p1_night", shape(), image=pixels(10) // 10)
    photo(root, "p1_flat", shape(), image=np.full((90, 120, 3), 128, np.uint8))
    found = look()
    assert [name for name, _ in found["blurred"]] == ["p1_blur.png"]
    assert {name for name, _ in found["dark"]} == {"p1_night.json", "p1_flat.json"}


def test_rare_emotions(root, look):
    for path in sorted(root.glob("*.json")):
        if '"sad"' in path.read_text() and len(list(root.glob("*.json"))) > 51:
            path.with_suffix(".png").unlink()
            path.unlink()
    ((_, text),) = look()["balance"]
    assert text == "sad: 3 photos; 10 are the least"


def test_faces_in_one_place(tmp_path, root, look):
    for path in root.glob("*.json"):
        content = json.loads(path.read_text())
        content["shapes"][0]["points"] = [[40, 30], [81, 62]]
        path.write_text(json.dumps(content))
    assert list(look()) == ["centre"]


def test_exact_and_near_duplicates(root, look):
    image = pixels(50)
    photo(root, "p1_one", shape(), image=image)
    photo(root, "p1_two", shape(), image=image)
    noisy = np.clip(image.astype(int) + np.random.default_rng(1).integers(-3, 4, image.shape), 0, 255)
    photo(root, "p1_three", shape(), image=noisy.astype(np.uint8))
    found = look()
    assert set(found) == {"duplicate", "near_duplicate"}
    assert found["duplicate"][0][0] == "p1_one.png"
    assert "p1_two.png" in found["duplicate"][0][1]


def test_another_expression_in_the_same_room_is_no_duplicate(root, look):
    room = pixels(60, (320, 240))
    for name, smile in (("a", 0), ("b", 1)):
        frame = room.copy()
        cv2.circle(frame, (150, 120), 30, (220, 180, 160), -1)
        cv2.line(frame, (138, 132), (162, 132), (90, 20, 20), 3 + 9 * smile)
        cv2.circle(frame, (140, 112), 3 + 2 * smile, (0, 0, 0), -1)
        photo(root, f"p1_{name}", shape(points=((120, 90), (180, 150))), image=frame)
    assert look() == {}


def test_the_same_picture_with_two_labels(root, look):
    for name, label in (("one", "happy"), ("two", "sad")):
        photo(root, f"p1_{name}", shape(label), image=pixels(50))
    ((name, text),) = look()["conflict"]
    assert name == "p1_one.png"
    assert "p1_two.png (" in text
    assert " sad)" in text


def test_the_same_picture_in_two_splits(root, look):
    for split in ("train", "val"):
        photo(root / split, "x", shape(), image=pixels(50))
    assert list(look()) == ["split_leak"]


def test_one_person_in_two_splits(root, look):
    photo(root / "train", "p99_a", shape(), seed=1)
    photo(root / "val", "p99_b", shape(), seed=2)
    ((_, text),) = look()["person_leak"]
    assert text == "'p99' is in train and val"


def test_a_missing_or_empty_folder(tmp_path):
    with pytest.raises(UserError, match="no such folder"):
        check(str(tmp_path / "gone"), EMOTIONS, {})
    with pytest.raises(UserError, match="no photos"):
        check(str(tmp_path), EMOTIONS, {})
    with pytest.raises(UserError, match="not a regular expression"):
        check(str(tmp_path), EMOTIONS, {}, group_pattern="(")


def test_several_folders_are_checked_together(root, tmp_path):
    photo(tmp_path / "other", "p1_x", shape(), image=cv2.imread(str(root / "p0_0.png"))[:, :, ::-1])
    checked = check([str(root), str(tmp_path / "other")], EMOTIONS, {}, workers=1)
    (finding,) = checked.findings
    assert {path.name for path in finding.images} == {"p0_0.png", "p1_x.png"}


def test_every_kind_says_what_to_do():
    assert all(kind.title and kind.advice for kind in KINDS.values())
