"""What a training says before it begins."""

from emo.config import build
from emo.report import describe_data
from tests.conftest import config, tiny
from tests.fakes import write_fakes


def described(folder, capsys, *overrides):
    data = build(config(*tiny(folder, folder / "logs", *overrides)).data)
    data.setup()
    describe_data(data)
    return " ".join(capsys.readouterr().out.split())


def test_the_memory_of_the_decoded_frames_is_told(tmp_path, capsys):
    write_fakes(tmp_path, people=3, no_face=0, unknown=0, crops=0, size=(400, 300))  # 15 frames of 0.36 MB
    assert described(tmp_path, capsys).endswith("their decoded frames take 5.4 MB of memory")
    half = described(tmp_path, capsys, "data.max_side=200")
    assert half.endswith("their decoded frames take 1.4 MB of memory")  # 15 of 200 x 150


def test_frames_beyond_the_budget_are_counted(tmp_path, capsys):
    write_fakes(tmp_path, people=3, no_face=0, unknown=0, crops=0, size=(400, 300))
    told = described(tmp_path, capsys, "data.cache_mb=3")  # 1 MB for each person's 5: room for 2
    assert "take 2.2 MB of memory; 9 of 15 exceed data.cache_mb=3 and are decoded every time" in told
    told = described(tmp_path, capsys, "data.cache_mb=0")
    assert "take 0.0 MB of memory; 15 of 15 exceed data.cache_mb=0" in told
