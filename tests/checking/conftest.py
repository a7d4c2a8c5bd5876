"""A small sound dataset; each test breaks it in one way."""

import json
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest

from emo.checking.checker import check
from emo.faces import EMOTIONS


def pixels(seed, size=(120, 90)):
    """A picture like no other: soft blobs with some grain, RGB."""
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 256, (6, 8, 3), np.uint8)
    image = cv2.resize(coarse, size, interpolation=cv2.INTER_CUBIC).astype(int)
    return np.clip(image + rng.integers(-12, 13, image.shape), 0, 255).astype(np.uint8)


def save(path, image):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(cv2.imencode(path.suffix, np.ascontiguousarray(image[:, :, ::-1]))[1].tobytes())
    return path


def shape(label="happy", points=((20, 10), (60, 70)), kind="rectangle", **more):
    return {"label": label, "points": [list(p) for p in points], "shape_type": kind, "flags": {}, **more}


def photo(root, name, *shapes, seed=None, size=(120, 90), image=None, **keys):
    """Write an image and its labelme file; returns the latter."""
    image = pixels(sum(map(ord, name)) if seed is None else seed, size) if image is None else image
    path = save(root / f"{name}.png", image)
    content = {"version": "5.5.0", "flags": {}, "shapes": list(shapes), "imagePath": path.name, "imageData": None,
               "imageHeight": image.shape[0], "imageWidth": image.shape[1], **keys}  # fmt: skip
    path.with_suffix(".json").write_text(json.dumps(content))
    return path.with_suffix(".json")


@pytest.fixture(scope="session")
def sound(tmp_path_factory):
    """60 sound photos: 12 of each emotion; read only."""
    folder = tmp_path_factory.mktemp("sound") / "data"
    rng = np.random.default_rng(7)
    for i in range(60):
        x, y = rng.integers(0, 60, 2).tolist()
        label = shape(EMOTIONS[i % 5], ((x, y), (x + 40, y + 30)))
        photo(folder, f"p{i // 6}_{i}", label, seed=1000 + i)
    return folder


@pytest.fixture
def root(tmp_path, sound):
    """A copy of the sound photos, to break."""
    return Path(shutil.copytree(sound, tmp_path / "data"))


@pytest.fixture
def look(root):
    """Check it; returns kind -> findings as (file name, text)."""

    def start(**options):
        options = {"workers": 1, "aliases": {"joy": "happy"}, "group_pattern": r"^(p\d+)_", **options}
        checked = check(str(root), EMOTIONS, **options)
        found = {}
        for finding in checked.findings:
            found.setdefault(finding.kind, []).append((finding.file.rsplit("/", 1)[-1], finding.text))
        return found

    return start
