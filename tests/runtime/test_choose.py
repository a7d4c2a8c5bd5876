import os

import numpy as np
import pytest
import torch

from emo.errors import UserError
from emo.faces import EMOTIONS
from emo.runtime import choose
from emo.runtime.choose import measure, newest_checkpoint, open_runtime
from tests.runtime.conftest import save_network, small_network


def touch(path, age):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"")
    os.utime(path, (1e9 - age, 1e9 - age))
    return path


def test_takes_the_newest_best(tmp_path):
    touch(tmp_path / "version_0/best.ckpt", 300)
    newest = touch(tmp_path / "mine/best.ckpt", 200)
    touch(tmp_path / "version_2/last.ckpt", 100)
    touch(tmp_path / "reference/best.ckpt", 0)
    assert newest_checkpoint(tmp_path, tmp_path) == newest


def test_else_the_shipped_one_else_says_what_to_do(tmp_path):
    with pytest.raises(UserError, match="make train"):
        newest_checkpoint(tmp_path / "none", tmp_path)
    shipped = touch(tmp_path / "reference/best.ckpt", 0)
    touch(tmp_path / "reference_reader/best.ckpt", 0)
    assert newest_checkpoint(tmp_path / "none", tmp_path) == shipped


@pytest.mark.parametrize("runtime", ["auto", "openvino", "torch"])
def test_opens_by_any_runtime(checkpoint, runtime):
    opened = open_runtime(checkpoint, EMOTIONS, runtime)
    assert opened.classes == EMOTIONS
    assert measure(opened) > 0
    assert opened.name.startswith("PyTorch" if runtime == "torch" else "OpenVINO")


def test_auto_goes_without_openvino(checkpoint, monkeypatch):
    monkeypatch.setattr(choose.importlib.util, "find_spec", lambda name: None)
    assert open_runtime(checkpoint, EMOTIONS).name == "PyTorch on the CPU"
    with pytest.raises(UserError, match="pip install openvino"):
        open_runtime(checkpoint, EMOTIONS, "openvino")


@pytest.mark.parametrize("runtime", ["openvino", "torch"])
def test_checkpoints_that_do_not_serve_say_so_in_one_line(tmp_path, checkpoint, runtime):
    cut = tmp_path / "cut.ckpt"
    cut.write_bytes(checkpoint.read_bytes()[:5000])
    other = tmp_path / "other.ckpt"
    torch.save({"state_dict": {}}, other)
    seven = save_network(tmp_path / "seven.ckpt", small_network((*EMOTIONS, "fear", "disgust")))
    cases = {
        cut: "cut short",
        other: "not one of emo's",
        seven: r"\[angry,.*,disgust\]",
        tmp_path / "no": "no such",
    }
    for path, words in cases.items():
        with pytest.raises(UserError, match=words) as error:
            open_runtime(path, EMOTIONS, runtime)
        assert str(error.value).startswith(str(path))
        assert "\n" not in str(error.value)
    assert open_runtime(seven, (*EMOTIONS, "fear", "disgust"), runtime).classes[-1] == "disgust"


def test_settings_that_do_not_exist(checkpoint):
    for wrong in (
        {"runtime": "tensorrt"},
        {"precision": "int4"},
        {"runtime": "openvino", "precision": "fp16"},
    ):
        with pytest.raises(UserError):
            open_runtime(checkpoint, EMOTIONS, **wrong)


def test_network_whose_training_failed(tmp_path):
    network = small_network()
    torch.nn.init.constant_(network.box_head[-1].weight, np.nan)
    runtime = open_runtime(save_network(tmp_path / "nan.ckpt", network), EMOTIONS, "torch")
    with pytest.raises(UserError, match="not finite"):
        measure(runtime)
