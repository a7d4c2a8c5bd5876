import hashlib
import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import cv2
import numpy as np
import pytest

from emo.drawn.dataset import write_dataset
from emo.errors import UserError
from emo.faces import EMOTIONS

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "data" / "sample"
SMALL = (96, 72)


def draw(folder, *overrides, hash_seed="0"):
    command = [
        sys.executable,
        "-m",
        "emo.draw",
        f"folder={folder}",
        "people=1",
        "photos=2",
        "no_face=1",
        "size=[96,72]",
    ]
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
    return subprocess.run(
        [*command, *overrides], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120
    )


def fingerprint(folder):
    digest = hashlib.sha256()
    for path in sorted(folder.iterdir()):
        content = path.read_bytes() if path.suffix == ".json" else cv2.imread(str(path)).tobytes()
        digest.update(path.name.encode() + content)
    return digest.hexdigest()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("drawn") / "new" / "set"
    write_dataset(folder, people=2, photos_per_person=10, no_face=3, seed=3, size=SMALL, first_person=40)
    return folder


def test_layout_and_balance(folder):
    photos = sorted(path.stem for path in folder.glob("p*.jpg"))
    rooms = sorted(path.stem for path in folder.glob("room_*.jpg"))
    assert rooms == ["room_001", "room_002", "room_003"]
    assert {path.stem for path in folder.glob("*.json")} == {*photos, *rooms}
    parts = [name.split("_") for name in photos]
    assert {part[0] for part in parts} == {"p40", "p41"}
    assert Counter(part[1] for part in parts) == {"s1": 10, "s2": 10}
    assert Counter(part[2] for part in parts) == dict.fromkeys(EMOTIONS, 4)
    assert {part[3] for part in parts if part[0] == "p40"} == {f"{number:03d}" for number in range(1, 11)}


def test_labelme_content(folder):
    for path in folder.glob("*.json"):
        content = json.loads(path.read_text(encoding="utf-8"))
        image = cv2.imread(str(path.with_suffix(".jpg")))
        assert content["version"].split(".")[0] in ("5", "6")
        assert content["imagePath"] == path.with_suffix(".jpg").name
        assert content["imageData"] is None
        assert (content["imageHeight"], content["imageWidth"]) == image.shape[:2]
        assert content["flags"] == {}
        assert len(content["shapes"]) == (0 if path.stem.startswith("room") else 1)
        for shape in content["shapes"]:
            assert shape["label"] == path.stem.split("_")[2]
            (x1, y1), (x2, y2) = shape["points"]
            assert 0 <= x1 < x2 <= image.shape[1]
            assert 0 <= y1 < y2 <= image.shape[0]
            kept = {key: shape[key] for key in ("group_id", "description", "shape_type", "flags", "mask")}
            assert kept == {
                "group_id": None,
                "description": "",
                "shape_type": "rectangle",
                "flags": {},
                "mask": None,
            }


def test_sessions_differ_in_their_rooms(folder):
    means = {}
    for path in folder.glob("p40*.jpg"):
        means.setdefault(path.stem.split("_")[1], []).append(cv2.imread(str(path))[:20].mean(axis=(0, 1)))
    apart = np.abs(np.mean(means["s1"], axis=0) - np.mean(means["s2"], axis=0)).max()
    assert apart > 3


def test_titles_are_photos_without_a_face(tmp_path):
    write_dataset(tmp_path, people=0, photos_per_person=0, no_face=0, seed=3, size=SMALL, titles=4)
    assert sorted(path.stem for path in tmp_path.glob("*.jpg")) == [f"title_{n:03d}" for n in range(1, 5)]
    for path in tmp_path.glob("*.json"):
        assert json.loads(path.read_text())["shapes"] == []
        assert cv2.imread(str(path.with_suffix(".jpg"))).std() > 5  # something is written on it


def test_nothing_is_overwritten(tmp_path):
    mine = tmp_path / "room_001.json"
    mine.write_text("mine")
    with pytest.raises(UserError, match=r"room_001\.json"):
        write_dataset(tmp_path, people=1, photos_per_person=1, no_face=1, seed=1, size=SMALL)
    assert [path.name for path in tmp_path.iterdir()] == ["room_001.json"]
    assert mine.read_text() == "mine"


def test_folder_that_is_a_file(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(UserError, match="file"):
        write_dataset(tmp_path / "file", people=1, photos_per_person=1, no_face=0, seed=1, size=SMALL)


def test_command_is_the_same_in_every_process(tmp_path):
    runs = [draw(tmp_path / name, hash_seed=name) for name in ("1", "2")]
    assert [run.returncode for run in runs] == [0, 0], runs[0].stderr
    assert "2 photos" in runs[0].stdout
    assert fingerprint(tmp_path / "1") == fingerprint(tmp_path / "2")
    again = draw(tmp_path / "1")
    assert again.returncode == 2
    assert "exists already" in again.stderr.strip().splitlines()[-1]
    assert "Traceback" not in again.stderr


def test_sample_is_whole_and_small():
    files = list(SAMPLE.iterdir())
    photos = [path for path in files if path.suffix == ".jpg"]
    assert {path.suffix for path in files} == {".jpg", ".json"}
    assert Counter(path.stem.split("_")[0][0] for path in photos) == {"p": 168, "r": 24}
    assert Counter(path.stem.split("_")[0] for path in photos if path.stem[0] == "p") == {
        f"p{number:02d}": 21 for number in range(1, 9)
    }
    counts = Counter(path.stem.split("_")[2] for path in photos if path.stem[0] == "p")
    assert set(counts) == set(EMOTIONS)
    assert max(counts.values()) - min(counts.values()) <= 8
    assert all(path.with_suffix(".json").exists() for path in photos)
    assert sum(path.stat().st_size for path in files) < 5_000_000


def test_sample_is_what_the_command_draws(tmp_path):
    """Loosely: another OpenCV may round differently."""
    write_dataset(tmp_path, people=1, photos_per_person=21, no_face=0, seed=1)
    for path in sorted(tmp_path.glob("*.jpg")):
        drawn, shipped = (cv2.imread(str(p)).astype(float) for p in (path, SAMPLE / path.name))
        assert np.abs(drawn - shipped).mean() < 2.0
        assert json.loads(path.with_suffix(".json").read_text()) == json.loads(
            (SAMPLE / path.name).with_suffix(".json").read_text()
        )
