"""Several drawn people before the real window: followed by number, one of them corrected, everything in the files."""

import csv
import json
import time

import numpy as np
import pytest

from emo.drawn.clip import Clip
from emo.faces import EMOTIONS, Faces
from emo.live.corrections import Corrections
from emo.live.loop import Loop
from emo.live.sinks import TableSink
from emo.live.source import Frame
from emo.live.state import LiveSettings
from emo.live.tracker import Tracker
from emo.window.start import open_window

SIZE, FPS = (320, 240), 5.0


class DrawnGroup:
    """A clip's truth as a source, whose frames are plain, and as a predictor."""

    name, live, still, note, fps, frames, zoom, prefers_batches, classes = (
        *("group", False, False, "", FPS, None, True, False, EMOTIONS),
    )

    def __init__(self):
        self.problems, self._truth = [], []

    def __iter__(self):
        for index, truth in enumerate(Clip(1, 12.0, FPS, SIZE, "group").truth()):
            self._truth = truth
            image = np.full((SIZE[1], SIZE[0], 3), index, np.uint8)
            yield Frame(image, index, index / FPS, self.name, time.perf_counter())

    def __call__(self, frame):
        count = len(self._truth)
        emotions = np.full((count, 5), 0.05, np.float32)
        for row, face in zip(emotions, self._truth, strict=True):
            row[EMOTIONS.index(face.emotion)] = 0.8
        boxes = np.array([face.box_xyxy for face in self._truth], np.float32).reshape(-1, 4)
        return Faces(boxes, np.full(count, 0.9, np.float32), emotions)


@pytest.mark.usefixtures("tk_screen")
def test_a_group_in_the_window(tmp_path, monkeypatch):
    monkeypatch.setattr(
        Loop, "_pace", lambda *_: None
    )  # twelve seconds of the clip would take twelve seconds
    settings, corrections = LiveSettings(bars=False), Corrections(tmp_path / "corrections", "s")
    window = open_window("window", settings, EMOTIONS, corrections, tmp_path / "outputs")
    window._root.focus_force()
    group, table = DrawnGroup(), TableSink(tmp_path / "a.csv", EMOTIONS)
    chosen = []

    def advance():
        """In one of the frames point at the smallest face, click it, name it, and take a picture."""
        shown = window.actions.shown
        if shown.index != 5:
            return
        face = int(np.ptp(shown.faces.boxes_xyxy[:, 1::2], axis=1).argmin())
        chosen.append((int(shown.faces.track_ids[face]), shown.faces.boxes_xyxy))
        canvas = window._picture.canvas
        scale = canvas.winfo_width() / SIZE[0]
        x, y = (shown.faces.boxes_xyxy[face].reshape(2, 2).mean(axis=0) * scale).round().astype(int)
        for event in ("<Motion>", "<ButtonPress-1>", "<ButtonRelease-1>"):
            canvas.event_generate(event, x=x, y=y)
        for key in ("3", "s"):
            window._root.event_generate(f"<KeyPress-{key}>")
        window._root.update()

    Loop(group, group, Tracker(), [table], window, settings, None, None).run(advance)
    table.close()
    track, boxes = chosen[0]
    assert window.actions.choice.of(window.actions.shown.faces) is not None
    window.close()
    (content,) = [json.loads(path.read_text()) for path in (tmp_path / "corrections").glob("*.json")]
    first, *others = content["shapes"]
    assert (first["label"], [shape["label"] for shape in others]) == ("sad", ["face"] * (len(boxes) - 1))
    assert all(shape["flags"] == {"suggested": True} for shape in others)
    assert len(list((tmp_path / "outputs").glob("*.png"))) == 1
    with (tmp_path / "a.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert {int(row["frame"]) for row in rows} == set(range(60))
    where = {index: [float(row["x1"]) for row in rows if row["face"] == str(index)] for index in range(4)}
    assert (
        where[track][0] < SIZE[0] / 3 < 2 * SIZE[0] / 3 < where[track][-1]
    )  # walked behind two, is still the same
    assert max(np.ptp(where[index]) for index in where) == np.ptp(where[track])
