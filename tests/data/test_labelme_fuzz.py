"""No file, however damaged, crashes the labelme reader with anything but its own error."""

from __future__ import annotations

import base64
import contextlib
import io
import json
import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from emo.data.images import load_image
from emo.data.labelme import DEFAULT_LABELS, read_photo, write_photo
from emo.errors import DataError

QUIET = settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
SLOW = settings(QUIET, max_examples=4000)

KEYS = ["version", "flags", "shapes", "imagePath", "imageData", "imageHeight", "imageWidth"]
KEYS += [
    "label",
    "points",
    "shape_type",
    "group_id",
    "description",
    "mask",
    "happy",
    "suggested",
    "emotion_votes",
]
WORDS = ["happy", "sad", "face", "circle", "polygon", "a.png", "gone.png", "..", "/", "a.json", "AAAA", ""]

atoms = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.sampled_from([0, -1, 5, 30, 10**30, 10**400]),
    st.floats(),
    st.text(max_size=8),
    st.sampled_from(WORDS),
)
values = st.recursive(
    atoms,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.one_of(st.sampled_from(KEYS), st.text(max_size=4)), inner, max_size=6),
    ),
    max_leaves=10,
)
likely = st.fixed_dictionaries({}, optional=dict.fromkeys(KEYS, values))


@pytest.fixture
def folder(tmp_path):
    Image.new("RGB", (64, 48)).save(tmp_path / "a.png")
    return tmp_path


def valid() -> dict:
    stream = io.BytesIO()
    Image.new("RGB", (8, 6), "red").save(stream, "JPEG")
    shapes = [
        {
            "label": "happy",
            "points": [[10.5, 10], [30, 40]],
            "group_id": None,
            "description": "",
            "shape_type": "rectangle",
            "flags": {"suggested": True},
            "mask": None,
        },
        {"label": "face", "points": [[30, 20], [35, 20]], "shape_type": "circle", "flags": {}},
    ]
    return {
        "version": "5.5.0",
        "flags": {"sad": False},
        "shapes": shapes,
        "imagePath": "a.png",
        "imageData": base64.b64encode(stream.getvalue()).decode(),
        "imageHeight": 48,
        "imageWidth": 64,
    }


def survive(folder, content: bytes) -> None:
    """Whatever is read is sane, and can be written and read again; all else is a `DataError`."""
    path = folder / "a.json"
    path.write_bytes(content)
    with contextlib.suppress(DataError):
        photo = read_photo(path, folder, DEFAULT_LABELS)
        for x1, y1, x2, y2 in [face.box_xyxy for face in photo.faces if face.box_xyxy]:
            assert 0 <= x1 < x2 <= photo.width
            assert 0 <= y1 < y2 <= photo.height
        with contextlib.suppress(DataError):
            assert load_image(photo.image).shape == (photo.height, photo.width, 3)
        write_photo(path, photo)
        assert read_photo(path, folder, DEFAULT_LABELS) == photo


def places(value, found=None) -> list:
    """Every (container, key) inside a JSON value."""
    found = [] if found is None else found
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
        found.append((value, key))
        if isinstance(inner, (dict, list)):
            places(inner, found)
    return found


def swap_types(draw, content: dict) -> bytes:
    for _ in range(draw(st.integers(1, 3))):
        holder, key = draw(st.sampled_from(places(content)))
        if draw(st.booleans()):
            holder[key] = draw(values)
        else:
            del holder[key]
        if not content:
            break
    return json.dumps(content).encode()


def damage(draw, content: bytes) -> bytes:
    damaged = bytearray(content)
    for _ in range(draw(st.integers(0, 5))):
        damaged[draw(st.integers(0, len(damaged) - 1))] ^= 1 << draw(st.integers(0, 7))
    if draw(st.booleans()):
        del damaged[draw(st.integers(0, len(damaged))) :]
    return bytes(damaged)


def check_random_json(folder, content):
    survive(folder, json.dumps(content).encode())


def check_swapped_types(folder, data):
    survive(folder, swap_types(data.draw, valid()))


def check_damaged_bytes(folder, data):
    content = valid()
    if data.draw(st.booleans()):  # then the damage often hits the embedded image
        content["imagePath"] = "gone.png"
    encoding = data.draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "gb18030"]))
    survive(folder, damage(data.draw, json.dumps(content, indent=2).encode(encoding)))


any_json = st.one_of(values, likely)
test_random_json = QUIET(given(content=any_json)(check_random_json))
test_swapped_types = QUIET(given(data=st.data())(check_swapped_types))
test_damaged_bytes = QUIET(given(data=st.data())(check_damaged_bytes))
test_much_random_json = pytest.mark.slow(SLOW(given(content=any_json)(check_random_json)))
test_many_swapped_types = pytest.mark.slow(SLOW(given(data=st.data())(check_swapped_types)))
test_many_damaged_bytes = pytest.mark.slow(SLOW(given(data=st.data())(check_damaged_bytes)))


def test_random_bytes(folder):
    rng = random.Random(1)
    for length in range(1, 300):
        survive(folder, rng.randbytes(length))
