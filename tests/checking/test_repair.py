"""fix=true mends what is safe, keeps the original, and changes nothing of what training reads."""

import json

import pytest
from PIL import Image

from emo.data.labelme import read_photo
from emo.data.labels import LabelSet
from emo.faces import EMOTIONS
from tests.checking.conftest import photo, pixels, shape

LABELS = LabelSet(EMOTIONS, {"joy": "happy"})

CASES = {
    "order": shape(points=((60, 70), (20, 10))),
    "overhang": shape(points=((-15, 10), (60, 170))),
    "polygon": shape(points=((-15, 10), (60, 170), (40, 20)), kind="polygon"),
    "circle": shape(points=((10, 20), (40, 20)), kind="circle"),
    "alias": shape("Joy", description="kept"),
}


@pytest.mark.parametrize("case", CASES)
def test_repair(root, look, case):
    json_file = photo(root, "p1_bad", CASES[case], extra={"mine": 1})
    original, before = json_file.read_bytes(), read_photo(json_file, root, LABELS)
    assert "repaired" in look(fix=True)
    assert json_file.with_name("p1_bad.json.bak").read_bytes() == original
    assert read_photo(json_file, root, LABELS) == before
    content = json.loads(json_file.read_text())
    assert content["extra"] == {"mine": 1}
    assert content["shapes"][0].get("description") == CASES[case].get("description")
    assert look() == {}, "nothing is left to repair, and the kept original is no stray file"


def test_sizes_and_points_of_a_turned_photo(root, look):
    json_file = photo(root, "p1_turned", shape(points=((10, 20), (50, 80))), image=pixels(5, (120, 90)))
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(pixels(5, (120, 90))).save(json_file.with_suffix(".png"), exif=exif)
    before = read_photo(json_file, root, LABELS)
    look(fix=True)
    content = json.loads(json_file.read_text())
    assert (content["imageWidth"], content["imageHeight"]) == (90, 120)
    assert read_photo(json_file, root, LABELS) == before
    assert look() == {}


def test_a_second_repair_keeps_both_originals(root, look):
    json_file = photo(root, "p1_bad", CASES["order"])
    first = json_file.read_bytes()
    look(fix=True)
    photo(root, "p1_bad", CASES["alias"])
    second = json_file.read_bytes()
    look(fix=True)
    assert json_file.with_name("p1_bad.json.bak").read_bytes() == first
    assert json_file.with_name("p1_bad.json.bak2").read_bytes() == second


def test_without_fix_nothing_changes(root, look):
    for case, bad in CASES.items():
        photo(root, f"p1_{case}", bad)
    before = {p: p.read_bytes() for p in root.rglob("*")}
    look()
    assert {p: p.read_bytes() for p in root.rglob("*")} == before


def test_files_with_errors_are_left_alone(root, look):
    json_file = photo(root, "p1_bad", CASES["order"], shape("unknown"))
    before = json_file.read_bytes()
    assert "repaired" not in look(fix=True)
    assert json_file.read_bytes() == before
