import json
import shutil
import subprocess
import sys

import numpy as np
import pytest

from emo.errors import UserError
from emo.exporting import run
from emo.exporting.parity import Parity
from emo.exporting.run import export
from emo.faces import EMOTIONS
from emo.runtime import openvino_runtime
from emo.runtime.about import checkpoint_key
from emo.runtime.choose import open_runtime
from emo.runtime.openvino_runtime import about_of, quantised
from emo.runtime.runtime import TOLERANCE
from emo.runtime.silent import ov
from emo.runtime.torch_runtime import TorchRuntime
from tests.conftest import ROOT
from tests.exporting.conftest import THRESHOLDS, fake_views, tiny_network, write_checkpoint

pytest.importorskip("onnx")
pytest.importorskip("nncf")

FILES = {"onnx": "best.onnx", "openvino": "best.xml", "int8": "best_int8.xml"}


@pytest.mark.parametrize("to", FILES)
def test_says_what_the_checkpoint_says_for_any_batch(exported, network, to):
    views = fake_views(7)
    expected = TorchRuntime(network).look(views)
    assert np.ptp(expected.emotions, axis=0).max() > 0.2  # it does see differences
    runtime = open_runtime(exported / FILES[to], EMOTIONS, precision="fp32")
    assert runtime.precision == ("int8" if to == "int8" else "fp32")
    for batch in (1, 7):
        for seen, true in zip(runtime.look(views[:batch]), expected, strict=True):
            assert seen.shape == (batch, *true.shape[1:])
            np.testing.assert_allclose(seen, true[:batch], atol=0.25 if to == "int8" else TOLERANCE["fp32"])


@pytest.mark.parametrize("to", FILES)
def test_the_file_says_what_it_is(exported, to):
    about = about_of(exported / FILES[to])
    assert (about.classes, about.input_size, about.backbone) == (EMOTIONS, 32, "vgg11_bn")
    assert about.checkpoint == checkpoint_key(exported / "best.ckpt")
    assert (about.precision, about.thresholds) == ("int8" if to == "int8" else "fp32", THRESHOLDS)


@pytest.mark.parametrize("to", FILES)
def test_batch_norm_is_gone(exported, to):
    kinds = [op.get_type_name() for op in ov.Core().read_model(exported / FILES[to]).get_ops()]
    assert kinds.count("Convolution") == 8
    assert not [kind for kind in kinds if "BatchNorm" in kind]


def test_int8_is_int8(exported):
    report = json.loads((exported / "best_int8.xml.json").read_text())
    assert 0 < report["int8_layers"] <= report["layers"] == 12
    assert (exported / "best_int8.bin").stat().st_size < 0.4 * (exported / "best.bin").stat().st_size


def test_report_compares(exported):
    report = json.loads((exported / "best.onnx.json").read_text())
    assert report["checkpoint"] == "best.ckpt"
    assert max(report["largest_difference"].values()) < 1e-3
    assert report["changed_labels"] == {"presence": 0, "emotion": 0}
    assert (
        set(report["before"]) == set(report["after"]) == {"presence_accuracy", "emotion_accuracy", "box_iou"}
    )
    assert report["views"] > 10


@pytest.mark.parametrize("to", FILES)
def test_demo_runs_it_without_pytorch_and_lightning(exported, tmp_path, to, photos):
    table = tmp_path / "faces.csv"
    arguments = [f"checkpoint={exported / FILES[to]}", f"source={photos}", "display=none", f"table={table}"]
    script = (
        "import runpy, sys\n"
        f"sys.argv = ['demo.py', *{arguments!r}]\n"
        f"runpy.run_path({str(ROOT / 'demo.py')!r}, run_name='__main__')\n"
        "heavy = {'torch', 'lightning', 'torchvision', 'albumentations', 'nncf', 'onnx'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert len(table.read_text().splitlines()) > 20
    assert ("int8" in done.stdout) == (to == "int8")


def test_onnx_runtime_runs_it_too(exported):
    pytest.importorskip("onnxruntime")
    views = fake_views(3)
    ours = open_runtime(exported / "best.onnx", EMOTIONS, "onnxruntime")
    other = open_runtime(exported / "best.onnx", EMOTIONS, "openvino", "fp32")
    for seen, expected in zip(ours.look(views), other.look(views), strict=True):
        np.testing.assert_allclose(seen, expected, atol=1e-4)


def test_auto_takes_int8_made_of_this_checkpoint(exported, tmp_path, monkeypatch):
    folder = shutil.copytree(exported, tmp_path / "run")
    checkpoint = folder / "best.ckpt"
    monkeypatch.setattr(openvino_runtime, "has_bf16", lambda: False)
    assert open_runtime(checkpoint, EMOTIONS).precision == "int8"
    assert open_runtime(checkpoint, EMOTIONS, precision="fp32").precision == "fp32"
    assert open_runtime(checkpoint, EMOTIONS, "openvino").precision == "fp32"
    monkeypatch.setattr(openvino_runtime, "has_bf16", lambda: True)
    monkeypatch.setattr(openvino_runtime, "converted", lambda path: exported / "best.xml")
    assert open_runtime(checkpoint, EMOTIONS).precision == "bf16"
    assert quantised(checkpoint) is not None
    (folder / "best_int8.xml").write_text("<net")
    assert quantised(checkpoint) is None
    shutil.copy(exported / "best_int8.xml", folder)
    write_checkpoint(checkpoint, tiny_network(seed=1))  # trained on since
    assert quantised(checkpoint) is None


def test_nothing_is_overwritten(exported, dataset):
    checkpoint = str(exported / "best.ckpt")
    for to in FILES:
        with pytest.raises(UserError, match="overwrite=true"):
            export(to, dataset, EMOTIONS, THRESHOLDS, checkpoint)
    before = (exported / "best.xml").stat().st_mtime_ns
    export("openvino", dataset, EMOTIONS, THRESHOLDS, checkpoint, overwrite=True)
    assert (exported / "best.xml").stat().st_mtime_ns > before


def test_lost_accuracy_is_refused(network, dataset, tmp_path, monkeypatch):
    checkpoint = str(write_checkpoint(tmp_path / "best.ckpt", network))
    worse = Parity(9, {"boxes": 0.1}, {"emotion": 1}, {"emotion_accuracy": 0.80}, {"emotion_accuracy": 0.78})
    monkeypatch.setattr(run, "_measure", lambda *_: worse)
    with pytest.raises(UserError, match=r"lose 2\.00 points.*force=true"):
        export("openvino", dataset, EMOTIONS, THRESHOLDS, checkpoint)
    assert [path.name for path in tmp_path.iterdir()] == ["best.ckpt"]
    export("openvino", dataset, EMOTIONS, THRESHOLDS, checkpoint, force=True)
    assert json.loads((tmp_path / "best.xml.json").read_text())["lost"] == pytest.approx(0.02)


@pytest.mark.parametrize(("to", "package"), [("onnx", "onnxscript"), ("int8", "nncf")])
def test_missing_packages_are_named(network, dataset, tmp_path, monkeypatch, to, package):
    checkpoint = str(write_checkpoint(tmp_path / "best.ckpt", network))
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(UserError, match=r"pip install -e '\.\[export\]'") as error:
        export(to, dataset, EMOTIONS, THRESHOLDS, checkpoint)
    assert "\n" not in str(error.value)


def test_wrong_wishes_end_in_a_line(exported, dataset, tmp_path):
    checkpoint = str(exported / "best.ckpt")
    wrong = [
        ({"to": "tflite"}, "must be one of"),
        ({"to": "onnx", "output": str(tmp_path / "a.xml")}, r"ends in \.onnx"),
        ({"to": "onnx", "output": str(tmp_path / "no" / "a.onnx")}, "there is no folder"),
        ({"to": "onnx", "checkpoint": str(exported / "best.xml")}, "exported already"),
        ({"to": "onnx", "checkpoint": str(tmp_path / "no.ckpt")}, "no such checkpoint"),
    ]
    for wish, words in wrong:
        arguments = {"checkpoint": checkpoint, **wish}
        with pytest.raises(UserError, match=words):
            export(read=dataset, classes=EMOTIONS, thresholds=THRESHOLDS, **arguments)


def test_files_that_do_not_serve_say_so_in_one_line(exported, tmp_path):
    cut = tmp_path / "cut.onnx"
    cut.write_bytes((exported / "best.onnx").read_bytes()[:5000])
    bare = tmp_path / "bare.xml"  # without its weights
    shutil.copy(exported / "best.xml", bare)
    cases = [
        (cut, "openvino"),
        (cut, "onnxruntime"),
        (bare, "openvino"),
        (bare, "onnxruntime"),
        (bare, "torch"),
    ]
    cases.append((exported, "auto"))  # a folder with two networks
    for path, runtime in cases:
        with pytest.raises(UserError) as error:
            open_runtime(path, EMOTIONS, runtime)
        assert str(error.value).startswith(str(path))
        assert "\n" not in str(error.value)
