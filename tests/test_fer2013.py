"""experiment=fer2013 on fake crops: imported as its header says, trained, selected by accuracy, tested in ten parts."""

import json

import numpy as np
import pytest
import torch
from omegaconf import OmegaConf
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from emo.config import build
from emo.importing.fer2013 import LABELS
from emo.resume import resumed_config
from emo.training import fit
from tests.conftest import assert_one_line, config, tiny

CLASSES = "classes=[angry, disgust, fear, happy, sad, surprise, neutral]"


@pytest.fixture(scope="module")
def crops(tmp_path_factory):
    """The folder that the importer makes of a CSV like FER2013's: seven brightnesses for seven emotions."""
    folder = tmp_path_factory.mktemp("fer2013")
    rng = np.random.default_rng(0)
    rows = ["emotion,pixels,Usage"]
    for usage, each in (("Training", 4), ("PublicTest", 2), ("PrivateTest", 1)):
        for emotion in range(len(LABELS)):
            for _ in range(each):
                pixels = rng.integers(30 * emotion, 30 * emotion + 20, 48 * 48)
                rows.append(f"{emotion},{' '.join(map(str, pixels))},{usage}")
    (folder / "fer2013.csv").write_text("\n".join(rows) + "\n")
    source, target = f"source={folder / 'fer2013.csv'}", f"folder={folder / 'crops'}"
    options = (CLASSES, "map.fear=fear", "map.disgust=disgust", "workers=1")
    report = build(config(source, target, *options, root="import_data").importer)
    assert sum(report.after.values()) == 7 * (4 + 2 + 1)
    assert {label for _, label in report.after} == set(LABELS)
    return folder / "crops"


def short(crops, logs, *overrides):
    chosen = ["model.input_size=48", "data.copies=1", "ten_crop=40", *overrides]
    return ["experiment=fer2013", *tiny(crops, logs, *chosen)]


@pytest.fixture(scope="module")
def run(crops, tmp_path_factory):
    logs = tmp_path_factory.mktemp("run")
    fit(config(*[o for o in short(crops, logs, "trainer.max_epochs=3") if o != "~callbacks.pictures"]))
    return logs / "version_0"


def test_the_network_and_the_recipe():
    cfg = config("experiment=fer2013")
    assert (cfg.model.backbone, cfg.model.input_size, len(cfg.classes)) == ("vgg16_bn", 48, 7)
    assert (cfg.optimizer.nesterov, cfg.optimizer.lr, cfg.optimizer.weight_decay) == (True, 0.01, 1e-4)
    assert (cfg.data.batch_size, cfg.data.copies, cfg.trainer.max_epochs) == (640, 10, 300)
    assert cfg.scheduler.mode == cfg.best.mode == "max"


def test_figures_without_boxes_and_ten_parts_beside_the_whole(run):
    metrics = json.loads((run / "metrics.json").read_text())
    assert (metrics["split"], metrics["photos"]) == ("test", 7)
    assert "two_looks" not in metrics
    for part in ("one_look", "ten_crop"):
        assert 0 <= metrics[part]["emotion_accuracy"]["value"] <= 1
        assert not [name for name in metrics[part] if name.startswith(("box", "constant", "ap", "false"))]
    assert {"test_confusion.png", "test_ten_crop_confusion.png"} <= {p.name for p in run.glob("pictures/*")}
    split = json.loads((run / "split.json").read_text())
    assert [len(split[name]) for name in ("train", "val", "test")] == [28, 14, 7]


def test_the_best_is_that_of_the_highest_accuracy_on_val(run):
    events = EventAccumulator(str(run))
    events.Reload()
    accuracies = [point.value for point in events.Scalars("val/emotion_accuracy")]
    best = torch.load(run / "best.ckpt", weights_only=True)
    assert len(accuracies) == 3
    assert best["epoch"] == accuracies.index(max(accuracies))
    (state,) = (state for name, state in best["callbacks"].items() if name.startswith("ModelCheckpoint"))
    assert state["monitor"] == "val/emotion_accuracy"
    assert float(state["best_model_score"]) == pytest.approx(max(accuracies))


def test_evaluation_looks_at_the_crop_itself(crops):
    data = build(config(*short(crops, crops)).data)
    data.setup()
    batch = next(iter(data.eval_dataloader("val")))
    assert batch.images.shape[1:] == (3, 48, 48)
    for image, frame in zip(batch.images, batch.frames, strict=True):
        assert np.array_equal(image.permute(1, 2, 0).numpy(), frame)
    assert not batch.has_box.any()
    assert batch.presence.all()


def test_training_views_differ_and_keep_their_emotion(crops):
    data = build(config(*short(crops, crops, "data.copies=4")).data)
    data.setup()
    for batch in data.train_dataloader():
        assert batch.images.shape[1:] == (3, 48, 48)
        assert (batch.emotions >= 0).all()
        assert batch.presence.all()
        assert not batch.has_box.any()
    assert len({image.numpy().tobytes() for image in batch.images}) == len(batch.images)


def test_a_figure_that_is_not_there(call, crops, tmp_path):
    wrong = short(crops, tmp_path, "best.monitor=val/box_iou", "trainer.max_epochs=1")
    assert_one_line(call(fit, *wrong), "val/box_iou")
    wrong = short(crops, tmp_path, "best.monitor=val/x", "scheduler=none", "callbacks=default")
    assert_one_line(call(fit, *wrong), "val/x")


@pytest.mark.parametrize(
    ("override", "words"),
    [("best.mode=most", "mode"), ("best.what=1", "best.what"), ("ten_crop=49", "ten_crop"), ("ten_crop=x", "ten_crop")],
)  # fmt: skip
def test_mistakes(call, crops, tmp_path, override, words):
    assert_one_line(
        call(fit, *short(crops, tmp_path, f"+{override}" if "what" in override else override)), words
    )


def test_a_run_from_before_there_was_a_choice_resumes(tmp_path):
    cfg = config("name=new")
    saved = OmegaConf.create(OmegaConf.to_container(cfg, resolve=True))
    del saved["best"], saved["ten_crop"]
    OmegaConf.save(saved, tmp_path / "config.yaml")
    resumed, _ = resumed_config(cfg, tmp_path / "last.ckpt", ["resume"])
    assert resumed.best.monitor == "val/total"
    assert resumed.ten_crop is None
