"""Each format: what is in the labelme folder afterwards."""

import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from emo.data.images import load_image
from emo.data.labelme import DEFAULT_LABELS, read_photo
from emo.data.labels import LabelledFace
from emo.errors import DataError, UserError
from emo.importing.fer2013 import VOTES
from tests.importing.conftest import MAP, VOC, VOC_OBJECT, coco, fer_rows, picture, text, write_csv


def written(out: Path) -> dict[str, tuple[LabelledFace, ...]]:
    """Path of each image within the dataset -> its faces, as training reads them."""
    photos = (read_photo(path, out, DEFAULT_LABELS) for path in sorted(out.rglob("[!.]*.json")))
    return {photo.image.relative_to(out).as_posix(): photo.faces for photo in photos}


def crop(emotion):
    return (LabelledFace(None, emotion),)


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("fer2013.csv", ["emotion", "pixels", "Usage"]),
        ("icml_face_data.csv", ["emotion", " Usage", " pixels"]),
    ],
)
def test_fer2013_csv(tmp_path, run, name, header):
    rows = fer_rows(8)
    order = [0, 1, 2] if header[1] == "pixels" else [0, 2, 1]
    write_csv(tmp_path / "source" / name, header, [[row[i] for i in order] for row in rows])
    report = run()
    assert report.format == "fer2013"
    assert written(tmp_path / "out") == {
        "train/fer0000000.png": crop("angry"),
        "test/fer0000003.png": crop("happy"),
        "train/fer0000004.png": crop("sad"),
        "train/fer0000005.png": crop("surprise"),
        "val/fer0000006.png": crop("neutral"),
        "test/fer0000007.png": crop("angry"),
    }
    pixels = load_image(tmp_path / "out/test/fer0000003.png")
    expected = np.array(rows[3][1].split(), int).reshape(48, 48)
    assert np.array_equal(pixels, np.repeat(expected[..., None], 3, axis=2))
    assert report.images == {"written": 6, "dropped": 2}
    assert report.before["train", "disgust"] == 1
    assert report.after["train", "disgust"] == 0


def test_damaged_pixels_are_left_out(tmp_path, run):
    rows = [["3", "1 2 3", "Training"], ["3", "1 2 x 4", "Training"], ["3", "1 2 3 256", "Training"]]
    rows += [["9", "1 2 3 4", "Training"], ["3", "1 2 3 4", "Training"], ["3"]]
    write_csv(tmp_path / "source/fer2013.csv", ["emotion", "pixels", "Usage"], rows)
    report = run()
    assert report.images == {"problem": 5, "written": 1}
    assert list(written(tmp_path / "out")) == ["train/fer0000004.png"]


def vote_rows(*votes, usages=("Training", "Training", "PublicTest", "PrivateTest")):
    return [
        [usage, f"fer{i:07d}.png", *(str(vote.get(name, 0)) for name in VOTES)]
        for i, (usage, vote) in enumerate(zip(usages, votes, strict=True))
    ]


def test_ferplus_replaces_the_labels_and_keeps_the_votes(tmp_path, run):
    write_csv(tmp_path / "source/fer2013.csv", ["emotion", "pixels", "Usage"], fer_rows(4))
    votes = [
        {"happiness": 7, "neutral": 3},
        {"sadness": 5, "neutral": 5},
        {"NF": 10},
        {"anger": 6, "unknown": 4},
    ]
    write_csv(tmp_path / "source/fer2013new.csv", ["Usage", "Image name", *VOTES], vote_rows(*votes))
    assert run().format == "ferplus"
    assert written(tmp_path / "out") == {
        "train/fer0000000.png": crop("happy"),
        "test/fer0000003.png": crop("angry"),
    }
    content = json.loads((tmp_path / "out/train/fer0000000.json").read_text())
    assert content["votes"] == {"neutral": 3, "happiness": 7}


def test_ferplus_soft_learns_how_the_votes_are_spread(tmp_path, run):
    write_csv(tmp_path / "source/fer2013.csv", ["emotion", "pixels", "Usage"], fer_rows(4))
    votes = [
        {"happiness": 4, "neutral": 3, "fear": 3},
        {"sadness": 5, "neutral": 5},
        {"fear": 6, "anger": 4},
        {"surprise": 4, "anger": 3, "contempt": 3},
    ]
    write_csv(tmp_path / "source/fer2013new.csv", ["Usage", "Image name", *VOTES], vote_rows(*votes))
    assert run(format="ferplus_soft", map=MAP | {"contempt": "angry"}).images == {"written": 3, "dropped": 1}
    faces = {name: dict(face.votes) for name, (face,) in written(tmp_path / "out").items()}
    assert faces == {
        "train/fer0000000.png": {"happy": 4, "neutral": 3},
        "train/fer0000001.png": {"neutral": 5, "sad": 5},
        "test/fer0000003.png": {"surprise": 4, "angry": 6},
    }
    emotions = [face.emotion for (face,) in written(tmp_path / "out").values()]
    assert emotions == ["angry", "happy", "neutral"]


def test_ferplus_of_another_order_is_refused(tmp_path, run):
    write_csv(tmp_path / "source/fer2013.csv", ["emotion", "pixels", "Usage"], fer_rows(4))
    usages = ("Training", "PublicTest", "Training", "PrivateTest")
    write_csv(
        tmp_path / "source/fer2013new.csv",
        ["Usage", "Image name", *VOTES],
        vote_rows({}, {}, {}, {}, usages=usages),
    )
    with pytest.raises(DataError, match=r"fer2013new.csv: row 2 does not belong"):
        run()
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("top", ["", "fer2013/"])
@pytest.mark.parametrize(
    ("folders", "splits"),
    [
        (["Training", "PublicTest", "PrivateTest"], ["train", "val", "test"]),
        (["train", "test"], ["train", "test"]),
        ([""], [""]),
    ],
)
def test_class_folders(tmp_path, run, top, folders, splits):
    for folder in folders:
        for label in ("happy", "Sad", "fear"):
            picture(tmp_path / "source" / top / folder / label / "sub" / f"{label}1.jpg")
    report = run()
    assert report.format == "class_folders"
    prefixes = [f"{split}/" if split else "" for split in splits]
    assert written(tmp_path / "out") == {
        f"{prefix}{label}/sub/{label}1.jpg": crop(label.lower())
        for prefix in prefixes
        for label in ("happy", "Sad")
    }
    copied = next((tmp_path / "out").rglob("happy1.jpg"))
    assert copied.read_bytes() == next((tmp_path / "source").rglob("happy1.jpg")).read_bytes()


def rafdb(source):
    text(source / "EmoLabel/list_patition_label.txt", "train_00001.jpg 4\ntest_0002.jpg 1\ntrain_3.jpg 9\n")
    text(source / "Annotation/boundingbox/train_00001_boundingbox.txt", "10.5 5 30.5 25\n")
    text(source / "Annotation/boundingbox/test_0002_boundingbox.txt", "-3 5 30 45\n")


def test_rafdb_original_has_boxes(tmp_path, run):
    source = tmp_path / "source/basic"
    rafdb(source)
    for name in ("train_00001", "test_0002", "train_3"):
        picture(source / f"Image/original/{name}.jpg")
    assert run().format == "rafdb"
    assert written(tmp_path / "out") == {
        "train/train_00001.jpg": (LabelledFace((10.5, 5, 30.5, 25), "happy"),),
        "test/test_0002.jpg": (LabelledFace((0, 5, 30, 40), "surprise"),),
    }


def test_rafdb_aligned_has_crops(tmp_path, run):
    rafdb(tmp_path / "source")
    for name in ("train_00001", "test_0002"):
        picture(tmp_path / f"source/Image/aligned/{name}_aligned.jpg", (100, 100))
    assert run().format == "rafdb_aligned"
    assert written(tmp_path / "out") == {
        "train/train_00001.jpg": crop("happy"),
        "test/test_0002.jpg": crop("surprise"),
    }


def test_affectnet(tmp_path, run):
    source = tmp_path / "source"
    header = ["subDirectory_filePath", "face_x", "face_y", "face_width", "face_height", "facial_landmarks",
              "expression", "valence", "arousal"]  # fmt: skip
    write_csv(source / "training.csv", header, [["1/a.jpg", 5, 6, 20, 30, "1;2", 1, 0.1, 0.2],
                                                ["1/b.jpg", 5, 6, 20, 30, "1;2", 7, 0.1, 0.2],
                                                ["1/../../../a.jpg", 5, 6, 20, 30, "", 1, 0, 0]])  # fmt: skip
    write_csv(source / "validation.csv", header, [["2/c.jpg", 5, 6, 20, 30, "1;2", 6, 0.1, 0.2]])
    for name in ("1/a", "1/b", "2/c"):
        picture(source / f"Manually_Annotated_Images/{name}.jpg")
    picture(tmp_path / "a.jpg")
    report = run()
    assert report.format == "affectnet"
    assert written(tmp_path / "out") == {
        "train/1/a.jpg": (LabelledFace((5, 6, 25, 36), "happy"),),
        "val/2/c.jpg": (LabelledFace((5, 6, 25, 36), "angry"),),
    }
    assert "no image '1/../../../a.jpg'" in report.problems[0]


def test_expw_several_faces_in_a_photo(tmp_path, run):
    lines = ["a.jpg 0 5 10 30 35 60.5 3", "a.jpg 1 1 40 58 20 50.0 2", "b.jpg 0 1 2 3 4 9.9 1", "c.jpg 0 1"]
    text(tmp_path / "source/label/label.lst", "\n".join(lines))
    for name in "abc":
        picture(tmp_path / f"source/image/{name}.jpg")
    report = run()
    assert report.format == "expw"
    assert written(tmp_path / "out") == {
        "a.jpg": (LabelledFace((10, 5, 30, 35), "happy"), LabelledFace((40, 1, 58, 20), None)),
    }, "the dropped face (fear: dropped) beside another stays as a face without emotion"
    assert report.images == {"written": 1, "dropped": 1, "problem": 1}


def test_yolo_as_roboflow_exports_it(tmp_path, run):
    source = tmp_path / "source"
    text(source / "data.yaml", "train: ../train/images\nval: ../valid/images\ntest: ../test/images\n"
                               "nc: 3\nnames: ['happy', 'Sadness', 'fear']\n")  # fmt: skip
    picture(source / "train/images/a.jpg")
    text(source / "train/labels/a.txt", "0 0.5 0.5 0.5 0.5\n\n1 0.1 0.2 0.2 0.3 0.15 0.4\n")
    picture(source / "valid/images/b.jpg")
    picture(source / "valid/images/c.jpg")
    text(source / "valid/labels/c.txt", "7 0.5 0.5 0.5 0.5\n")
    report = run()
    assert report.format == "yolo"
    assert written(tmp_path / "out") == {
        "train/a.jpg": (LabelledFace((15, 10, 45, 30), "happy"), LabelledFace((6, 8, 12, 16), "sad")),
        "val/b.jpg": (),
    }
    assert report.images["problem"] == 1


def test_yolo_lists_and_key_points(tmp_path, run):
    source = tmp_path / "source"
    text(
        source / "data.yaml",
        "path: /gone\ntrain: train.txt\nval: images/val\nkpt_shape: [2, 3]\nnames: {0: happy}",
    )
    text(source / "train.txt", "./images/train/a.jpg\n/etc/passwd\n../b.jpg\n")
    picture(tmp_path / "b.jpg")
    picture(source / "images/train/a.jpg")
    picture(source / "images/val/sub/b.jpg")
    text(source / "labels/train/a.txt", "0 0.5 0.5 0.5 0.5 0.1 0.1 2 0.2 0.2 2\n")
    text(source / "labels/val/sub/b.txt", "0 0.5 0.5 1 1\n")
    report = run()
    assert written(tmp_path / "out") == {
        "train/a.jpg": (LabelledFace((15, 10, 45, 30), "happy"),),
        "val/sub/b.jpg": (LabelledFace((0, 0, 60, 40), "happy"),),
    }
    assert report.images["problem"] == 2


@pytest.mark.parametrize(
    ("json_file", "image"),
    [
        ("train/_annotations.coco.json", "train/a.jpg"),
        ("annotations/instances_train2017.json", "train2017/a.jpg"),
        ("annotations/instances_train2017.json", "images/train2017/a.jpg"),
    ],
)
def test_coco(tmp_path, run, json_file, image):
    images = [
        {"id": 1, "file_name": "a.jpg"},
        {"id": 2, "file_name": "../../b.jpg"},
        {"id": 3, "file_name": "c.jpg"},
    ]
    rows = [
        {"image_id": 1, "category_id": 1, "bbox": [5, 6, 20, 10]},
        {"image_id": 3, "category_id": 0, "bbox": 5},
    ]
    text(tmp_path / "source" / json_file, coco(images, rows))
    picture(tmp_path / "source" / image)
    picture((tmp_path / "source" / image).with_name("c.jpg"))
    picture(tmp_path / "b.jpg")
    report = run()
    assert report.format == "coco"
    assert written(tmp_path / "out") == {"train/a.jpg": (LabelledFace((5, 6, 25, 16), "sad"),)}
    assert report.images["problem"] == 2


def test_voc_both_layouts(tmp_path, run):
    source = tmp_path / "source"
    one = VOC_OBJECT.format("happy", 1, 1, 20, 30)
    text(source / "Annotations/a.xml", VOC.format(name="a.jpg", objects=one))
    picture(source / "JPEGImages/a.jpg")
    text(source / "ImageSets/Main/val.txt", "a\n")
    text(
        source / "train/b.xml",
        VOC.format(name="b.png", objects=one + VOC_OBJECT.format("Sadness", 30, 5, 60, 40)),
    )
    picture(source / "train/b.png")
    text(source / "train/c.xml", VOC.format(name="../../../c.png", objects=""))
    picture(tmp_path / "c.png")
    report = run()
    assert report.format == "voc"
    assert written(tmp_path / "out") == {
        "val/a.jpg": (LabelledFace((0, 0, 20, 30), "happy"),),
        "train/b.png": (LabelledFace((0, 0, 20, 30), "happy"), LabelledFace((29, 4, 60, 40), "sad")),
    }
    assert report.images["problem"] == 1


def test_voc_refuses_entities(tmp_path, run):
    bomb = '<!DOCTYPE a [<!ENTITY x "aaaaaaaa"><!ENTITY y "&x;&x;&x;">]><annotation>&y;</annotation>'
    text(tmp_path / "source/a.xml", bomb)
    with pytest.raises(UserError, match="DOCTYPE"):
        run()


@pytest.mark.parametrize("key", ["names: {0: *i}", "path: *i\nnames: 7"])
def test_yolo_refuses_names_that_grow(tmp_path, run, key):
    levels = "".join(f"{b}: &{b} [{', '.join([f'*{a}'] * 9)}]\n" for a, b in pairwise("abcdefghi"))
    text(tmp_path / "source/data.yaml", f"a: &a {['x' * 9] * 9}\n{levels}{key}\ntrain: .\n")
    with pytest.raises(UserError, match="`names` is no list of classes"):
        run()


def test_an_unknown_source_names_the_formats(tmp_path, run):
    text(tmp_path / "source/readme.txt", "nothing")
    with pytest.raises(UserError, match="none of the formats ferplus, ferplus_soft, fer2013"):
        run()
    with pytest.raises(UserError, match="no such file"):
        run(tmp_path / "gone")
    with pytest.raises(UserError, match="format=yolov5: unknown"):
        run(format="yolov5")
