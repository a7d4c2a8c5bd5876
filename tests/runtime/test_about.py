import shutil
import subprocess
import sys

import pytest
import torch

from emo.errors import UserError
from emo.runtime.about import About, checkpoint_key


def test_there_and_back(tmp_path):
    about = About(("angry", "happy"), 64, "vgg16", "abc", "int8", {"presence": 0.5})
    assert About.loads(about.dumps(), tmp_path) == about


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"format": 1}', '{"format": 1, "classes": 3, "input_size": 2}']
)
def test_of_others_or_damaged(tmp_path, text):
    with pytest.raises(UserError, match="export it again"):
        About.loads(text, tmp_path / "x.onnx")


def test_of_a_newer_version(tmp_path):
    with pytest.raises(UserError, match="update emo"):
        About.loads('{"format": 2}', tmp_path / "x.onnx")


def test_the_key_follows_the_weights_not_the_name(tmp_path):
    one, other, copy = (tmp_path / name for name in ("one.ckpt", "other.ckpt", "copy.ckpt"))
    weights = torch.arange(100.0)
    torch.save({"w": weights}, one)
    torch.save({"w": weights}, other)
    shutil.copy(one, copy)
    assert checkpoint_key(one) == checkpoint_key(other) == checkpoint_key(copy)
    torch.save({"w": weights + 1}, other)
    assert checkpoint_key(one) != checkpoint_key(other)
    one.write_bytes(b"no archive")
    other.write_bytes(b"no archive either")
    assert checkpoint_key(one) != checkpoint_key(other)


def test_openvino_reports_to_nobody():
    """Its package for that is out of reach before it is imported, whichever module of ours comes first."""
    script = "import sys, emo.runtime.openvino_runtime; assert sys.modules['openvino_telemetry'] is None"
    subprocess.run([sys.executable, "-c", script], check=True)
