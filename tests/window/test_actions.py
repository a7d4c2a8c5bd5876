"""Keys and mouse without any window: what they set, and which files they leave."""

import cv2
import numpy as np
import pytest

from emo.data.labelme import DEFAULT_LABELS, read_photo
from emo.data.labels import LabelledFace
from emo.faces import EMOTIONS
from emo.live.state import LiveSettings
from emo.window.actions import KEYS, Actions
from tests.window.shown import faces_at, shown_of

NEAR, FAR = (10.0, 10.0, 70.0, 90.0), (100.0, 20.0, 130.0, 60.0)


def labelled(folder) -> dict[str, tuple[LabelledFace, ...]]:
    return {
        path.stem: read_photo(path, folder, DEFAULT_LABELS).faces for path in sorted(folder.glob("*.json"))
    }


@pytest.mark.parametrize(("key", "emotion"), [(str(n), name) for n, name in enumerate(EMOTIONS, 1)])
def test_a_digit_saves_the_face_with_its_emotion(actions, tmp_path, key, emotion):
    actions.update(shown_of(faces_at(NEAR), index=123))
    actions.press(key)
    assert labelled(tmp_path / "corrections") == {
        f"20261122-2015_000123_{emotion}": (LabelledFace(NEAR, emotion),)
    }
    assert emotion in actions.message.text
    assert actions.message.opacity == 1


def test_the_saved_frame_is_neither_mirrored_nor_drawn_upon(actions, tmp_path):
    actions.settings.mirror = True
    actions.update(shown_of(faces_at(NEAR)))
    actions.press("2")
    (file,) = (tmp_path / "corrections").glob("*.jpg")
    saved = cv2.imread(str(file))[..., ::-1].astype(int)
    assert np.abs(saved - actions.shown.frame).max() < 20
    assert labelled(tmp_path / "corrections")[file.stem][0].box_xyxy == NEAR


def test_zero_saves_a_picture_without_faces_and_u_takes_it_back(actions, tmp_path):
    actions.update(shown_of(faces_at(NEAR)))
    actions.press("0")
    assert list(labelled(tmp_path / "corrections").values()) == [()]
    actions.press("u")
    assert list((tmp_path / "corrections").iterdir()) == []
    assert "undone" in actions.message.text
    actions.press("u")
    assert actions.message.text == "nothing to undo"


def test_the_largest_face_is_meant_unless_another_is_clicked(actions, tmp_path):
    actions.update(shown_of(faces_at(FAR, NEAR, tracks=[7, 8])))
    assert actions.choice.of(actions.shown.faces) == 1
    actions.click(110, 30)
    assert actions.choice.of(actions.shown.faces) == 0
    # It moves, and so does its place among the faces: its track counts.
    actions.update(shown_of(faces_at(NEAR, (20.0, 80.0, 40.0, 110.0), tracks=[8, 7]), index=2))
    actions.press("3")
    (faces,) = labelled(tmp_path / "corrections").values()
    assert faces[0] == LabelledFace((20.0, 80.0, 40.0, 110.0), "sad")
    actions.update(shown_of(faces_at(NEAR, tracks=[8]), index=3))
    assert actions.choice.of(actions.shown.faces) == 0, "the clicked one has left"


def test_without_tracks_the_face_nearest_to_the_click_is_meant(actions):
    actions.update(shown_of(faces_at(NEAR, FAR)))
    actions.click(110, 30)
    assert actions.choice.of(actions.shown.faces) == 1
    actions.click(90, 110)
    assert actions.choice.of(actions.shown.faces) == 0, "a click beside all faces takes the choice back"


def test_the_face_nearest_to_the_pointer_is_meant_until_another_is_clicked(actions, tmp_path):
    actions.update(shown_of(faces_at(NEAR, FAR, tracks=[1, 2])))
    actions.choice.pointer = (98.0, 70.0)
    assert actions.choice.of(actions.shown.faces) == 1
    actions.press("3")
    (faces,) = labelled(tmp_path / "corrections").values()
    assert faces == (LabelledFace(FAR, "sad"), LabelledFace(NEAR, None, suggested=True))
    actions.click(30, 30)
    assert actions.choice.of(actions.shown.faces) == 0
    actions.choice.pointer = None
    actions.click(90, 110)
    assert actions.choice.of(actions.shown.faces) == 0, "the largest again"


def test_zero_rejects_the_chosen_face_and_keeps_the_others(actions, tmp_path):
    actions.update(shown_of(faces_at(NEAR, FAR, tracks=[1, 2])))
    actions.click(110, 30)
    actions.press("0")
    (faces,) = labelled(tmp_path / "corrections").values()
    assert faces == (LabelledFace(NEAR, None, suggested=True),)


def test_a_missed_face_is_drawn_by_hand(actions, tmp_path):
    actions.update(shown_of(faces_at(), index=4))
    actions.press("1")
    assert "drag a box" in actions.message.text
    actions.draw_box((90, 70), (20, 10))
    actions.update(shown_of(faces_at(NEAR), index=5))
    assert actions.shown.index == 4, "the picture stands still while a box is drawn"
    actions.press("1")
    actions.update(shown_of(faces_at(NEAR), index=6))
    assert actions.shown.index == 6
    assert labelled(tmp_path / "corrections") == {
        "20261122-2015_000004_angry": (LabelledFace((20, 10, 90, 70), "angry"),)
    }


def test_escape_drops_the_box_then_the_help_then_quits(actions):
    actions.update(shown_of(faces_at()))
    actions.draw_box((1, 1), (50, 50))
    actions.press("Escape")
    assert (actions.drawn_box, actions.closed) == (None, False)
    actions.press("h")
    actions.press("Escape")
    assert (actions.help, actions.closed) == (False, False)
    actions.press("Escape")
    assert actions.closed


def test_a_held_key_saves_once(actions, tmp_path, clock):
    for index in range(40):
        actions.update(shown_of(faces_at(NEAR), index=index))
        actions.press("2")
        clock.now += 0.6 if index == 0 else 0.04
    assert len(labelled(tmp_path / "corrections")) == 1
    clock.now += 1
    actions.press("2")
    assert len(labelled(tmp_path / "corrections")) == 2


@pytest.mark.parametrize(("key", "name"), [("space", "paused"), ("m", "mirror"), ("b", "bars")])
def test_switches(actions, key, name):
    before = getattr(actions.settings, name)
    actions.press(key)
    assert getattr(actions.settings, name) is not before
    actions.press(key.upper())
    assert getattr(actions.settings, name) is before


def test_record_names_a_new_file_and_stops(actions, tmp_path):
    actions.press("r")
    file = actions.settings.recording
    assert file.parent == tmp_path / "outputs"
    assert file.suffix == ".mp4"
    file.write_bytes(b"mine")
    actions.press("r")
    assert actions.settings.recording is None
    actions.press("r")
    assert actions.settings.recording != file


def test_snapshot_is_the_annotated_frame_unmirrored(actions, tmp_path):
    actions.settings.mirror, actions.settings.bars = True, False
    actions.update(shown_of(faces_at((90.0, 30.0, 140.0, 100.0))))
    actions.press("s")
    (file,) = (tmp_path / "outputs").iterdir()
    picture = cv2.imread(str(file))[..., ::-1]
    assert picture.shape == (120, 160, 3)
    assert tuple(picture[60, 10]) == (200, 30, 30), "the left is on the left"
    assert (picture[30:100, 85:95] != actions.shown.frame[30:100, 85:95]).any(), "the box is drawn"
    actions.press("s")
    assert len(list((tmp_path / "outputs").iterdir())) == 2


def test_errors_are_said_in_the_window(actions, tmp_path):
    (tmp_path / "corrections").write_text("mine")
    actions.update(shown_of(faces_at(NEAR)))
    actions.press("2")
    assert "not a folder" in actions.message.text
    (tmp_path / "outputs").write_text("mine")
    actions.press("s")
    assert "cannot be made" in actions.message.text


def test_keys_without_corrections_or_frame_do_no_harm(tmp_path):
    actions = Actions(LiveSettings(), EMOTIONS, None, tmp_path)
    for key in "0123456789usrmbh?":
        actions.press(key)
    actions.update(shown_of(faces_at(NEAR)))
    actions.press("2")
    assert actions.message.text == "corrections are switched off"


def test_the_help_names_every_key(actions):
    named = " ".join(key for key, _ in KEYS)
    assert all(key in named or key.isdecimal() or key == "escape" for key in actions._keys)


def test_messages_fade(actions, clock):
    actions.press("u")
    clock.now += 2.5
    assert 0 < actions.message.opacity < 1
    clock.now += 1
    assert actions.message.opacity == 0
