"""The checker survives any file, and without fix=true changes none."""

import contextlib
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emo.checking.finding import KINDS
from emo.checking.inspection import Inspector
from emo.data.labelme import read_photo
from emo.data.labels import LabelSet
from emo.errors import DataError
from emo.faces import EMOTIONS
from tests.checking.conftest import photo, shape
from tests.data.test_labelme_fuzz import damage, swap_types

QUIET = settings(max_examples=100, suppress_health_check=list(HealthCheck), deadline=None)
SLOW = settings(QUIET, max_examples=2500)
LABELS = LabelSet(EMOTIONS, {"joy": "happy"})


@pytest.fixture
def folder(tmp_path):
    photo(tmp_path, "a", shape("joy", ((60, 70), (-20, 10))), shape("sad", ((1, 1), (9, 30), (20, 5)), "polygon"),
          imageWidth=90, imageHeight=120)  # fmt: skip
    return tmp_path


def survive(folder, data):
    json_file, image = folder / "a.json", folder / "a.png"
    sound = {path: path.read_bytes() for path in (json_file, image)}
    if data.draw(st.integers(0, 3)) == 0:
        image.write_bytes(damage(data.draw, sound[image]))
    elif data.draw(st.booleans()):
        json_file.write_bytes(damage(data.draw, sound[json_file]))
    else:
        json_file.write_bytes(swap_types(data.draw, json.loads(sound[json_file])))
    before = {path: path.read_bytes() for path in folder.iterdir()}
    try:
        inspected = Inspector(LABELS, 24, fix=False)((json_file, folder))
        assert {path: path.read_bytes() for path in folder.iterdir()} == before
        errors = [f for f in inspected.findings if KINDS[f.kind].level == "error"]
        assert (inspected.photo is None) == bool(errors), "what training refuses is an error, and only that"
        mended = Inspector(LABELS, 24, fix=True)((json_file, folder))
        if "repaired" in {f.kind for f in mended.findings}:
            assert (folder / "a.json.bak").read_bytes() == before[json_file]
            with contextlib.suppress(DataError):
                again = read_photo(json_file, folder, LABELS)
                assert mended.photo in (None, again), "None where the image's pixels are damaged"
        else:
            assert {path: path.read_bytes() for path in folder.iterdir()} == before
    finally:
        (folder / "a.json.bak").unlink(missing_ok=True)
        for path, content in sound.items():
            path.write_bytes(content)


@QUIET
@given(data=st.data())
def test_damaged_files(folder, data):
    survive(folder, data)


@pytest.mark.slow
@SLOW
@given(data=st.data())
def test_many_damaged_files(folder, data):
    survive(folder, data)
