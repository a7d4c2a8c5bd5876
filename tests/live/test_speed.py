import re

import pytest

from emo.errors import ConfigError
from emo.faces import EMOTIONS
from emo.live.measuring import file_speed
from emo.live.speed import run
from emo.runtime.predictor import FacePredictor
from tests.runtime.test_predictor import Finder


def open_finder(checkpoint, classes, presence):
    return FacePredictor(Finder(), presence=presence)


def test_says_where_the_time_goes_and_how_late_frames_are_drawn(capsys, clip):
    run(open_finder, EMOTIONS, clip=str(clip), fps=30, seconds=0.5)
    without, drawn, camera = capsys.readouterr().out.splitlines()
    for line in (without, drawn):
        shares = [int(share) for share in re.findall(r"(\d+)%", line)]
        assert len(shares) == 5
        assert 97 <= sum(shares) <= 103
    assert "drawing 0%" in without
    assert "drawing 0%" not in drawn
    rate, median, late = [float(value) for value in re.findall(r"(\d+\.\d)", camera)]
    assert 0 < rate <= 36
    assert 0 < median <= late


def test_takes_apart_what_looks_for_one_face_alone(clip):
    class Other:
        classes = EMOTIONS

    with pytest.raises(ConfigError, match="benchmark=faces"):
        file_speed(Other(), str(clip), drawing=False)
