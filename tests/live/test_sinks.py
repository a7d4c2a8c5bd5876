import csv
import errno
import json
import os
import shutil

import cv2
import numpy as np
import pytest

from emo.errors import UserError
from emo.faces import EMOTIONS, Faces
from emo.live import sinks
from emo.live.files import VideoFile
from emo.live.sinks import TableSink, VideoSink
from emo.live.summary import SummarySink, shares
from tests.live.conftest import one_face, shown

COLUMNS = "source,frame,time_s,face,x1,y1,x2,y2,presence,emotion,angry,happy,sad,surprise,neutral".split(",")


def rows_of(path):
    with path.open(newline="") as stream:
        return list(csv.DictReader(stream))


def test_table_has_a_row_for_each_face_and_one_for_none(tmp_path):
    two = Faces(
        np.array([[1, 2, 3, 4], [5.25, 6, 7, 8]], np.float32),
        np.array([0.5, 1], np.float32),
        np.eye(5, dtype=np.float32)[:2],
        np.array([4, 9]),
    )
    path = tmp_path / "deep/table.csv"
    sink = TableSink(path, EMOTIONS)
    sink.write(shown(0, two, ("angry", "unsure")))
    sink.write(shown(1, Faces.empty(), ()))
    rows = rows_of(path)  # before it is closed: each frame is flushed
    sink.close()
    assert list(rows[0]) == COLUMNS
    assert [row["frame"] for row in rows] == ["0", "0", "1"]
    assert [row["face"] for row in rows] == ["4", "9", ""]
    assert [row["emotion"] for row in rows] == ["angry", "unsure", ""]
    assert [float(rows[1][name]) for name in ("x1", "presence", "happy", "angry")] == [5.25, 1, 1, 0]
    assert float(rows[2]["time_s"]) == pytest.approx(1 / 30, abs=1e-6)
    assert rows[2]["source"] == "clip.mp4"
    assert {rows[2][name] for name in COLUMNS[3:]} == {""}


def test_the_same_table_as_json_lines(tmp_path):
    sink = TableSink(tmp_path / "table.jsonl", ("müde", "wach"))
    face = Faces(np.zeros((1, 4), np.float32), np.ones(1, np.float32), np.array([[0.25, 0.75]], np.float32))
    sink.write(shown(3, face, ("müde",), source='käse, "rot".mp4'))
    sink.write(shown(4, Faces.empty(2), ()))
    sink.close()
    first, second = [json.loads(line) for line in (tmp_path / "table.jsonl").read_text("utf-8").splitlines()]
    assert list(first) == [*COLUMNS[:10], "müde", "wach"]
    assert (first["source"], first["frame"], first["emotion"], first["wach"]) == (
        'käse, "rot".mp4',
        3,
        "müde",
        0.75,
    )
    assert second["x1"] is None
    assert second["time_s"] == pytest.approx(4 / 30, abs=1e-6)


def make(kind, path, overwrite=False):
    if kind == "table":
        return TableSink(path.with_suffix(".csv"), EMOTIONS, overwrite)
    if kind == "video":
        return VideoSink(path.with_suffix(".mp4"), EMOTIONS, 30, overwrite=overwrite)
    return SummarySink(path.with_suffix(".png"), EMOTIONS, still=False, overwrite=overwrite)


@pytest.mark.parametrize("kind", ["table", "video", "summary"])
def test_nothing_is_overwritten_unless_asked_for(tmp_path, kind):
    first = make(kind, tmp_path / "out")
    first.write(shown(0))
    first.close()
    before = first.path.read_bytes()
    with pytest.raises(UserError, match=r"overwrite=true") as error:
        make(kind, tmp_path / "out")
    assert str(error.value).startswith(str(first.path))
    assert first.path.read_bytes() == before
    again = make(kind, tmp_path / "out", overwrite=True)
    for index in range(5):
        again.write(shown(index, one_face(emotion=3)))
    again.close()
    again.close()
    assert first.path.read_bytes() != before
    assert sorted(path.name for path in tmp_path.iterdir()) == [first.path.name]


@pytest.mark.parametrize(("kind", "name"), [(TableSink, "a.txt"), (TableSink, "a"), (VideoSink, "a.avi")])
def test_other_endings(tmp_path, kind, name):
    arguments = (30,) if kind is VideoSink else ()
    with pytest.raises(UserError, match=r"must end in \."):
        kind(tmp_path / name, EMOTIONS, *arguments)


def test_video_made_by_someone_else_meanwhile_is_kept(tmp_path):
    sink = VideoSink(tmp_path / "a.mp4", EMOTIONS, 30)
    sink.write(shown())
    (tmp_path / "a.mp4").write_text("mine")
    with pytest.raises(UserError, match=r"a\.part\.mp4"):
        sink.close()
    assert (tmp_path / "a.mp4").read_text() == "mine"
    assert (tmp_path / "a.part.mp4").stat().st_size > 100


@pytest.mark.parametrize("fps", [30000 / 1001, 26.4, 12.5])
@pytest.mark.parametrize("size", [(160, 120), (161, 121)])
def test_video_has_every_frame_at_the_rate_of_the_source(tmp_path, fps, size):
    sink = VideoSink(tmp_path / "a.mp4", EMOTIONS, fps)
    for index in range(20):
        sink.write(shown(index, size=size))
    assert not (tmp_path / "a.mp4").exists()  # a file of that name is complete
    sink.close()
    video = VideoFile(str(tmp_path / "a.mp4"))
    frames = list(video)
    assert len(frames) == 20
    assert video.fps == pytest.approx(fps, rel=1e-4)
    assert frames[0].image.shape == (120, 160, 3)
    label = frames[10].image[19:28, 40:90].reshape(-1, 3).mean(axis=0)
    assert label[0] > label[2] + 60  # the yellow of "happy", drawn


def test_camera_frames_keep_their_time_in_the_video(tmp_path):
    sink = VideoSink(tmp_path / "a.mp4", EMOTIONS, 30, live=True)
    for index in range(10):
        sink.write(shown(index, time_s=5 + index * 0.1))  # ten a second, or every third
    sink.close()
    assert len(list(VideoFile(str(tmp_path / "a.mp4")))) == 28


def test_photos_of_other_sizes_fit_into_the_video(tmp_path):
    sink = VideoSink(tmp_path / "a.mp4", EMOTIONS, None)
    for size in ((160, 120), (30, 400), (900, 20)):
        sink.write(shown(size=size, faces=Faces.empty()))
    sink.close()
    frames = [frame.image for frame in VideoFile(str(tmp_path / "a.mp4"))]
    assert len(frames) == 3
    assert frames[1][:, 80].mean() > 60
    assert frames[1][:, 20].mean() < 20  # black beside the tall one
    assert frames[2][20].mean() < 20


def full(*_, **__):
    raise OSError(errno.ENOSPC, "No space left on device")


def test_full_disk_at_the_first_row_leaves_no_empty_table_in_the_way(tmp_path, monkeypatch):
    monkeypatch.setattr(sinks.csv, "writer", full)
    with pytest.raises(UserError, match="the disk is full"):
        TableSink(tmp_path / "a.csv", EMOTIONS)
    assert not list(tmp_path.iterdir())


def test_full_disk_at_the_end_leaves_no_half_of_a_picture(tmp_path, monkeypatch):
    sink = SummarySink(tmp_path / "a.png", EMOTIONS, still=False, overwrite=True)
    (tmp_path / "a.png").write_text("of before")
    sink.write(shown())
    monkeypatch.setattr("matplotlib.figure.Figure.savefig", full)
    with pytest.raises(UserError, match="the disk is full"):
        sink.close()
    assert [path.read_text() for path in tmp_path.iterdir()] == ["of before"]


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no full disk to write to")
@pytest.mark.parametrize("suffix", [".csv", ".jsonl"])
def test_full_disk_while_a_table_is_written(tmp_path, suffix):
    (tmp_path / f"full{suffix}").symlink_to("/dev/full")
    with pytest.raises(UserError, match="the disk is full"):
        TableSink(tmp_path / f"full{suffix}", EMOTIONS, overwrite=True).write(shown())


def test_full_disk_while_recording(tmp_path, monkeypatch):
    sink = VideoSink(tmp_path / "a.mp4", EMOTIONS, 30)
    for index in range(10):
        sink.write(shown(index))
    usage = shutil.disk_usage(tmp_path)._replace(free=1000)
    monkeypatch.setattr(sinks.shutil, "disk_usage", lambda folder: usage)
    for index in range(10, 15):  # it does not ask at every frame
        sink.write(shown(index))
    with pytest.raises(UserError, match="the disk is full"):
        sink.write(shown(15))
    sink.close()
    assert len(list(VideoFile(str(tmp_path / "a.mp4")))) >= 10  # and what was written is complete


def test_full_disk_before_recording_leaves_no_empty_video(tmp_path, monkeypatch):
    usage = shutil.disk_usage(tmp_path)._replace(free=1000)
    monkeypatch.setattr(sinks.shutil, "disk_usage", lambda folder: usage)
    sink = VideoSink(tmp_path / "a.mp4", EMOTIONS, 30)
    with pytest.raises(UserError, match="the disk is full"):
        sink.write(shown(0))
    sink.close()
    assert list(tmp_path.iterdir()) == []


def test_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="cannot be written"):
        TableSink(tmp_path / "file/table.csv", EMOTIONS)


@pytest.mark.parametrize("still", [False, True])
def test_summary_is_a_picture_of_all_that_came(tmp_path, still):
    sink = SummarySink(tmp_path / "a.png", EMOTIONS, still)
    for index in range(60):
        faces = Faces.empty() if 20 <= index < 30 else one_face(emotion=index // 15)
        sink.write(shown(index, faces, (EMOTIONS[index // 15],)))
    sink.close()
    picture = cv2.imread(str(tmp_path / "a.png"))
    assert picture.shape[1] > 800
    for colour in ((240, 228, 66), (213, 94, 0)):
        assert (np.abs(picture[..., ::-1].astype(int) - colour).sum(axis=2) < 12).sum() > 100


def several(*ids):
    faces = [one_face((10 + 40 * i, 30, 40 + 40 * i, 60), emotion=i % 5) for i in ids]
    parts = [[face.boxes_xyxy, face.presence, face.emotions] for face in faces]
    return Faces(*map(np.concatenate, zip(*parts, strict=True)), np.array(ids, np.int64))


def test_summary_has_a_row_for_each_face_at_once(tmp_path):
    sink = SummarySink(tmp_path / "a.png", EMOTIONS, still=False)
    for index, ids in enumerate([(0,), (0, 1), (0, 1), (1,), (1, 2), (2,), (3,), ()]):
        faces = several(*ids) if ids else Faces.empty()
        sink.write(shown(index, faces, tuple(EMOTIONS[i % 5] for i in ids)))
    assert [(row.faces, row.frames) for row in sink._rows] == [
        ([0, 2, 3], [0, 1, 2, 4, 5, 6]),
        ([1], [1, 2, 3, 4]),
    ]
    assert sink._rows[1].counts == {"happy": 4}
    sink.close()
    assert cv2.imread(str(tmp_path / "a.png")).shape[0] > 650


def test_summary_of_nothing_writes_nothing(tmp_path):
    SummarySink(tmp_path / "a.png", EMOTIONS, still=False).close()
    assert not list(tmp_path.iterdir())


def test_shares_add_up():
    from collections import Counter

    named = shares(Counter({"happy": 6, "no face": 3, "unsure": 1}), EMOTIONS)
    assert named == [("happy", 0.6), ("unsure", 0.1), ("no face", 0.3)]
