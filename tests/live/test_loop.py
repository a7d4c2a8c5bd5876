import time

import numpy as np
import pytest

from emo.errors import UserError
from emo.faces import Faces
from emo.live import loop as loop_module
from emo.live.files import VideoFile
from emo.live.loop import Loop
from emo.live.sinks import VideoSink
from emo.live.source import Frame
from emo.live.state import UNSURE, LiveSettings
from emo.live.tracker import Tracker
from tests.live.conftest import Knows, Remembers, one_face

RED = np.full((12, 16, 3), (200, 0, 0), np.uint8)


class Frames:
    """A source of frames that are all alike."""

    note = ""

    def __init__(self, count=10, fps=100.0, live=False, still=False, name="clip", gaps=()):
        self.count, self.fps, self.live, self.still, self.name = count, fps, live, still, name
        self.frames, self.problems, self.closed, self.gaps = count, [], False, gaps

    def __iter__(self):
        for index in range(self.count):
            if index in self.gaps:
                yield None
            yield Frame(RED, index, index / self.fps, self.name, time.perf_counter())

    def close(self):
        self.closed = True


class Takes:
    """A sink that keeps what it gets."""

    def __init__(self):
        self.shown = []

    def write(self, shown):
        self.shown.append(shown)

    def close(self):
        pass


def build(source, predictor=None, display=None, settings=None, stopped=lambda: False, cameras=None):
    def open_camera(number):
        opened = (cameras or {}).get(number)
        if opened is None:
            raise UserError(f"camera {number} cannot be opened")
        return opened

    sink = Takes()
    loop = Loop(
        source,
        predictor or Knows([one_face()] * 1000),
        Tracker(),
        [sink],
        display,
        settings or LiveSettings(),
        open_camera,
        lambda path, recorded: VideoSink(path, ("a", "b", "c", "d", "e"), recorded.fps, live=True),
        stopped,
    )
    return loop, sink


def test_every_frame_goes_to_every_sink_in_order():
    advanced = []
    loop, sink = build(Frames(25), Knows([one_face()] * 20))
    loop.run(lambda: advanced.append(1))
    assert [shown.index for shown in sink.shown] == list(range(25))
    assert [len(shown.faces) for shown in sink.shown[:20]] == [1] * 20
    assert len(sink.shown[-1].faces) == 1  # held for a moment
    assert sink.shown[3].labels == ("happy",)
    assert sink.shown[3].source == "clip"
    assert len(advanced) == 25
    assert loop.counts["happy"] == 25


def test_every_face_is_counted_and_every_frame_without():
    two = Faces(
        np.float32([[10, 10, 40, 40], [80, 60, 120, 100]]),
        np.full(2, 0.9, np.float32),
        np.eye(5, dtype=np.float32)[[1, 2]],
    )
    loop, sink = build(Frames(30), Knows([two] * 10))
    loop.run()
    assert loop.frames == 30
    assert sink.shown[9].labels == ("happy", "sad")
    assert sink.shown[9].faces.track_ids.tolist() == [0, 1]
    assert loop.counts["happy"] == loop.counts["sad"] > 10
    assert loop.counts["happy"] + loop.counts["no face"] == 30


def test_unsure_is_a_label():
    loop, sink = build(Frames(3), Knows([one_face(share=0.3)] * 3))
    loop.run()
    assert sink.shown[0].labels == (UNSURE,)
    assert loop.counts[UNSURE] == 3


@pytest.mark.parametrize(("batches", "still", "calls"), [(True, False, [16, 16, 8]), (False, True, [1] * 40)])
def test_batches_where_they_are_faster(batches, still, calls):
    predictor = Knows([one_face()] * 100, prefers_batches=batches)
    loop, sink = build(Frames(40, still=still), predictor)
    loop.run()
    assert predictor.calls == calls
    assert [shown.index for shown in sink.shown] == list(range(40))


def test_photos_have_nothing_to_do_with_each_other():
    loop, sink = build(Frames(2, still=True), Knows([one_face(emotion=0), one_face(emotion=2)]))
    loop.run()
    assert [shown.labels for shown in sink.shown] == [("angry",), ("sad",)]
    assert [shown.faces.track_ids.tolist() for shown in sink.shown] == [[0], [0]]


def test_settings_count_from_the_next_frame_on():
    settings = LiveSettings(smoothing_s=0)

    def change():
        settings.threshold, settings.zoom = 0.95, False

    predictor = Knows([one_face()] * 100)
    loop, sink = build(Frames(60), predictor, Remembers({5: change}), settings)
    loop.run()
    assert predictor.zoom is False
    assert sink.shown[4].labels == ("happy",)
    assert sink.shown[-1].labels == (UNSURE,)


def test_closing_the_window_ends():
    display = Remembers()
    display.at[7] = display.close
    loop, sink = build(Frames(1000), display=display)
    loop.run()
    assert len(sink.shown) == 7


def test_somebody_outside_ends_it():
    loop, sink = build(Frames(1000), stopped=lambda: len(sink.shown) >= 4)
    loop.run()
    assert len(sink.shown) == 4


def test_while_paused_the_window_lives_and_no_frame_is_taken():
    settings = LiveSettings()
    display = Remembers()
    display.at[3] = lambda: setattr(settings, "paused", True)
    display.at[8] = lambda: setattr(settings, "paused", False)
    loop, sink = build(Frames(6), display=display, settings=settings)
    loop.run()
    assert [shown.index for shown in display.shown[2:8]] == [2] * 6
    assert [shown.index for shown in sink.shown] == list(range(6))


def test_a_paused_window_can_be_closed():
    settings = LiveSettings(paused=True)
    display = Remembers()
    display.at[3] = display.close
    loop, sink = build(Frames(6), display=display, settings=settings)
    loop.run()
    assert len(sink.shown) == 1


def test_a_window_shows_a_file_no_faster_than_it_was_filmed():
    loop, _ = build(Frames(11, fps=50), display=Remembers())
    start = time.perf_counter()
    loop.run()
    assert time.perf_counter() - start > 0.19
    loop, _ = build(Frames(11, fps=50))
    start = time.perf_counter()
    loop.run()
    assert time.perf_counter() - start < 0.15


def test_the_last_photo_stays_until_the_window_is_closed(monkeypatch):
    monkeypatch.setattr(loop_module, "_PHOTO_S", 0.01)
    display = Remembers()
    display.at[12] = display.close
    loop, sink = build(Frames(2, still=True), display=display)
    loop.run()
    assert len(sink.shown) == 2
    assert len(display.shown) == 12


def test_a_lost_camera_is_said_in_the_window():
    source = Frames(4, live=True, gaps=(2,))
    display = Remembers({2: lambda: setattr(source, "note", "camera 0 lost, reconnecting")})
    loop, sink = build(source, display=display)
    loop.run()
    assert [shown.index for shown in display.shown] == [0, 1, 1, 2, 3]
    assert display.shown[2].note == "camera 0 lost, reconnecting"
    assert len(sink.shown) == 4  # no row for a frame that there was not


def test_another_camera_on_request():
    settings = LiveSettings()
    first, second = Frames(1000, live=True, name="0"), Frames(5, live=True, name="1")
    display = Remembers({3: lambda: setattr(settings, "camera", 1)})
    loop, sink = build(first, display=display, settings=settings, cameras={1: second})
    loop.run()
    assert first.closed
    assert loop.source is second
    assert [shown.source for shown in sink.shown] == ["0"] * 3 + ["1"] * 5
    assert settings.camera is None


def test_a_camera_that_cannot_be_opened_leaves_the_old_one():
    settings = LiveSettings()
    first, again = Frames(1000, live=True, name="0"), Frames(5, live=True, name="0")
    display = Remembers({3: lambda: setattr(settings, "camera", 4)})
    loop, sink = build(first, display=display, settings=settings, cameras={0: again})
    loop.run()
    assert [shown.note for shown in sink.shown] == [""] * 3 + ["camera 4 cannot be opened"] * 5


def test_recording_from_and_to(tmp_path):
    settings = LiveSettings()
    display = Remembers()
    display.at[5] = lambda: setattr(settings, "recording", tmp_path / "a.mp4")
    display.at[15] = lambda: setattr(settings, "recording", tmp_path / "b.mp4")
    loop, _ = build(Frames(30), display=display, settings=settings)
    loop.run()
    assert [len(list(VideoFile(str(tmp_path / name)))) for name in ("a.mp4", "b.mp4")] == [10, 15]


def test_a_recording_that_fails_says_so_and_the_rest_goes_on(tmp_path):
    (tmp_path / "a.mp4").write_text("mine")
    settings = LiveSettings(recording=tmp_path / "a.mp4")
    loop, sink = build(Frames(5), display=Remembers(), settings=settings)
    loop.run()
    assert len(sink.shown) == 5
    assert settings.recording is None
    assert sink.shown[-1].note.startswith("recording stopped: ")
    assert (tmp_path / "a.mp4").read_text() == "mine"


def test_what_went_wrong_is_said_for_a_while_only(tmp_path, monkeypatch):
    monkeypatch.setattr(loop_module, "_LATELY_S", 0.1)
    (tmp_path / "a.mp4").write_text("mine")
    display = Remembers()
    loop, _ = build(Frames(31, fps=100), display=display, settings=LiveSettings(recording=tmp_path / "a.mp4"))
    loop.run()
    assert display.shown[1].note.startswith("recording stopped: ")
    assert display.shown[-1].note == ""


def test_rate_and_latency_are_measured():
    loop, sink = build(Frames(30), Knows([one_face()] * 100, seconds=0.01))
    loop.run()
    assert 30 < sink.shown[-1].fps < 101
    assert 10 <= sink.shown[-1].latency_ms < 200
