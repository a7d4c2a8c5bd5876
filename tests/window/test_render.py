"""The picture in the window, without any window."""

import numpy as np
import pytest

from emo.drawing import draw_faces, emotion_colour
from emo.faces import EMOTIONS
from emo.window.fit import MARGIN, Fit
from emo.window.plate import plate
from emo.window.render import render
from tests.window.shown import faces_at, shown_of

NEAR = (20.0, 40.0, 60.0, 100.0)


def quiet(actions):
    actions.settings.bars = False
    return actions


@pytest.mark.parametrize("mirror", [False, True])
@pytest.mark.parametrize("window", [(640, 480), (900, 300), (200, 700), (33, 900)])
@pytest.mark.parametrize("frame", [(160, 120), (120, 160), (3840, 2160), (1, 1)])
def test_the_frame_fits_with_its_aspect_ratio(frame, window, mirror):
    fit = Fit(frame, window, mirror)
    width, height = fit.size
    assert (width, height) == pytest.approx((frame[0] * fit.scale, frame[1] * fit.scale), abs=1)
    assert width == window[0] or height == window[1], "it is as large as it can be"
    assert width <= window[0]
    assert height <= window[1]
    picture = fit.picture(np.full((frame[1], frame[0], 3), 200, np.uint8))
    assert picture.shape == (window[1], window[0], 3)
    assert ((picture == 200).all(axis=2).sum(), (picture == MARGIN).all(axis=2).sum()) == (
        width * height,
        window[0] * window[1] - width * height,
    )


@pytest.mark.parametrize("mirror", [False, True])
def test_a_point_of_the_window_is_that_of_the_frame(mirror):
    fit = Fit((160, 120), (1000, 480), mirror)
    x1, y1, x2, y2 = fit.boxes(np.array([[20.0, 40.0, 60.0, 100.0]]))[0]
    corners = [fit.to_frame(x1, y1), fit.to_frame(x2, y2)]
    assert sorted(x for x, _ in corners) == pytest.approx([20, 60], abs=0.01)
    assert sorted(y for _, y in corners) == pytest.approx([40, 100], abs=0.01)
    assert fit.to_frame(-50, 1e6) in [(0, 120), (160, 120)], "beside the frame: its edge"


def test_mirrored_the_picture_turns_around_and_its_texts_do_not(actions):
    quiet(actions).settings.mirror = True
    actions.update(shown_of(faces_at(NEAR)))
    picture = render(actions, (640, 480))
    assert tuple(picture[470, 10]) == (30, 30, 200), "the right of the frame is on the left"
    assert tuple(picture[470, 630]) == (200, 30, 30)
    frame = Fit((160, 120), (640, 480), True).picture(actions.shown.frame)
    expected = draw_faces(frame, faces_at((400.0, 160.0, 560.0, 400.0)), EMOTIONS)
    np.testing.assert_array_equal(picture, expected)


def contains(picture, text, height, ground) -> bool:
    patch = plate(text, height, ground)
    windows = np.lib.stride_tricks.sliding_window_view(picture, patch.shape)[:, :, 0]
    corner = (windows[:, :, 0, 0] == patch[0, 0]).all(axis=2)
    return any((windows[y, x] == patch).all() for y, x in np.argwhere(corner))


def test_it_says_when_there_is_no_face(actions):
    actions.update(shown_of(faces_at()))
    assert contains(render(actions, (320, 240)), "no face", 9, (200, 200, 200))
    actions.update(shown_of(faces_at(NEAR)))
    assert not contains(render(actions, (320, 240)), "no face", 9, (200, 200, 200))


def test_a_note_of_the_loop_stays_while_a_message_fades(actions, clock):
    actions.update(shown_of(faces_at(NEAR), note="camera lost"))
    actions.press("2")
    with_both = render(actions, (640, 480))
    clock.now += 60
    with_note = render(actions, (640, 480))
    assert contains(with_note, "camera lost", 17, (213, 94, 0))
    assert (with_both != with_note).any()


@pytest.mark.parametrize("size", [(320, 240), (200, 900), (700, 480)])
def test_a_long_message_is_whole(actions, size):
    actions.update(shown_of(faces_at()))
    actions.message.say("x" * 30 + " /a/rather/long/folder/" + "name" * 12 + ": cannot be written")
    picture = render(actions, size)
    rows, columns = (picture == (230, 230, 230)).all(axis=2).nonzero()
    assert len(set(rows)) > 2 * 9, "more than one line"
    assert columns.max() < size[0] - 2, "none is cut off"


def test_the_chosen_one_of_several_is_marked(actions):
    near, far = (10.0, 30.0, 60.0, 100.0), (100.0, 40.0, 130.0, 80.0)
    quiet(actions).update(shown_of(faces_at(near, far)))
    first = render(actions, (640, 480))
    actions.click(110, 50)
    assert (render(actions, (640, 480)) != first).any()
    actions.update(shown_of(faces_at(near)))
    alone = render(actions, (640, 480))
    actions.click(30, 50)
    np.testing.assert_array_equal(render(actions, (640, 480)), alone), "one face needs no mark"


def test_no_box_crosses_a_label_out(actions):
    """Neither the neighbour's nor the ring around the chosen one."""
    near, far = (60.0, 30.0, 120.0, 110.0), (40.0, 40.0, 57.0, 70.0)
    quiet(actions).update(shown_of(faces_at(near, far, emotion="neutral", tracks=[0, 1])))
    picture = render(actions, (640, 480))
    for label in ("#0 neutral 80%", "#1 neutral 80%"):
        assert contains(picture, label, 17, emotion_colour("neutral")), label


@pytest.mark.parametrize("size", [(640, 480), (1280, 600), (320, 240)])
def test_the_help_has_two_columns(actions, size):
    shown = shown_of(faces_at(), left=(0, 0, 0))
    shown.frame[:] = 0
    actions.update(shown)
    actions.press("h")
    picture = render(actions, size)
    ink = (picture[24:] > 60).any(axis=(0, 2))  # below "no face"
    first, last = ink.nonzero()[0][[0, -1]]
    assert 0 < first
    assert last < size[0] - 1, "nothing is cut off"
    gap = max(len(blank) for blank in "".join(" x"[int(used)] for used in ink[first:last]).split("x"))
    assert gap >= 6, "between the keys and what they do"


@pytest.mark.parametrize(("box", "side"), [((60.0, 10.0, 100.0, 60.0), "left"), (NEAR, "right")])
def test_bars_are_below_and_beside_the_face(actions, box, side):
    actions.settings.mirror = False
    actions.update(shown_of(faces_at(box, emotion="sad")))
    with_bars = render(actions, (640, 480))
    actions.press("b")
    without = render(actions, (640, 480))
    changed = np.argwhere((with_bars != without).any(axis=2))
    assert changed[:, 0].min() > 300, "they are below"
    if side == "left":
        assert changed[:, 1].max() < 320
    else:
        assert changed[:, 1].min() > 320


@pytest.mark.parametrize("size", [(2, 2), (40, 30), (150, 40)])
def test_the_smallest_windows_do_not_break_it(actions, size):
    actions.update(shown_of(faces_at(NEAR), note="camera lost, reconnecting"))
    for key in ("2", "h", "r", "space"):
        actions.press(key)
        assert render(actions, size).shape == (size[1], size[0], 3)


def test_without_a_frame_there_is_nothing_to_draw(actions):
    with pytest.raises(ValueError, match="no frame yet"):
        render(actions, (640, 480))
