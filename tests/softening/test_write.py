"""Labels shared with what networks see: the shares, what stays as it was, and that nothing of the user's is touched."""

import json
import subprocess
import sys
from functools import partial

import numpy as np
import pytest
import torch

from emo.config import build
from emo.data.folder import read_folder
from emo.data.images import load_image
from emo.data.labelme import DEFAULT_LABELS
from emo.errors import ConfigError, UserError
from emo.model.checkpoint import save_network
from emo.model.network import EmotionNetwork
from emo.softening import write
from emo.softening.softener import Softener
from emo.softening.teachers import Teachers
from emo.softening.write import write_softened
from tests.checking.conftest import photo, pixels, shape
from tests.conftest import ROOT, config

CLASSES = ("angry", "happy", "sad", "surprise", "neutral")
SEVEN = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    """A network of seven classes with an opinion of its own of each face."""
    torch.manual_seed(3)
    network = EmotionNetwork(SEVEN, "vgg11_bn", input_size=32, hidden=8)
    torch.nn.init.normal_(network.emotion_head[3].weight, std=3.0)
    network(torch.randint(0, 256, (4, 3, 32, 32), dtype=torch.uint8))  # statistics for the batch norm
    path = tmp_path_factory.mktemp("teacher") / "teacher.ckpt"
    save_network(network, path)
    return str(path)


@pytest.fixture
def root(tmp_path):
    """One of everything that a photo may be."""
    root = tmp_path / "mine"
    (root / "train").mkdir(parents=True)
    photo(root / "train", "one", shape("sad"))
    photo(root / "train", "crop", flags={"happy": True}, size=(48, 48))
    photo(root, "two", shape("sad"), shape("happy", ((70, 10), (110, 60))))
    photo(root, "unknown", shape("face"))
    photo(root, "empty")
    return root


def files(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def run(root, folder, checkpoint, weight=0.5, zoom=1.0, images="copy", classes=CLASSES):
    data = build(config("data.root=x", "folder=y", "checkpoint=z", root="soft_labels").data)
    softener = partial(Softener, checkpoint, classes, weight, zoom)
    return write_softened(str(root), str(folder), partial(data, root=str(root)), softener, images)


def photos_of(folder):
    return {p.name: p.labelled for p in read_folder(folder, DEFAULT_LABELS).photos}


def test_labels_are_shared_as_the_weight_says(root, tmp_path, checkpoint):
    before = files(root)
    done = run(root, tmp_path / "soft", checkpoint, weight=0.4, zoom=1.3)
    assert done == {"shared with the networks": 2, "as they were": 3}
    assert files(root) == before
    soft, hard = photos_of(tmp_path / "soft"), photos_of(root)
    assert set(soft) == set(hard)
    for name in ("train/one.png", "train/crop.png"):
        (face,), (former,) = soft[name].faces, hard[name].faces
        assert (face.emotion, face.box_xyxy) == (former.emotion, former.box_xyxy)
        frame = load_image(hard[name].image)
        box = former.box_xyxy or (0, 0, 48, 48)
        seen = Teachers([checkpoint], CLASSES, 1.3)([frame], [box])[0]
        assert np.abs(seen - Teachers([checkpoint], CLASSES)([frame], [box])[0]).max() > 1e-3
        wanted = 0.4 * seen + 0.6 * np.array([c == face.emotion for c in CLASSES])
        np.testing.assert_allclose([dict(face.votes)[c] for c in CLASSES], wanted, atol=1e-3)
    for name in ("two.png", "unknown.png", "empty.png"):
        assert soft[name].faces == hard[name].faces
    assert {k: v for k, v in files(tmp_path / "soft").items() if k.suffix == ".png"} == {
        k: v for k, v in before.items() if k.suffix == ".png"
    }


def test_teachers_do_not_mind_mirrors_and_colours(checkpoint):
    teachers = Teachers([checkpoint, checkpoint], CLASSES)
    frame = pixels(5, (64, 64))
    grey = np.repeat(frame.mean(axis=2, keepdims=True).round().astype(np.uint8), 3, axis=2)
    box = (8, 8, 56, 56)
    first, mirrored, without = teachers([frame, np.ascontiguousarray(frame[:, ::-1]), grey], [box] * 3)
    np.testing.assert_allclose(first, mirrored, atol=0.03)  # where bf16 is quick, it is used
    np.testing.assert_allclose(first, without, atol=0.05)
    assert first.sum() == pytest.approx(1, abs=1e-5)
    assert first.max() > 0.3


def test_it_goes_on_where_it_stopped(root, tmp_path, checkpoint, monkeypatch):
    whole = tmp_path / "whole"
    run(root, whole, checkpoint)
    monkeypatch.setattr(write, "BATCH", 1)
    written = write._write
    calls = []

    def cut(*arguments):
        if len(calls) == 2:
            raise KeyboardInterrupt
        calls.append(1)
        written(*arguments)

    monkeypatch.setattr(write, "_write", cut)
    with pytest.raises(KeyboardInterrupt):
        run(root, tmp_path / "soft", checkpoint)
    (tmp_path / "soft/.leftover.png.part").write_bytes(b"cut")
    monkeypatch.setattr(write, "_write", written)
    done = run(root, tmp_path / "soft", checkpoint)
    assert done["there already"] == 2
    assert done.total() == 5
    (tmp_path / "soft/.leftover.png.part").unlink()
    assert photos_of(tmp_path / "soft").keys() == photos_of(whole).keys()


def test_links_take_no_room(root, tmp_path, checkpoint):
    run(root, tmp_path / "soft", checkpoint, images="link")
    assert (tmp_path / "soft/train/one.png").samefile(root / "train/one.png")
    assert not (tmp_path / "soft/train/one.json").samefile(root / "train/one.json")


def test_pixels_inside_the_labelme_file_become_an_image(root, tmp_path, checkpoint):
    import base64

    content = json.loads((root / "train/one.json").read_text())
    content["imageData"] = base64.b64encode((root / "train/one.png").read_bytes()).decode()
    (root / "train/one.json").write_text(json.dumps(content))
    (root / "train/one.png").unlink()
    run(root, tmp_path / "soft", checkpoint)
    (face,) = photos_of(tmp_path / "soft")["train/one.png"].faces
    assert face.emotion == "sad"
    assert len(face.votes) == 5


@pytest.mark.parametrize(
    ("changes", "words"),
    [({"weight": 0.6}, "weight"), ({"weight": 0}, "weight"), ({"zoom": 0.5}, "zoom"), ({"images": "move"}, "images"),
     ({"classes": ("happy", "bored")}, "fewer than two")],
)  # fmt: skip
def test_settings_that_make_no_sense(root, tmp_path, checkpoint, changes, words):
    with pytest.raises(UserError, match=words):
        run(root, tmp_path / "soft", checkpoint, **changes)
    assert not (tmp_path / "soft").exists()


@pytest.mark.parametrize("name", [".", "inside", ".."])
def test_the_new_folder_lies_beside_the_old(root, checkpoint, name):
    before = files(root)
    with pytest.raises(ConfigError, match="beside"):
        run(root, root / name, checkpoint)
    assert files(root) == before


def test_the_command(root, tmp_path, checkpoint):
    def call(teachers):
        order = (
            "-m",
            "emo.soft_labels",
            f"data.root={root}",
            f"folder={tmp_path / 'soft'}",
            f"checkpoint={teachers}",
        )
        return subprocess.run([sys.executable, *order], cwd=ROOT, capture_output=True, text=True, check=False)

    done = call(f"[{checkpoint},{checkpoint}]")
    assert done.returncode == 0, done.stderr
    assert "2 shared with the networks" in done.stdout
    assert "3 as they were" in done.stdout
    failed = call("none.ckpt")
    assert failed.returncode == 2
    assert failed.stderr == "error: none.ckpt: no such checkpoint; `make train` makes one\n"
