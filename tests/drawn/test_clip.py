from functools import cache
from itertools import pairwise

import numpy as np
import pytest

from emo.drawn.acting import SCRIPTS
from emo.drawn.clip import Clip, render_clip
from emo.faces import EMOTIONS

SMALL = (160, 120)


@cache
def truth(script, seed=1, seconds=6.0, fps=6):
    return list(Clip(seed, seconds, fps, SMALL, script).truth())


def test_clip_is_seeded():
    one, same = (list(render_clip(4, 0.5, 10, SMALL)) for _ in range(2))
    assert len(one) == 5
    for (image, faces), (again, faces_again) in zip(one, same, strict=True):
        np.testing.assert_array_equal(image, again)
        assert faces == faces_again
        assert image.shape == (120, 160, 3)
        assert image.dtype == np.uint8


def test_one_person_shows_every_emotion_and_moves_smoothly():
    frames = truth("expressions")
    assert all(len(faces) == 1 for faces in frames)
    assert {faces[0].person for faces in frames} == {frames[0][0].person}
    assert {faces[0].emotion for faces in frames} == set(EMOTIONS)
    assert frames[0][0].emotion == frames[-1][0].emotion == "neutral"
    boxes = np.array([faces[0].box_xyxy for faces in frames])
    steps = np.abs(np.diff(boxes, axis=0))
    assert steps.max() < 12  # pixels in a sixth of a second
    assert steps.max() > 0.3  # but it moves


def test_emotions_hold_and_do_not_flicker():
    names = [faces[0].emotion for faces in truth("expressions")]
    changes = sum(one != other for one, other in pairwise(names))
    assert changes == 5  # neutral, the four others, neutral


def test_the_face_leaves_and_comes_back():
    there = [len(faces) for faces in truth("leaves")]
    assert there[0] == there[-1] == 1
    assert 0 in there
    first, last = there.index(0), len(there) - there[::-1].index(0)
    assert there[first:last] == [0] * (last - first)  # away once, without flicker
    assert 0.1 * len(there) < last - first < 0.6 * len(there)


def test_boxes_stay_inside_while_leaving():
    for faces in truth("leaves", seed=2):
        for face in faces:
            x1, y1, x2, y2 = face.box_xyxy
            assert 0 <= x1 < x2 <= 160
            assert 0 <= y1 < y2 <= 120


def test_people_cross_and_keep_their_numbers():
    frames = truth("crossing", fps=4)
    counts = [len(faces) for faces in frames]
    assert counts[0] == counts[-1] == 3
    ids = {face.person for faces in frames for face in faces}
    assert len(ids) == 3
    crossed = 0
    for one in ids:
        middles = [sum(f.box_xyxy[::2]) / 2 for faces in frames for f in faces if f.person == one]
        crossed += abs(middles[-1] - middles[0]) > 60
        assert np.abs(np.diff(middles)).max() < 90  # hidden ones come back on the other side
    assert crossed == 2
    assert min(counts) < 3  # somebody is hidden for a while


def test_unknown_script_is_named():
    with pytest.raises(ValueError, match="dancing"):
        Clip(0, 1.0, script="dancing")


@pytest.mark.parametrize("script", SCRIPTS)
def test_the_truth_is_that_of_the_pictures(script):
    clip = Clip(3, 1.0, 2, SMALL, script)
    assert [faces for _, faces in clip.render()] == list(clip.truth())


@pytest.mark.parametrize("seed", [1, 2])
def test_in_a_group_each_walker_is_hidden_for_about_a_second_and_one_leaves(seed):
    fps, seconds = 5, 12.0
    frames = list(Clip(seed, seconds, fps, (640, 480), "group").truth())
    first, second, staying, leaving = sorted({face.person for faces in frames for face in faces})
    seen = {who: [any(face.person == who for face in faces) for faces in frames] for who in (first, second)}
    for who in (first, second):
        gaps = "".join(".x"[visible] for visible in seen[who]).strip("x").split("x")
        assert 0.6 < max(map(len, gaps)) / fps < 2.0
        assert seen[who][0]
        assert seen[who][-1]
    assert all(any(face.person == staying for face in faces) for faces in frames)
    away = [not any(face.person == leaving for face in faces) for faces in frames]
    assert 2 < sum(away) / fps < 6
    assert not away[-1]


@pytest.mark.parametrize("script", SCRIPTS)
def test_every_script_renders_any_length_and_rate(script):
    assert len(list(render_clip(9, 0.12, 25, (96, 64), script))) == 3
