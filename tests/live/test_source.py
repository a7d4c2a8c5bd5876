import json

import cv2
import numpy as np
import pytest

from emo.errors import UserError
from emo.live import camera
from emo.live.files import Photos, VideoFile
from emo.live.sample import Sample
from emo.live.source import open_source
from tests.live.conftest import write_video


def asked(source):
    """What `open_source` opens as a camera or a stream."""
    return open_source(source, lambda target: target)


def test_every_frame_of_a_video_at_its_time(clip, truth):
    source = VideoFile(str(clip))
    frames = list(source)
    assert (source.fps, source.frames, source.live, source.still) == (20.0, 20, False, False)
    assert [frame.index for frame in frames] == list(range(20))
    np.testing.assert_allclose([frame.time_s for frame in frames], np.arange(20) / 20, atol=1e-3)
    assert source.problems == []
    for frame, (image, _) in zip(frames, truth, strict=True):
        assert frame.image.dtype == np.uint8
        assert np.abs(frame.image.astype(float) - image).mean() < 12  # RGB, not BGR


def test_uneven_times_are_those_of_the_file(tmp_path):
    path = write_video(tmp_path / "ntsc.mp4", [np.zeros((48, 64, 3), np.uint8)] * 30, 30000 / 1001)
    times = [frame.time_s for frame in VideoFile(str(path))]
    np.testing.assert_allclose(times, np.arange(30) * 1001 / 30000, atol=1e-4)


def test_videos_that_cannot_be_read(tmp_path, clip):
    empty, text, cut = tmp_path / "empty.mp4", tmp_path / "text.mp4", tmp_path / "cut.mp4"
    empty.write_bytes(b"")
    text.write_text("no video\n" * 100)
    cut.write_bytes(clip.read_bytes()[: clip.stat().st_size // 2])  # the index at its end is gone
    for path, words in {empty: "empty", text: "not a video", cut: "cut short"}.items():
        with pytest.raises(UserError, match=words) as error:
            VideoFile(str(path))
        assert str(error.value).startswith(str(path))


def test_truncated_video_gives_what_is_there_and_says_so(tmp_path):
    rng = np.random.default_rng(0)
    images = rng.integers(0, 255, (30, 48, 64, 3), np.uint8)
    whole = write_video(tmp_path / "whole.avi", images, codec="MJPG")
    cut = tmp_path / "cut.avi"
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size * 2 // 3])
    source = VideoFile(str(cut))
    frames = list(source)
    assert 5 < len(frames) < 30
    assert source.problems == [f"{cut}: ends after {len(frames)} of 30 frames; cut short?"]


def test_folder_names_and_skips_what_is_no_photo(tmp_path, truth):
    for name in ("b.jpg", "a.PNG"):
        cv2.imwrite(str(tmp_path / name.lower()), truth[0][0][..., ::-1])
    (tmp_path / "notes.txt").write_text("hello")
    (tmp_path / "b.json").write_text(json.dumps({}))
    (tmp_path / "broken.jpg").write_bytes((tmp_path / "b.jpg").read_bytes()[:500])
    source = asked(str(tmp_path))
    frames = list(source)
    assert [frame.source for frame in frames] == [str(tmp_path / name) for name in ("a.png", "b.jpg")]
    assert source.still
    assert source.frames == 3
    skipped = sorted(source.problems)
    assert len(skipped) == 2
    assert skipped[0].startswith(str(tmp_path / "broken.jpg"))
    assert skipped[1] == f"{tmp_path / 'notes.txt'}: skipped, not an image"


def test_nothing_to_read(tmp_path):
    with pytest.raises(UserError, match="empty folder"):
        asked(str(tmp_path))
    (tmp_path / "notes.txt").write_text("hello")
    with pytest.raises(UserError, match="none of its 1 files is an image"):
        asked(str(tmp_path))
    (tmp_path / "broken.jpg").write_text("hello")
    with pytest.raises(UserError, match=r"^\S*broken\.jpg: not an image that can be read"):
        list(asked(str(tmp_path)))
    (tmp_path / "empty.jpg").write_text("")
    with pytest.raises(
        UserError, match=r"none of its 2 images can be read, such as \S*empty\.jpg: empty file$"
    ):
        list(asked(str(tmp_path)))


def test_what_a_text_means(tmp_path, clip, monkeypatch):
    monkeypatch.setattr(camera, "cameras", lambda: {0: "Integrated Webcam", 2: "USB Camera"})
    cv2.imwrite(str(tmp_path / "one.jpg"), np.zeros((9, 9, 3), np.uint8))
    cv2.imwrite(str(tmp_path / "two.jpg"), np.zeros((9, 9, 3), np.uint8))
    assert asked(None) == 0
    assert asked(1) == 1
    assert asked("2") == 2
    assert asked("usb") == 2
    assert asked("rtsp://host/stream") == "rtsp://host/stream"
    assert isinstance(asked("sample"), Sample)
    assert asked("sample_many").name == "sample_many"
    assert isinstance(asked(str(clip)), VideoFile)
    assert isinstance(asked(str(tmp_path / "one.jpg")), Photos)
    assert asked(str(tmp_path / "*.jpg")).frames == 2
    with pytest.raises(UserError, match=r"no such file, folder or camera; .*2 \(USB Camera\)"):
        asked("holiday.mp4")


def test_no_camera_offers_the_sample():
    def refuse(target):
        raise UserError("camera 0 cannot be opened")

    with pytest.raises(UserError, match="source=sample"):
        open_source(None, refuse)
    with pytest.raises(UserError) as error:
        open_source(0, refuse)  # who asks for a camera wants no sample
    assert "sample" not in str(error.value)


def test_sample_is_a_drawn_clip():
    source = Sample(seconds=0.3)
    frames = list(source)
    assert len(frames) == source.frames == 4
    assert frames[0].image.shape == (360, 480, 3)
    assert [frame.time_s for frame in frames] == [index / source.fps for index in range(4)]


def test_small_frames(tmp_path):
    path = write_video(tmp_path / "tiny.mp4", [np.zeros((16, 16, 3), np.uint8)] * 3)
    assert [frame.image.shape for frame in VideoFile(str(path))] == [(16, 16, 3)] * 3
