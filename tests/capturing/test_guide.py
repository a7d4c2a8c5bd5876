"""The guide on drawn frames: what it keeps, what it drops, and how it goes on after an interruption."""

import re
from dataclasses import replace

import cv2
import numpy as np
import pytest

from emo.capturing.guide import Guide, Pace
from emo.capturing.plan import NO_FACE, Plan, clean_name, proposed_session
from emo.data.folder import read_folder
from emo.data.images import load_image
from emo.data.labels import LabelSet
from emo.drawn.clip import render_clip
from emo.errors import UserError
from emo.faces import EMOTIONS

FPS = 10
QUICK = Pace(countdown=0.5, every=0.2, patience=2.0, sharpness=0.3, difference=0.5)


@pytest.fixture(scope="module")
def clip():
    return list(render_clip(seed=3, seconds=6, fps=FPS, size=(320, 240)))


@pytest.fixture
def plan(tmp_path) -> Plan:
    return Plan(tmp_path / "mine", "anna", "1", EMOTIONS, photos=2, no_face=1)


def run(guide: Guide, frames, start: int = 0) -> list:
    return [guide.step(frame, (start + index) / FPS) for index, frame in enumerate(frames)]


def pixels(clip) -> list[np.ndarray]:
    return [frame for frame, _ in clip]


def truth(clip):
    boxes = {frame.tobytes(): faces[0].box_xyxy for frame, faces in clip}
    return lambda frame: boxes[frame.tobytes()]


def names(folder) -> list[str]:
    return sorted(path.name for path in folder.glob("*.jpg"))


def test_a_session_ends_with_every_photo_labelled(clip, plan):
    guide = Guide(plan, truth(clip), QUICK)
    cues = run(guide, pixels(clip))
    assert guide.done
    assert cues[-1].wanted_in_all == 0
    assert names(plan.folder) == sorted(
        [f"anna_s1_{name}_{number:03d}.jpg" for name in EMOTIONS for number in (1, 2)]
        + ["anna_s1_noface_001.jpg"]
    )
    photos = read_folder(plan.folder, LabelSet(EMOTIONS)).photos
    boxes = {box for _, faces in clip for box in [tuple(np.round(faces[0].box_xyxy, 3))]}
    for photo in photos:
        faces = photo.labelled.faces
        if NO_FACE in photo.name:
            assert faces == ()
            continue
        (face,) = faces
        assert face.suggested
        assert face.emotion in photo.name
        assert tuple(np.round(face.box_xyxy, 3)) in boxes, "the box is that of the frame that was kept"


def test_168_photos_are_four_sessions_in_under_ten_minutes(clip, plan):
    """By the usual pace, and the time that the frames say."""
    guide = Guide(replace(plan, photos=8, no_face=4), truth(clip), Pace())
    there_and_back, index = [*pixels(clip), *pixels(clip)[::-1]], 0
    while not guide.done and index < 600 * FPS:
        guide.step(there_and_back[index % len(there_and_back)], index / FPS)
        index += 1
    assert len(guide.saved) == 44
    assert 4 * index / FPS < 600


def test_each_label_begins_with_a_countdown(clip, plan):
    cues = run(Guide(plan, truth(clip), QUICK), pixels(clip)[:6])
    assert [cue.countdown for cue in cues] == [1, 1, 1, 1, 1, 0]
    assert [cue.saved is None for cue in cues] == [True] * 5 + [False]
    assert cues[0].wanted == 2
    assert cues[0].wanted_in_all == 11
    assert cues[-1].wanted == 1


def test_an_interrupted_session_goes_on_where_it_was(clip, plan):
    first = Guide(plan, truth(clip), QUICK)
    run(first, pixels(clip)[:20])
    had = names(plan.folder)
    assert 0 < len(had) < 11
    # What a kill between image and labelme file leaves behind is no photo, and it is not overwritten.
    plan.folder.joinpath("anna_s1_sad_001.jpg").write_bytes(b"half")
    second = Guide(plan, truth(clip), QUICK)
    assert sum(second.wanted.values()) == 11 - len(had)
    assert proposed_session(plan) == "1", "it is not complete"
    run(second, pixels(clip))
    assert second.done
    assert plan.folder.joinpath("anna_s1_sad_001.jpg").read_bytes() == b"half"
    assert {"anna_s1_sad_002.jpg", "anna_s1_sad_003.jpg"} <= set(names(plan.folder))
    assert Guide(plan, truth(clip), QUICK).done


def test_other_people_and_sessions_are_not_counted(clip, plan):
    run(Guide(plan, truth(clip), QUICK), pixels(clip))
    again = Plan(plan.folder, "anna", "2", EMOTIONS, 2, 1)
    assert sum(Guide(again, truth(clip), QUICK).wanted.values()) == 11
    assert proposed_session(plan) == "2"
    assert proposed_session(replace(plan, person="ben")) == "1"
    for name in names(plan.folder):
        assert re.match(r"^([^_]+)_", name)[1] == "anna"
        assert re.match(r"^([^_]+_[^_]+)_", name)[1] == "anna_s1"


def test_a_standing_picture_gives_one_photo_and_then_gives_up(clip, plan):
    guide = Guide(plan, truth(clip), QUICK)
    cues = run(guide, [pixels(clip)[0]] * 40)
    assert names(plan.folder)[:1] == ["anna_s1_angry_001.jpg"]
    assert "anna_s1_angry_002.jpg" not in names(plan.folder)
    assert guide.wanted["angry"] == 1
    assert guide.alike > 5
    assert any("move a little" in cue.hint for cue in cues)
    assert any(cue.label == "happy" for cue in cues), "patience ends"


def test_blurred_frames_are_dropped(clip, plan):
    frames = pixels(clip)
    blurred = [cv2.GaussianBlur(frame, (0, 0), 4) for frame in frames]
    guide = Guide(plan, lambda _: (120.0, 60.0, 200.0, 160.0), replace(QUICK, countdown=0.95))
    # Sharp frames while counting down, then one sharp frame among many blurred ones.
    cues = run(guide, frames[:10] + blurred[10:20] + frames[20:21])
    kept = [index for index, cue in enumerate(cues) if cue.saved]
    assert guide.blurred == 10
    assert kept == [20]
    assert np.abs(load_image(cues[20].saved.image).astype(int) - frames[20]).mean() < 4


def test_without_a_model_the_box_is_in_the_middle_and_a_suggestion(clip, plan):
    guide = Guide(plan, lambda _: None, QUICK)
    cues = run(guide, pixels(clip)[:8])
    (photo,) = [photo for _, photo in guide.saved][:1]
    x1, y1, x2, y2 = photo.faces[0].box_xyxy
    assert photo.faces[0].suggested
    assert (x1 + x2) / 2 == pytest.approx(160)
    assert 0 < y1 < y2 < 240
    assert "no face found" in cues[0].hint


def test_a_pause_saves_nothing_and_counts_down_again(clip, plan):
    guide = Guide(plan, truth(clip), QUICK)
    guide.paused = True
    assert all(cue.saved is None for cue in run(guide, pixels(clip)[:20]))
    guide.paused = False
    cues = run(guide, pixels(clip)[20:], start=20)
    assert cues[0].countdown == 1
    assert cues[10].saved or guide.saved


def test_a_burst_can_be_taken_again(clip, plan):
    guide = Guide(plan, truth(clip), QUICK)
    run(guide, pixels(clip)[:12])
    assert guide.wanted["angry"] == 0
    guide.retake()
    assert names(plan.folder) == []
    assert guide.wanted["angry"] == 2
    cues = run(guide, pixels(clip)[12:], start=12)
    assert cues[0].label == "angry"
    assert cues[0].countdown == 1
    guide.retake()


def test_a_skipped_label_is_asked_for_the_next_time(clip, plan):
    guide = Guide(plan, truth(clip), QUICK)
    guide.skip()
    run(guide, pixels(clip))
    assert guide.done
    assert {label: count for label, count in guide.wanted.items() if count} == {"angry": 2}
    assert [label for label, count in Guide(plan, truth(clip), QUICK).wanted.items() if count] == ["angry"]


@pytest.mark.parametrize(
    ("text", "name"), [("ANNA", "anna"), ("Jean_Luc P.", "jean-luc-p"), ("../Zoë", "zoë")]
)
def test_names_of_people_become_names_of_files(text, name):
    assert clean_name(text) == name


def test_a_name_of_signs_only_is_refused():
    with pytest.raises(UserError, match="person"):
        clean_name("../_")
