"""Small sources of every format, built from the formats' published descriptions (named in each reader)."""

import csv
import json

import cv2
import numpy as np
import pytest

from emo.faces import EMOTIONS
from emo.importing.importer import import_data

MAP = {"anger": "angry", "happiness": "happy", "sadness": "sad", "fear": "drop", "disgust": "drop"}
MAP |= {"contempt": "drop", "unsure": "drop", "nf": "drop", "unknown": "drop"}


def picture(path, size=(60, 40), seed=0):
    """An image file of (width, height) noise."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(seed).integers(0, 255, (size[1], size[0], 3), np.uint8)
    path.write_bytes(cv2.imencode(path.suffix, pixels)[1].tobytes())
    return path


def text(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8")
    return path


def fer_rows(count=6, side=48):
    usages = ["Training", "Training", "PublicTest", "PrivateTest"]
    rng = np.random.default_rng(1)
    return [
        (str(i % 7), " ".join(map(str, rng.integers(0, 256, side * side))), usages[i % 4])
        for i in range(count)
    ]


def write_csv(path, header, rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="") as stream:
        csv.writer(stream).writerows([header, *rows])
    return path


def coco(images, annotations, names=("happy", "sad")):
    return json.dumps({
        "images": images,
        "annotations": annotations,
        "categories": [{"id": i, "name": name} for i, name in enumerate(names)],
    })  # fmt: skip


VOC = "<annotation><filename>{name}</filename><size><width>60</width></size>{objects}</annotation>"
VOC_OBJECT = """<object><name>{}</name><bndbox><xmin>{}</xmin><ymin>{}</ymin><xmax>{}</xmax><ymax>{}</ymax></bndbox>
</object>"""


@pytest.fixture
def run(tmp_path):
    """Import `tmp_path/source` into `tmp_path/out`."""

    def start(source=None, map=MAP, **options):
        options = {"workers": 1, "classes": EMOTIONS, **options}
        return import_data(str(source or tmp_path / "source"), str(tmp_path / "out"), map=map, **options)

    return start
