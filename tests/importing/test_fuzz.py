"""No source, however damaged, ends in anything but a UserError, is changed, or leads to files elsewhere."""

import contextlib
import re
import shutil

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emo.errors import DataError, UserError
from emo.importing.fer2013 import VOTES
from emo.importing.formats import FORMATS
from emo.importing.importer import import_data
from tests.importing.conftest import MAP, VOC, VOC_OBJECT, coco, fer_rows, picture, text, write_csv

QUIET = settings(max_examples=25, suppress_health_check=list(HealthCheck), deadline=None)
SLOW = settings(QUIET, max_examples=1200)

SECRET = "secret.png"
TOKENS = [
    b"../" + SECRET.encode(),
    b"..\\" + SECRET.encode(),
    b"/etc/passwd",
    b"-1",
    b"1e309",
    b"nan",
    b"9" * 5000,
]
TOKENS += [
    b"\x00",
    b"\xff\xfe",
    b"{" * 3000,
    b"[" * 3000,
    b'"',
    b",",
    b"\n",
    b"<",
    b"&x;",
    b"<!DOCTYPE a>",
    b"*a",
]
TOKENS += [
    b"&a",
    b"!!python/object/apply:os.system ['true']",
    b"null",
    b"{}",
    b"[]",
    b"true",
    b"",
    b"\xed\xa0\x80",
]
TOKENS += [b"..", b".", b"/", b"images", b"train", b"0", b"\\ud800", b"a" * 300]


def fer2013(root):
    write_csv(root / "fer2013.csv", ["emotion", "pixels", "Usage"], fer_rows(4, side=3))


def ferplus(root):
    fer2013(root)
    rows = [[row[2], "x.png", *"4000000051"] for row in fer_rows(4, side=3)]
    write_csv(root / "fer2013new.csv", ["Usage", "Image name", *VOTES], rows)


def rafdb(root):
    text(root / "EmoLabel/list_patition_label.txt", "train_1.jpg 4\ntest_2.jpg 1\n")
    for name in ("train_1", "test_2"):
        text(root / f"Annotation/boundingbox/{name}_boundingbox.txt", "1 2 30 35\n")
        picture(root / f"Image/original/{name}.jpg")
        picture(root / f"Image/aligned/{name}_aligned.jpg")


def affectnet(root):
    header = ["subDirectory_filePath", "face_x", "face_y", "face_width", "face_height", "expression"]
    for name in ("training", "validation"):
        write_csv(root / f"{name}.csv", header, [["1/a.jpg", 5, 6, 20, 30, 1], ["1/b.jpg", 5, 6, 20, 30, 6]])
    picture(root / "1/a.jpg")
    picture(root / "1/b.jpg")


def expw(root):
    text(
        root / "label.lst", "a.jpg 0 5 10 30 35 60.5 3\na.jpg 1 1 40 58 20 50.0 2\nb.jpg 0 1 2 13 24 9.9 4\n"
    )
    picture(root / "image/a.jpg")
    picture(root / "image/b.jpg")


def yolo(root):
    text(
        root / "data.yaml",
        "path: .\ntrain: ../train/images\nval: val.txt\nkpt_shape: [2, 2]\nnames: [happy, sad]\n",
    )
    text(root / "val.txt", "./valid/images/b.jpg\n")
    picture(root / "train/images/a.jpg")
    picture(root / "valid/images/b.jpg")
    text(root / "train/labels/a.txt", "0 0.5 0.5 0.5 0.5\n1 0.1 0.2 0.2 0.3 0.15 0.4\n")
    text(root / "valid/labels/b.txt", "0 0.5 0.5 0.5 0.5 0.1 0.1 0.2 0.2\n")


def coco_set(root):
    rows = [{"image_id": 1, "category_id": 1, "bbox": [5, 6, 20, 10]}]
    text(root / "train/_annotations.coco.json", coco([{"id": 1, "file_name": "a.jpg"}], rows))
    picture(root / "train/a.jpg")


def voc(root):
    objects = VOC_OBJECT.format("happy", 1, 1, 20, 30) + VOC_OBJECT.format("sad", 30, 5, 60, 40)
    text(root / "train/a.xml", VOC.format(name="a.jpg", objects=objects))
    text(root / "ImageSets/Main/val.txt", "a\n")
    picture(root / "train/a.jpg")


def class_folders(root):
    picture(root / "train/happy/a.jpg")
    picture(root / "train/sad/a.jpg")


BUILDERS = {
    "fer2013": fer2013, "ferplus": ferplus, "ferplus_soft": ferplus, "rafdb": rafdb, "rafdb_aligned": rafdb,
    "affectnet": affectnet, "expw": expw, "yolo": yolo, "coco": coco_set, "voc": voc, "class_folders": class_folders,
}  # fmt: skip


@pytest.fixture(params=BUILDERS)
def place(request, tmp_path):
    """A format's name, its sound source, and the bytes of its files."""
    BUILDERS[request.param](tmp_path / "source")
    picture(tmp_path / SECRET, (31, 17))
    return request.param, tmp_path, snapshot(tmp_path)


def snapshot(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@st.composite
def damage(draw, content: bytes) -> bytes:
    """Some words replaced, some bytes flipped, perhaps cut short."""
    for _ in range(draw(st.integers(0, 3))):
        words = list(re.finditer(rb"[\w.\-/]+", content[:4000]))
        if words:
            word = draw(st.sampled_from(words))
            token = draw(st.one_of(st.sampled_from(TOKENS), st.binary(max_size=6)))
            content = content[: word.start()] + token + content[word.end() :]
    damaged = bytearray(content)
    for _ in range(draw(st.integers(0, 3)) if damaged else 0):
        damaged[draw(st.integers(0, len(damaged) - 1))] ^= 1 << draw(st.integers(0, 7))
    if draw(st.integers(0, 4)) == 0:
        del damaged[draw(st.integers(0, len(damaged))) :]
    return bytes(damaged)


def survive(place, data):
    name, folder, sound = place
    files = sorted(path for path in sound if path.name != SECRET)
    texts = [path for path in files if path.suffix not in (".jpg", ".png")]
    target = data.draw(st.sampled_from(texts * 8 + files))
    target.write_bytes(data.draw(damage(sound[target])))
    before = snapshot(folder)
    try:
        with contextlib.suppress(UserError):
            for item in FORMATS[name].read(folder / "source"):
                assert isinstance(item, DataError) or item.image is None or item.image.is_file()
        chosen = name if data.draw(st.booleans()) else "auto"
        with contextlib.suppress(UserError):
            import_data(str(folder / "source"), str(folder / "out"), ["happy", "sad"], {**MAP, "angry": "drop"},
                        chosen, workers=1)  # fmt: skip
        after = snapshot(folder)
        assert {path: after.get(path) for path in before} == before, (
            "the source and its surroundings are as before"
        )
        assert all((folder / "out") in path.parents for path in set(after) - set(before))
        written = [content for path, content in after.items() if (folder / "out") in path.parents]
        assert sound[folder / SECRET] not in written, "a file outside was read"
    finally:
        target.write_bytes(sound[target])
        shutil.rmtree(folder / "out", ignore_errors=True)


@QUIET
@given(data=st.data())
def test_damaged_sources(place, data):
    survive(place, data)


@pytest.mark.slow
@SLOW
@given(data=st.data())
def test_many_damaged_sources(place, data):
    survive(place, data)
