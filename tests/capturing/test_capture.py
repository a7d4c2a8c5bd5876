"""`python -m emo.capture` from a video, without a screen: the folder afterwards, and what the terminal says."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import cv2
import pytest

from emo.capturing.guide import Pace
from emo.capturing.start import capture
from emo.data.folder import read_folder
from emo.data.labels import LabelSet
from emo.drawn.clip import render_clip
from emo.errors import UserError
from emo.faces import EMOTIONS

ROOT = Path(__file__).resolve().parents[2]
QUICK = Pace(countdown=0.3, every=0.2, patience=2.0, sharpness=0.3, difference=0.5)


@pytest.fixture(scope="module")
def video(tmp_path_factory) -> Path:
    file = tmp_path_factory.mktemp("video") / "me.avi"
    writer = cv2.VideoWriter(str(file), cv2.VideoWriter.fourcc(*"MJPG"), 10, (320, 240))
    for image, _ in render_clip(3, 8, 10, (320, 240)):
        writer.write(cv2.cvtColor(image, cv2.COLOR_RGB2BGR))
    writer.release()
    return file


def session(folder, video, **changes) -> None:
    arguments = {
        "person": "ANNA",
        "session": 1,
        "source": str(video),
        "folder": str(folder),
        "photos": 2,
        "no_face": 1,
        "classes": EMOTIONS,
        "checkpoint": "none",
        "display": "none",
        "mirror": None,
        "camera": None,
        "pace": QUICK,
    }
    capture(**arguments | changes)


def test_a_video_becomes_photos_to_train_on(video, tmp_path, capsys):
    session(tmp_path / "mine", video)
    photos = read_folder(tmp_path / "mine", LabelSet(EMOTIONS)).photos
    assert len(photos) == 11
    assert sorted(photo.emotion or "none" for photo in photos) == sorted([*EMOTIONS, *EMOTIONS, "none"])
    assert "complete" in capsys.readouterr().out


def test_labelme_opens_them(video, tmp_path, monkeypatch):
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    labelme = pytest.importorskip("labelme", reason="pip install labelme", exc_type=ImportError)
    session(tmp_path, video, photos=1)
    theirs = labelme.LabelFile(str(tmp_path / "anna_s1_happy_001.json"))
    assert [(shape["label"], shape["flags"]) for shape in theirs.shapes] == [("happy", {"suggested": True})]
    assert len(theirs.image_data) > 1000
    assert labelme.LabelFile(str(tmp_path / "anna_s1_noface_001.json")).shapes == []


def test_the_models_box_is_taken_where_there_is_one(video, tmp_path, monkeypatch):
    from tests.window.shown import faces_at

    found = iter([faces_at(), *[faces_at((10.0, 20.0, 90.0, 120.0))] * 500])
    monkeypatch.setattr("emo.runtime.open.open_predictor", lambda file, classes: lambda frame: next(found))
    session(tmp_path, video, checkpoint="mine.ckpt", photos=1, no_face=0)
    for photo in read_folder(tmp_path, LabelSet(EMOTIONS)).photos:
        (face,) = photo.labelled.faces
        assert face.box_xyxy == (10, 20, 90, 120)
        assert face.suggested


def test_a_video_that_ends_too_early_says_what_is_missing(video, tmp_path, capsys):
    session(tmp_path, video, photos=9)
    said = capsys.readouterr().out
    assert "still wanted" in said
    assert "without a face" in said


def test_a_complete_session_asks_for_nothing(video, tmp_path, capsys):
    session(tmp_path, video)
    session(tmp_path, "no such file")
    assert "0 photos of anna" in capsys.readouterr().out


def test_questions_are_asked_at_a_terminal_only(video, tmp_path, monkeypatch, capsys):
    with pytest.raises(UserError, match="person=anna"):
        session(tmp_path, video, person=None)
    answers = iter(["Ben K.", ""])
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("builtins.input", lambda question: next(answers))
    session(tmp_path, video, person=None, session=None)
    assert (tmp_path / "ben-k_s1_happy_001.json").is_file()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"display": "screen"}, "display"),
        ({"photos": -1}, "negative"),
        ({"source": "nobody.mp4"}, r"nobody\.mp4"),
        ({"source": str(ROOT / "data" / "sample")}, "needs a camera or a video"),
        ({"checkpoint": "nothing.ckpt"}, "no such checkpoint"),
        ({"person": "_"}, "no letter or digit"),
    ],
)
def test_mistakes_are_said_in_one_line(video, tmp_path, changes, message):
    with pytest.raises(UserError, match=message) as caught:
        session(tmp_path / "mine", video, **changes)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "mine").exists()


def command(folder, *overrides) -> list[str]:
    return [
        *(sys.executable, "-m", "emo.capture", "person=anna", "session=1", "display=none", "checkpoint=none"),
        *(f"folder={folder}", "photos=2", "no_face=0", *overrides),
    ]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT for one process")
def test_interrupted_it_ends_cleanly_and_goes_on(video, tmp_path):
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    # Drawing four more countdowns takes longer than it takes to interrupt it after the first.
    slow = command(tmp_path, "source=sample", "pace.difference=0.5", "pace.every=0.1")
    with subprocess.Popen(slow, cwd=tmp_path, env=environment, **pipes) as program:
        while not list(tmp_path.glob("*.json")):
            assert program.poll() is None, program.stderr.read()
        program.send_signal(signal.SIGINT)
        said, complained = program.communicate(timeout=60)
    assert program.returncode == 130
    assert "still wanted" in said
    assert complained.strip() == "interrupted"
    had = {path: path.read_bytes() for path in tmp_path.glob("*.j*")}
    again = command(
        tmp_path, f"source={video}", "pace.countdown=0.3", "pace.every=0.2", "pace.difference=0.5"
    )
    done = subprocess.run(again, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert "complete" in done.stdout
    assert {path: path.read_bytes() for path in had} == had
    assert len(read_folder(tmp_path, LabelSet(EMOTIONS)).photos) == 10
