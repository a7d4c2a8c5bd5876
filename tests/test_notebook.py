"""notebooks/quickstart.ipynb: kept clean, readable for a student, and it runs."""

import ast
import base64
import io
import json
import os
import shutil
import sys
import types
import zipfile

import nbformat
import numpy as np
import PIL.Image
import pytest
from IPython.core.inputtransformer2 import TransformerManager
from nbclient import NotebookClient

from tests.conftest import ROOT

NOTEBOOK = ROOT / "notebooks" / "quickstart.ipynb"
WEBCAM = "webcam"
SHORT = (
    "model=mobilenet_v3_small model.input_size=64 model.hidden=16 model.weights=random frozen_epochs=0 data.copies=1 "
    "data.batch_size=8 data.workers=0 trainer.max_epochs=1 ++trainer.limit_train_batches=2 trainer.accelerator=cpu "
    "trainer.precision=32-true bootstrap=4"
)


def read():
    return nbformat.read(NOTEBOOK, as_version=4)


def code_cells():
    return [cell for cell in read().cells if cell.cell_type == "code"]


def tags(cell):
    return cell.metadata.get("tags", [])


def python(cell):
    """The cell's source without what only IPython understands."""
    return TransformerManager().transform_cell(cell.source)


def sources():
    return {cell.id: python(cell) for cell in code_cells()}


def test_it_is_a_valid_notebook():
    notebook = read()
    nbformat.validate(notebook)
    assert notebook.metadata.kernelspec.name == "python3"
    assert len({cell.id for cell in notebook.cells}) == len(notebook.cells)


def test_it_is_kept_without_outputs():
    for cell in code_cells():
        assert cell.outputs == []
        assert cell.execution_count is None
    raw = json.loads(NOTEBOOK.read_text(encoding="utf-8"))
    assert set(raw["metadata"]) == {"kernelspec", "language_info", "colab"}


@pytest.mark.parametrize("cell", code_cells(), ids=lambda cell: cell.id)
def test_cells_parse_and_are_short(cell):
    assert ast.parse(python(cell)).body
    assert len(cell.source.splitlines()) <= 25
    assert max(map(len, cell.source.splitlines())) <= 120


def test_every_step_is_explained():
    kinds = [cell.cell_type for cell in read().cells]
    assert kinds[0] == kinds[-1] == "markdown"
    assert "code code code" not in " ".join(kinds)


def test_what_only_a_browser_can_do_is_tagged():
    assert [cell.id for cell in code_cells() if "eval_js" in cell.source] == [WEBCAM]
    assert [cell.id for cell in code_cells() if WEBCAM in tags(cell)] == [WEBCAM]
    assert [cell.id for cell in code_cells() if "parameters" in tags(cell)] == ["settings"]


def test_the_checkout_is_found_from_its_folders(monkeypatch):
    monkeypatch.chdir(ROOT / "notebooks")
    space = {"REPO": ""}
    exec(sources()["checkout"], space)
    assert space["root"] == ROOT
    assert os.path.samefile(os.getcwd(), ROOT)


def test_without_a_checkout_the_address_is_needed(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(AssertionError, match="set REPO"):
        exec(sources()["checkout"], {"REPO": ""})
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def colab(monkeypatch):
    """What Colab has and other machines lack; `taken` and `uploaded` are what its user gives."""
    jpeg = io.BytesIO()
    PIL.Image.fromarray(np.full((8, 16, 3), 200, np.uint8)).save(jpeg, "JPEG")
    output, files = types.ModuleType("google.colab.output"), types.ModuleType("google.colab.files")
    colab = types.ModuleType("google.colab")
    colab.output, colab.files, colab.scripts, colab.uploaded = output, files, [], {}
    files.upload = lambda: colab.uploaded
    address = f"data:image/jpeg;base64,{base64.b64encode(jpeg.getvalue()).decode()}"
    output.eval_js = lambda script: colab.scripts.append(script) or address
    for name, module in (
        ("google.colab", colab),
        ("google.colab.output", output),
        ("google.colab.files", files),
    ):
        monkeypatch.setitem(sys.modules, name, module)
    return colab


def test_in_colab_a_file_is_chosen_in_the_browser(colab):
    space = {}
    exec(sources()["choose"], space)
    assert space["choose"]("mine.jpg") == ""  # cancelled
    colab.uploaded = {"other.jpg": b""}
    assert space["choose"]("mine.jpg") == "other.jpg"


def test_elsewhere_the_settings_name_it():
    space = {}
    exec(sources()["choose"], space)
    assert space["choose"]("mine.jpg") == "mine.jpg"


def test_the_webcam_of_the_browser(colab):
    shown, displayed = [], []
    space = {"files": colab.files, "show": shown.append, "display": displayed.append, "PIL": PIL}
    exec(sources()["webcam-script"], space)
    exec(sources()[WEBCAM], space)
    assert colab.scripts == ["takePhoto()"]
    assert "async function takePhoto()" in displayed[0].data
    assert shown[0].shape == (8, 16, 3)
    assert abs(int(shown[0].mean()) - 200) < 3


def test_elsewhere_the_demo_has_the_webcam(capsys):
    exec(sources()[WEBCAM], {"files": None})
    assert "demo.py" in capsys.readouterr().out


@pytest.fixture
def checkout(tmp_path):
    """A copy of what the notebook needs, so that what it makes stays out of this checkout."""
    folder = tmp_path / "emo"
    for part in ("emo", "conf", "data/sample", "notebooks"):
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "train.py", folder)
    return folder


def zip_of_photos(path):
    """A few photos of four people, as somebody would zip a folder."""
    with zipfile.ZipFile(path, "w") as zipped:
        for person in range(1, 5):
            for photo in sorted((ROOT / "data/sample").glob(f"p{person:02d}_s1_*.json"))[::2]:
                for file in (photo, photo.with_suffix(".jpg")):
                    zipped.write(file, f"mine/{file.name}")
    return path


@pytest.mark.slow
def test_it_runs_from_top_to_bottom(checkout, tmp_path):
    notebook = read()
    (settings,) = (cell for cell in notebook.cells if "parameters" in tags(cell))
    archive = zip_of_photos(tmp_path / "friends.zip")
    settings.source = f"REPO = ''\nSETTINGS = {SHORT!r}\nPHOTO = ''\nZIP = {str(archive)!r}"
    client = NotebookClient(
        notebook,
        timeout=900,
        skip_cells_with_tag=WEBCAM,
        resources={"metadata": {"path": str(checkout / "notebooks")}},
    )
    client.execute()  # its kernel takes TensorBoard's server along when it ends
    outputs = {cell.id: cell.outputs for cell in notebook.cells if cell.cell_type == "code"}
    assert outputs[WEBCAM] == []
    assert "working in" in text(outputs["checkout"])
    assert "best.ckpt" in text(outputs["run"])
    assert any("image/png" in output.get("data", {}) for output in outputs["run"])
    assert any(
        sign in str(outputs["tensorboard"]) for sign in ("tensorboard-frame", "Timed out")
    )  # busy machines
    assert "between" in text(outputs["figures"])
    assert any("image/png" in output.get("data", {}) for output in outputs["photo"])
    assert "labelled photos in data" in text(outputs["unzip"])
    assert {path.name for path in (checkout / "lightning_logs").iterdir()} >= {"version_0", "version_1"}
    assert (checkout / "lightning_logs/version_1/metrics.json").is_file()
    assert (checkout / "lightning_logs/version_0/evaluation/report.html").is_file()


def text(outputs):
    return "".join(output.text for output in outputs if output.output_type == "stream")
