"""Trainings from the first file to the last: what they learn, what they leave behind, how they fail."""

from __future__ import annotations

import errno
import itertools
import json
from pathlib import Path

import cv2
import lightning as L
import lightning.fabric.plugins.io.torch_io as torch_io
import numpy as np
import pytest
import torch
from omegaconf import OmegaConf
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from emo.config import build
from emo.drawn.person import Person
from emo.drawn.scene import render_scene
from emo.errors import UserError
from emo.faces import EMOTIONS
from emo.metrics import score
from emo.model.checkpoint import load_network
from emo.model.module import FaceModule
from emo.training import fit
from tests.conftest import assert_one_line, config, tiny
from tests.fakes import fake_image, save_fake


@pytest.fixture(scope="module")
def run(photos, tmp_path_factory):
    """A training with everything: the folder of its run and the figures that it returned."""
    logs = tmp_path_factory.mktemp("run") / "made" / "by itself"
    overrides = [o for o in tiny(photos, logs) if o != "~callbacks.pictures"]
    figures = fit(config(*overrides, "callbacks=ema", "data.balance=0.5", "trainer.log_every_n_steps=1"))
    return logs / "version_0", figures


def test_the_folder_of_a_run(run):
    folder, _ = run
    assert {"best.ckpt", "last.ckpt", "config.yaml", "split.json", "metrics.json", "pictures"} <= {
        p.name for p in folder.iterdir()
    }
    assert len(list(folder.glob("*.ckpt"))) == 2
    split = json.loads((folder / "split.json").read_text())
    assert set(split) == {"train", "val", "test"}
    saved = OmegaConf.load(folder / "config.yaml")
    assert saved.trainer.precision == "32-true"
    assert saved.data.classes == list(EMOTIONS)
    pictures = {path.name for path in (folder / "pictures").iterdir()}
    assert {
        "input.png",
        "val_confusion.png",
        "val_reliability.png",
        "test_confusion.png",
        "test_zoom_confusion.png",
    } <= pictures
    assert any("wrong" in name or "right" in name for name in pictures)


def test_what_is_kept_is_what_was_tested(photos, tmp_path):
    """Averaged weights are other than the trained ones, and it is they that best.ckpt gives to everybody."""
    figures = fit(
        config(*tiny(photos, tmp_path), "callbacks=ema", "callbacks.ema.decay=0.99", "optimizer.lr=0.001")
    )
    folder = tmp_path / "version_0"
    cfg = config(*tiny(photos, tmp_path))
    data = build(cfg.data)
    data.setup()
    module = FaceModule(load_network(folder / "best.ckpt"), build(cfg.loss), build(cfg.optimizer))
    trainer = L.Trainer(accelerator="cpu", logger=False, enable_progress_bar=False)

    def tested():
        trainer.test(module, data.test_dataloader(), verbose=False)
        return score(module.results["test"], module.network.classes, module.constant_box_xyxy)

    expected = {name[9:]: value for name, value in figures.items() if name.startswith("one_look/")}
    kept = tested()
    own = [name for name in expected if "constant" not in name]  # the baseline is of the training's photos
    assert {name: kept[name] for name in own} == pytest.approx(
        {name: expected[name] for name in own}, abs=1e-5
    )
    module.load_state_dict(torch.load(folder / "best.ckpt", weights_only=True)["current_model_state"])
    trained = tested()
    assert any(abs(trained[name] - expected[name]) > 1e-4 for name in own)


def test_metrics_json(run):
    folder, figures = run
    metrics = json.loads((folder / "metrics.json").read_text())
    assert metrics["split"] == "test"
    assert metrics["classes"] == list(EMOTIONS)
    assert metrics["photos"] == len(json.loads((folder / "split.json").read_text())["test"])
    for part in ("one_look", "two_looks"):
        assert {"box_iou", "constant_box_iou", "presence_recall", "emotion_balanced_accuracy"} <= set(
            metrics[part]
        )
        for name, figure in metrics[part].items():
            assert figures[f"{part}/{name}"] == figure["value"]
            if "low" in figure:
                assert figure["low"] <= figure["high"]


def test_the_checkpoint_loads(run):
    folder, _ = run
    for name in ("best.ckpt", "last.ckpt"):
        network = load_network(folder / name)
        assert network.classes == EMOTIONS
        assert network.backbone_name == "vgg11_quarter_bn"


def test_tensorboard(run):
    folder, _ = run
    events = EventAccumulator(str(folder))
    events.Reload()
    tags = events.Tags()
    terms = {"center", "box", "localization", "bce", "presence", "emotion", "total"}
    scalars = set(tags["scalars"])
    assert {f"{stage}/{term}" for stage in ("train", "val") for term in terms} <= scalars
    assert {
        "val/box_iou",
        "val/emotion_balanced_accuracy",
        "test/box_iou",
        "train/samples_per_second",
    } <= scalars
    assert any(name.startswith("lr-") for name in scalars)
    assert {"input", "val/confusion", "val/reliability"} <= set(tags["images"])
    assert (folder / "hparams.yaml").is_file()
    assert {point.step for point in events.Scalars("train/total")} == set(range(6))


def test_the_end_says_where_everything_is(photos, tmp_path, capsys):
    fit(config(*tiny(photos, tmp_path, "trainer.max_epochs=1")))
    last = capsys.readouterr().out.splitlines()[-8:]
    folder = str(tmp_path / "version_0")
    for words in ("best.ckpt", "metrics.json", "tensorboard --logdir", "python demo.py", folder):
        assert any(words in line for line in last), words


def test_runs_never_share_a_folder(photos, tmp_path):
    short = tiny(photos, tmp_path, "trainer.max_epochs=1")
    fit(config(*short))
    fit(config(*short))
    fit(config(*short, "name=mine"))
    before = (tmp_path / "mine" / "best.ckpt").read_bytes()
    with pytest.raises(UserError, match=r"holds a run already.*resume="):
        fit(config(*short, "name=mine"))
    assert sorted(p.name for p in tmp_path.iterdir()) == ["mine", "version_0", "version_1"]
    assert (tmp_path / "mine" / "best.ckpt").read_bytes() == before


def test_the_same_seed_gives_the_same_weights(photos, tmp_path):
    weights = []
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        fit(config(*tiny(photos, tmp_path, "trainer.max_epochs=1", f"name={name}", f"seed={seed}")))
        weights.append(load_network(tmp_path / name / "last.ckpt").state_dict())
    assert all(torch.equal(value, weights[1][name]) for name, value in weights[0].items())
    assert any(not torch.equal(value, weights[2][name]) for name, value in weights[0].items())


def test_without_test_photos_val_stands(photos, tmp_path):
    shares = ["data.shares.train=0.7", "data.shares.val=0.3", "data.shares.test=0"]
    fit(config(*tiny(photos, tmp_path, "trainer.max_epochs=1", *shares)))
    assert json.loads((tmp_path / "version_0" / "metrics.json").read_text())["split"] == "val"


def test_early_stopping_and_best(photos, tmp_path):
    """The best checkpoint is that of the best epoch; a stopped training that is resumed stays stopped."""
    never_better = "callbacks.early_stopping.patience=2", "+callbacks.early_stopping.min_delta=1000"
    overrides = tiny(photos, tmp_path, "trainer.max_epochs=9", "optimizer.lr=0.01", *never_better)
    fit(config(*overrides))
    folder = tmp_path / "version_0"
    events = EventAccumulator(str(folder))
    events.Reload()
    losses = [point.value for point in events.Scalars("val/total")]
    assert len(losses) == 3
    best, last = (torch.load(folder / name, weights_only=True) for name in ("best.ckpt", "last.ckpt"))
    assert best["epoch"] == int(np.argmin(losses))
    assert last["epoch"] == len(losses) - 1
    before = (folder / "best.ckpt").read_bytes()
    fit(config(*overrides, "resume=last"))
    assert torch.load(folder / "last.ckpt", weights_only=True)["global_step"] == last["global_step"]
    assert (folder / "best.ckpt").read_bytes() == before


def draw_one_batch(folder: Path) -> Path:
    """Two drawn faces of each emotion, not too small, the same for training and validation."""
    drawn = 0
    for seed in itertools.count():
        emotion, person = EMOTIONS[drawn % 5], Person.from_seed(seed)
        image, faces = render_scene(np.random.default_rng(seed), [person], [emotion], (160, 120))
        box = faces[0].box_xyxy
        if box[3] - box[1] > 50:
            drawn += 1
            for split in ("train", "val"):
                save_fake(
                    folder / split / f"{seed}_{emotion}.png", image, [(emotion, tuple(map(float, box)))]
                )
        if drawn == 10:
            return folder
    raise AssertionError


def test_it_learns_a_batch_of_drawn_faces_by_heart(tmp_path):
    data = draw_one_batch(tmp_path / "drawn")
    cfg = config(
        *tiny(data, tmp_path / "logs", "model.hidden=256", "loss=modern"),
        "optimizer=adamw",
        "augment=none",
        "scheduler=onecycle",
        "optimizer.lr=0.001",
        "data.copies=60",
        "data.batch_size=10",
        "trainer.max_epochs=1",
    )
    figures = fit(cfg)
    assert figures["one_look/box_iou"] > 0.8
    assert figures["one_look/emotion_accuracy"] == 1.0
    assert figures["one_look/constant_box_iou"] < 0.6


def test_a_file_in_the_place_of_the_folder(call, photos, tmp_path):
    (tmp_path / "logs").write_text("mine")
    assert_one_line(call(fit, *tiny(photos, tmp_path / "logs")), "logs=FOLDER")
    assert (tmp_path / "logs").read_text() == "mine"


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="no /proc here")
def test_a_folder_that_cannot_be_made(call, photos):
    assert_one_line(call(fit, *tiny(photos, Path("/proc/logs"))), "/proc/logs", "logs=FOLDER")


@pytest.mark.parametrize("when", [1, 2])
def test_a_full_disk(call, photos, tmp_path, monkeypatch, when):
    """At the first checkpoint, before any work; or later."""
    save, count = torch_io._atomic_save, []

    def full(checkpoint, path):
        count.append(path)
        if len(count) >= when:
            raise OSError(errno.ENOSPC, "No space left on device")
        save(checkpoint, path)

    monkeypatch.setattr(torch_io, "_atomic_save", full)
    assert_one_line(call(fit, *tiny(photos, tmp_path / "logs")), "No space left on device", "resume=last")


def test_skipped_files_are_counted(call, photos, tmp_path):
    import shutil

    data = tmp_path / "data"
    shutil.copytree(photos, data)
    save_fake(data / "p9_broken.png", fake_image(np.random.default_rng(0)), [("bored", (9, 9, 40, 40))])
    assert_one_line(
        call(fit, *tiny(data, tmp_path / "logs")), "p9_broken.json", "bored", "data.on_error=skip"
    )
    code, out, err = call(fit, *tiny(data, tmp_path / "logs", "data.on_error=skip", "trainer.max_epochs=1"))
    assert code == 0, err
    assert "left out 1 files" in out
    assert "p9_broken.json" in out


def test_compiled_it_learns_the_same(call, photos, tmp_path, monkeypatch, quick_compiler):
    monkeypatch.setattr("emo.training.lacks_compiler", lambda accelerator: "")
    for name, compile_it in (("plain", "false"), ("compiled", "true")):
        more = (f"compile={compile_it}", f"name={name}", "trainer.max_epochs=1", "callbacks=ema")
        code, _, err = call(fit, *tiny(photos, tmp_path, *more))
        assert code == 0, err
    assert len(quick_compiler) == 1
    plain, compiled = (
        load_network(tmp_path / name / "best.ckpt").state_dict() for name in ("plain", "compiled")
    )
    assert plain.keys() == compiled.keys()
    for key, weights in plain.items():
        torch.testing.assert_close(compiled[key], weights, rtol=1e-4, atol=1e-5)


def test_without_a_compiler(call, photos, tmp_path, monkeypatch):
    monkeypatch.setattr(
        "emo.training.lacks_compiler", lambda accelerator: "torch.compile needs a C++ compiler"
    )
    assert_one_line(call(fit, *tiny(photos, tmp_path, "compile=true")), "compile:", "C++", "leave it false")
    assert not list(tmp_path.iterdir())


def test_photos_of_a_poor_webcam_are_written_for_every_split(photos, tmp_path):
    """Dark frames of 640 x 480 with the face inside, which themselves are a dataset."""
    made = tmp_path / "made"
    poor = ["augment=poor_webcam", "data.copies=1", f"offline_copies={made}"]
    fit(config(*tiny(photos, tmp_path / "logs", *poor)))
    for split in ("train", "val", "test"):
        files = sorted((made / split).glob("*.png"))
        assert files
        for file in files:
            image = cv2.imread(str(file))
            assert image.shape == (480, 640, 3)
            assert image.mean() < 90
            for shape in json.loads(file.with_suffix(".json").read_text())["shapes"]:
                (x1, y1), (x2, y2) = shape["points"]
                assert 0 <= x1 < x2 <= 640
                assert 0.2 * 480 < y2 - y1 < 0.7 * 480


def test_an_experiment_with_another_augmentation_is_one_line(call, photos, tmp_path):
    overrides = tiny(photos, tmp_path, "experiment=central_faces", "augment=crops", "data.weights=null")
    assert_one_line(call(fit, *overrides), "data.train_transforms.place", "no _target_", "=null")
