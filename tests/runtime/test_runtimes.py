import subprocess
import sys

import numpy as np
import pytest
import torch

from emo.drawn.clip import render_clip
from emo.model.looking import look
from emo.runtime import openvino_runtime
from emo.runtime.openvino_runtime import OpenVINORuntime, cache_folder, convert, converted
from emo.runtime.runtime import TOLERANCE
from emo.runtime.torch_runtime import TorchRuntime
from emo.view import View


@pytest.fixture(scope="module")
def frames():
    return [next(render_clip(seed, 1.0, 1, (160, 120)))[0] for seed in range(10, 16)]


@pytest.fixture(scope="module")
def views(frames):
    whole = [View.whole(160, 120).crop(frame, 64) for frame in frames]
    return np.stack([*whole, *(View(40, 10, 70).crop(frame, 64) for frame in frames)])


def test_pytorch_sees_what_training_sees(network, frames, views):
    seen = TorchRuntime(network).look(views[: len(frames)])
    with torch.inference_mode():
        trained = look(network, frames, [View.whole(160, 120)] * len(frames))
    boxes = View.whole(160, 120).to_frame(seen.boxes_xyxy).clip(0, [160, 120] * 2)
    np.testing.assert_allclose(boxes, trained.boxes_xyxy, atol=1e-3)
    np.testing.assert_allclose(seen.presence, trained.presence, atol=1e-5)
    np.testing.assert_allclose(seen.emotions, trained.emotions, atol=1e-5)


@pytest.mark.parametrize(
    ("kind", "precision"), [("openvino", "fp32"), ("openvino", "auto"), ("torch", "bf16"), ("torch", "fp32")]
)
def test_runtimes_agree(network, checkpoint, views, kind, precision):
    if kind == "openvino":
        runtime = OpenVINORuntime(converted(checkpoint), precision)
    else:
        runtime = TorchRuntime(network, "cpu", precision)
    expected = TorchRuntime(network).look(views)
    assert np.ptp(expected.emotions, axis=0).max() > 0.05  # it does see differences
    batches = (2,) if precision == "bf16" else (1, 5, len(views))  # bf16 is slow where it is emulated
    for batch in batches:
        for seen, truth in zip(runtime.look(views[:batch]), expected, strict=True):
            assert seen.shape == (batch, *truth.shape[1:])
            np.testing.assert_allclose(seen, truth[:batch], atol=TOLERANCE[runtime.precision])


def test_results_outlive_the_next_look(checkpoint, views):
    runtime = OpenVINORuntime(converted(checkpoint))
    first = runtime.look(views[:1])
    kept = [values.copy() for values in first]
    runtime.look(views[5:6])
    for values, before in zip(first, kept, strict=True):
        np.testing.assert_array_equal(values, before)


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))


@pytest.mark.usefixtures("cache")
def test_converted_once_and_without_pytorch_thereafter(checkpoint):
    converted(checkpoint)
    (folder,) = cache_folder().iterdir()
    script = (
        "import sys; from pathlib import Path; import numpy as np\n"
        "from emo.runtime.choose import open_runtime; from emo.faces import EMOTIONS\n"
        f"runtime = open_runtime(Path({str(checkpoint)!r}), EMOTIONS, 'openvino')\n"
        "runtime.look(np.zeros((1, 64, 64, 3), np.uint8)); assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", script], check=True)
    assert list(cache_folder().iterdir()) == [folder]


@pytest.mark.usefixtures("cache")
def test_damaged_cache_is_made_again(checkpoint, views):
    before = OpenVINORuntime(converted(checkpoint)).look(views)
    (folder,) = cache_folder().iterdir()
    (folder / "network.xml").write_text("<net")
    for _ in range(2):
        np.testing.assert_allclose(
            OpenVINORuntime(converted(checkpoint)).look(views)[0], before[0], atol=1e-5
        )


@pytest.mark.usefixtures("cache")
def test_cache_does_not_grow_for_ever(checkpoint, monkeypatch):
    model = convert(checkpoint)
    monkeypatch.setattr(openvino_runtime, "convert", lambda path: model)
    monkeypatch.setattr(openvino_runtime, "_KEPT", 2)
    for number in range(4):
        monkeypatch.setattr(openvino_runtime, "_FORMAT", str(number))
        converted(checkpoint)
    assert len(list(cache_folder().iterdir())) == 2


def test_goes_without_a_cache(checkpoint, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setattr(openvino_runtime, "cache_folder", lambda: tmp_path / "file" / "folder")
    model = OpenVINORuntime(converted(checkpoint))
    assert model.input_size == 64
