"""The whole of an evaluation: what it writes, on all kinds of folders, and what it refuses."""

import csv
import json
import re
from html.parser import HTMLParser

import pytest

from emo.config import build
from emo.errors import ConfigError, UserError
from emo.evaluating.gallery import LOOKS
from emo.metrics import score
from tests.conftest import config
from tests.evaluating.conftest import write_checkpoint
from tests.fakes import COLOURS, fake_box, fake_image, save_fake, write_fakes

CORRUPTIONS = config("checkpoint=x", root="evaluate").corruptions


@pytest.fixture(scope="module")
def few(tmp_path_factory):
    """A few photos of every kind."""
    return write_fakes(tmp_path_factory.mktemp("few"), people=2, no_face=2, unknown=1, crops=2)


class Reader(HTMLParser):
    """Notes what a page refers to, and whether its tags close."""

    void = ("meta", "img", "br", "path", "use", "rect", "circle", "line", "!doctype")

    def __init__(self):
        super().__init__()
        self.open, self.references, self.images = [], [], 0

    def handle_starttag(self, tag, attributes):
        if tag not in self.void:
            self.open.append(tag)
        self.images += tag == "img"
        self.references += [value for name, value in attributes if name in ("src", "href", "data", "poster")]

    def handle_endtag(self, tag):
        if tag not in self.void:
            assert self.open.pop() == tag


def test_all_parts(few, run, checkpoint, tmp_path):
    other = write_checkpoint(tmp_path / "other" / "best.ckpt", seed=1)
    metrics, folder = run(few, corruptions=build(CORRUPTIONS), against=str(other))
    assert json.loads((folder / "metrics.json").read_text()) == metrics
    assert metrics["format"] == 1
    assert (metrics["photos"], metrics["crops"], metrics["split"]) == (15, 2, "all")
    assert metrics["groups"] == 4  # two people, two rooms
    assert metrics["people_known"]
    for look in LOOKS:
        for figure in metrics[look].values():
            assert figure["low"] <= figure["high"]
        assert {"box_iou", "ap_50", "emotion_balanced_accuracy", "false_alarm_rate"} <= metrics[look].keys()
        assert {row["count"] for row in metrics["per_class"][look].values()} <= {2, 3}
        assert sum(row["count"] for row in metrics["by_size"][look].values()) == 11
        assert len(metrics["confidence"][look]["risk_curve"]) <= 100
        for name in (
            "dark",
            "blur",
            "jpeg_30",
            "half_resolution",
            "grey",
            "tilt_left",
            "tilt_right",
            "covered",
        ):
            told = metrics["corruptions"][name][look]
            clean = metrics[look]["emotion_accuracy"]["value"]
            assert told["emotion_accuracy"]["change"]["value"] == pytest.approx(
                told["emotion_accuracy"]["value"] - clean
            )
        for name, figure in metrics["against"][look].items():
            if name in metrics[look]:
                difference = metrics[look][name]["value"] - figure["value"]
                assert figure["difference"]["value"] == pytest.approx(difference, abs=1e-6), name
    page = (folder / "report.html").read_text()
    reader = Reader()
    reader.feed(page)
    assert not [tag for tag in reader.open if tag not in ("html", "body")]
    assert reader.images
    assert all(value.startswith(("data:image/jpeg;base64,", "#")) for value in reader.references)
    assert not re.search(r"url\((?!#)", page)
    said = run.said.out
    assert "difference from" in said
    assert "corrupted" in said
    assert str(folder / "report.html") in said.replace("\n", "")


def test_every_answer_is_written(few, run):
    metrics, folder = run(few)
    rows = list(csv.DictReader((folder / "predictions.csv").read_text().splitlines()))
    assert len(rows) == 15
    known = [row for row in rows if row["emotion"]]
    right = [
        row
        for row in known
        if max(metrics["classes"], key=lambda c: float(row[f"one_look_{c}"])) == row["emotion"]
    ]
    assert metrics["one_look"]["emotion_accuracy"]["value"] == pytest.approx(len(right) / len(known))
    assert {row["photo"] for row in rows if row["face"] == "0"} == {"room_0.png", "room_1.png"}
    assert all(row["true_x1"] for row in rows if "crop" not in row["photo"] and row["face"] == "1")


def test_crops_alone(tmp_path, run, rng):
    for name, colour in COLOURS.items():
        for number in range(2):
            image = fake_image(rng, (0, 0, 32, 32), colour, (32, 32))
            save_fake(tmp_path / "crops" / f"{name}_{number}.png", image, flags={name: True})
    metrics, folder = run(tmp_path / "crops", corruptions=build(CORRUPTIONS))
    assert metrics["crops"] == metrics["photos"] == metrics["groups"] == 10
    assert not metrics["people_known"]
    assert metrics["one_look"] == metrics["two_looks"]
    assert not [name for name in metrics["two_looks"] if name.startswith(("box", "ap", "false"))]
    assert 0 <= metrics["two_looks"]["emotion_accuracy"]["value"] <= 1
    assert metrics["by_size"]["two_looks"] == {}
    assert "By the size" not in (folder / "report.html").read_text()


@pytest.mark.parametrize("labelled", [True, False])
def test_scenes_alone(tmp_path, run, rng, labelled):
    for number in range(4):
        save_fake(tmp_path / "rooms" / f"room_{number}.png", fake_image(rng))
        if not labelled:
            (tmp_path / "rooms" / f"room_{number}.json").unlink()
    metrics, folder = run(tmp_path / "rooms", *([] if labelled else ["data.unlabelled=no_face"]))
    assert metrics["two_looks"].keys() <= {"false_alarm_rate", "presence_precision"}
    assert metrics["confidence"]["two_looks"] == {}
    assert (folder / "report.html").exists()


def test_boxes_without_any_emotion(tmp_path, run, rng):
    for number in range(3):
        box = fake_box(rng)
        save_fake(tmp_path / "faces" / f"face_{number}.png", fake_image(rng, box), [("face", box)])
    metrics, _ = run(tmp_path / "faces")
    assert "box_iou" in metrics["two_looks"]
    assert not [name for name in metrics["two_looks"] if name.startswith("emotion")]


def test_nothing_is_overwritten(few, run, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "metrics.json").write_text("mine")
    with pytest.raises(UserError, match=r"metrics\.json: exists already.*overwrite=true"):
        run(few)
    assert (tmp_path / "out" / "metrics.json").read_text() == "mine"
    run(few, overwrite=True)
    assert (tmp_path / "out" / "metrics.json").read_text() != "mine"


def test_what_cannot_be_used_is_one_line(few, run, tmp_path):
    with pytest.raises(UserError, match="no such checkpoint"):
        run(few, checkpoint=tmp_path / "none.ckpt")
    with pytest.raises(UserError, match=r"add 'classes=\[angry,happy,sad,surprise,neutral\]'"):
        run(few, classes=["a"])
    with pytest.raises(ConfigError, match="face_heights"):
        run(few, face_heights=[0.5, 0.2])
    with pytest.raises(UserError, match="no such folder"):
        run(tmp_path / "nowhere")


def test_the_same_figures_as_the_test_step(few, checkpoint):
    """One look and two of the photos with boxes, as a training's test takes them."""
    import torch

    from emo.evaluating.gallery import Gallery, is_crop
    from emo.evaluating.photos import choose_photos
    from emo.metrics import PredictionTable
    from emo.model.checkpoint import load_network
    from emo.model.looking import look_again, to_sighting
    from emo.view import View
    from tests.evaluating.conftest import data_of

    network = load_network(checkpoint)
    data = data_of(few)(size=64, classes=network.classes)
    photos = [p for p in choose_photos(data, "all", checkpoint).photos if not is_crop(p)]
    tables = Gallery(data, photos).look(network, "photos")
    data.photos = photos
    data.split = {"train": [], "val": [], "test": list(range(len(photos)))}
    one, two = PredictionTable(), PredictionTable()
    with torch.inference_mode():
        for batch in data.test_dataloader():
            views = [View.whole(*frame.shape[1::-1]) for frame in batch.frames]
            first = to_sighting(network(batch.images), batch.frames, views)
            one.update(first, batch)
            two.update(look_again(network, batch.frames, first), batch)
    box = torch.tensor([0.2, 0.2, 0.8, 0.8])
    for table, look in ((one, "one_look"), (two, "two_looks")):
        expected = score(table.predictions(), network.classes, box)
        assert score(tables[look], network.classes, box) == pytest.approx(expected, abs=1e-5)
