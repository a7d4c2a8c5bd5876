"""The whole program in subprocesses, without a screen."""

import contextlib
import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import cv2
import numpy as np
import pytest

from emo.drawn.clip import render_clip
from tests.live.conftest import SIZE, write_video
from tests.runtime.conftest import save_network, small_network

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    return save_network(tmp_path_factory.mktemp("network") / "best.ckpt", small_network())


@pytest.fixture(scope="module")
def long_clip(tmp_path_factory):
    images = [image for image, _ in render_clip(2, 1.0, 10, SIZE)]
    return write_video(tmp_path_factory.mktemp("long") / "long.mp4", images * 300, 30.0)


@pytest.fixture
def demo(tmp_path, demo_environment, checkpoint):
    """Runs demo.py in an empty folder."""

    def start(*arguments, **options):
        command = [sys.executable, str(ROOT / "demo.py"), f"checkpoint={checkpoint}", *arguments]
        folder = tmp_path / "work"
        folder.mkdir(exist_ok=True)
        return subprocess.Popen(
            command,
            cwd=folder,
            env=demo_environment,
            text=True,
            **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options},
        )

    return start


def finish(process, status=0):
    out, err = process.communicate(timeout=240)
    assert process.returncode == status, err
    assert "Traceback" not in (err or "")
    return out, err


def rows_of(path):
    with path.open(newline="") as stream:
        return list(csv.DictReader(stream))


def test_a_clip_to_all_files_at_once(demo, clip, tmp_path):
    outputs = ["output=o/a.mp4", "table=o/a.csv", "summary=o/a.png"]
    out, _ = finish(demo(f"source={clip}", "display=none", "threshold.presence=0", *outputs))
    assert "OpenVINO on the CPU, fp32" in out or "bf16" in out
    assert "ms a look" in out
    folder = tmp_path / "work/o"
    rows = rows_of(folder / "a.csv")
    assert [int(row["frame"]) for row in rows] == list(range(20))
    np.testing.assert_allclose([float(row["time_s"]) for row in rows], np.arange(20) / 20, atol=1e-3)
    assert {row["source"] for row in rows} == {str(clip)}
    assert all(0 <= float(row["presence"]) <= 1 for row in rows if row["face"])
    video = cv2.VideoCapture(str(folder / "a.mp4"))
    assert (video.get(cv2.CAP_PROP_FRAME_COUNT), video.get(cv2.CAP_PROP_FPS)) == (20, 20)
    assert cv2.imread(str(folder / "a.png")) is not None
    out, err = finish(demo(f"source={clip}", "display=none", *outputs), 2)
    assert "exists already" in err
    assert len(err.splitlines()) == 1


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such terminals")
def test_a_bar_in_a_terminal_says_how_much_and_how_long(demo, clip):
    import pty  # there is none on Windows

    ours, theirs = pty.openpty()
    process = demo(f"source={clip}", "display=none", stderr=theirs)
    os.close(theirs)
    shown = b""
    with contextlib.suppress(OSError):  # the end of a terminal
        while part := os.read(ours, 4096):
            shown += part
    os.close(ours)
    finish(process)
    assert clip.name.encode() in shown.replace(b"\r\n", b"")
    assert b"20/20" in shown
    assert b"0:00:0" in shown, "the time that is left"


def test_no_screen_is_said_in_one_line_and_it_goes_on(demo, clip, tmp_path):
    _, err = finish(demo(f"source={clip}", "table=a.jsonl", "predictor.zoom=false"))
    assert err.startswith("display=none: ")
    assert len(err.splitlines()) == 1
    lines = (tmp_path / "work/a.jsonl").read_text().splitlines()
    assert [json.loads(line)["frame"] for line in lines] == list(range(20))


def test_a_folder_with_a_text_file_and_a_broken_image(demo, tmp_path, truth):
    photos = tmp_path / "photos"
    photos.mkdir()
    for name in ("a.jpg", "b.jpg"):
        cv2.imwrite(str(photos / name), truth[0][0][..., ::-1])
    (photos / "c.jpg").write_bytes(b"\xff\xd8 no more")
    (photos / "notes.txt").write_text("hello")
    out, err = finish(demo(f"source={photos}", "display=none", "table=a.csv"))
    assert "2 frames" in out
    assert "2 problems" in out
    assert sorted(Path(line.split()[1].rstrip(":")).name for line in err.splitlines()) == [
        "c.jpg",
        "notes.txt",
    ]
    rows = rows_of(tmp_path / "work/a.csv")
    assert [Path(row["source"]).name for row in rows] == ["a.jpg", "b.jpg"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["source=nothing.mp4"], "no such file, folder or camera"),
        (["display=none"], "source=sample"),
        (["display=television"], "display: must be one of"),
        (["source=sample", "checkpoint=no.ckpt"], "no.ckpt: no such checkpoint"),
        (["source=sample", "checkpoint=null"], "make train"),
        (["source=sample", "display=none", "output=a.avi"], "must end in .mp4"),
        (["surce=0"], "surce"),
    ],
)
def test_mistakes_end_in_one_line(demo, arguments, words):
    if words == "source=sample" and list(Path("/dev").glob("video*")):
        pytest.skip("there is a camera")
    if words == "make train" and list((ROOT / "lightning_logs").glob("reference*/*.ckpt")):
        pytest.skip("a network is shipped")
    _, err = finish(demo(*arguments), 2)
    assert words in err
    assert len(err.splitlines()) == 1, err


def wait_for_rows(process, path, count=30):
    end = time.monotonic() + 200
    while not path.exists() or path.read_text().count("\n") < count:
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < end
        time.sleep(0.05)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_signals_end_cleanly_with_complete_files(demo, long_clip, tmp_path, number, status):
    process = demo(f"source={long_clip}", "display=none", "output=a.mp4", "table=a.csv", "summary=a.png")
    table = tmp_path / "work/a.csv"
    wait_for_rows(process, table)
    process.send_signal(number)
    out, _ = finish(process, status)
    frames = {row["frame"] for row in rows_of(table)}
    assert 30 <= len(frames) < 3000
    assert f"{len(frames)} frames" in out
    assert cv2.VideoCapture(str(tmp_path / "work/a.mp4")).get(cv2.CAP_PROP_FRAME_COUNT) == len(frames)
    assert cv2.imread(str(tmp_path / "work/a.png")) is not None
    assert not list((tmp_path / "work").glob("*.part*"))


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
def test_a_killed_run_keeps_its_rows(demo, long_clip, tmp_path):
    process = demo(f"source={long_clip}", "display=none", "table=a.csv")
    table = tmp_path / "work/a.csv"
    wait_for_rows(process, table)
    process.kill()
    process.communicate()
    text = table.read_text()
    assert text.endswith("\n")
    frames = [int(row["frame"]) for row in rows_of(table)]
    assert len(frames) >= 29
    assert frames == list(range(len(frames)))


def test_starts_without_what_only_training_needs():
    script = "import sys, emo.live.demo; print({'torch', 'lightning', 'albumentations'} & set(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout.strip() == "set()"
