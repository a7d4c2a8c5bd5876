"""Speed, charts, sheets; the graceful stop and patience are proved by test_resume and test_training."""

import time
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from emo.callbacks.charts import confusion_chart, reliability_chart
from emo.callbacks.seeded_steps import SeededSteps
from emo.callbacks.sheets import COLUMNS, ROWS, TILE, input_sheet, pick_rows, prediction_sheet
from emo.callbacks.speed import Speed
from emo.config import build
from emo.data.dataset import NO_EMOTION
from emo.data.sampler import EvalSampler
from emo.faces import EMOTIONS
from tests.conftest import config, tiny
from tests.test_metrics import CLASSES, table


@pytest.fixture
def data(photos, tmp_path):
    data = build(config(*tiny(photos, tmp_path)).data)
    data.setup()
    return data


def test_speed_counts_samples_of_all_processes():
    logged = {}
    module = SimpleNamespace(log=lambda name, value, **options: logged.update({name: value}))
    trainer = SimpleNamespace(world_size=2, is_last_batch=False)
    speed, batch = Speed(), SimpleNamespace(images=torch.zeros(8, 3, 4, 4))
    speed.on_train_epoch_start(trainer, module)
    speed.on_train_batch_end(trainer, module, None, batch, 0)
    assert logged == {}
    time.sleep(0.2)
    trainer.is_last_batch = True
    speed.on_train_batch_end(trainer, module, None, batch, 1)
    assert 20 < logged["train/samples_per_second"] < 160  # 32 samples in 0.2 s or a little more


def test_seeded_steps():
    def draw(seed=1, epoch=0, step=0, rank=0):
        trainer = SimpleNamespace(current_epoch=epoch, global_rank=rank)
        SeededSteps(seed).on_train_batch_start(trainer, None, None, step)
        return float(torch.rand(1))

    assert draw() == draw()
    assert len({draw(), draw(seed=2), draw(epoch=1), draw(step=1), draw(rank=1)}) == 5


def test_wrong_and_right_rows():
    t = table(200, 0)
    rows = pick_rows(t)
    present, said = t.true_presence > 0.5, t.presence >= 0.5
    for kind, wrong in (("wrong", True), ("right", False)):
        assert 0 < len(rows[kind]) <= COLUMNS * ROWS
        for i in rows[kind].tolist():
            known = t.true_emotions[i] != NO_EMOTION
            mistaken = said[i] != present[i] or (known and t.emotions[i].argmax() != t.true_emotions[i])
            assert bool(mistaken) is wrong


def test_input_sheet(data):
    sheet = input_sheet(next(iter(data.train_dataloader())), data.classes)
    assert sheet.shape == (2 * TILE, COLUMNS * TILE, 3)
    assert sheet.dtype == np.uint8
    assert sheet.std() > 10


@pytest.mark.parametrize("count", [1, 5])
def test_prediction_sheet_shows_frames_with_truth(data, count):
    dataset = data.dataset("val")
    t = table(count, 3)
    sheet = prediction_sheet(t, dataset, EvalSampler(len(dataset), 1).seeds(), EMOTIONS)
    assert sheet.shape == (TILE, COLUMNS * TILE, 3)
    assert sheet[:, :TILE].std() > 5
    assert (sheet[:, count * TILE :] == 40).all()  # blank


def test_charts_are_pictures():
    t = table(60, 1)
    known = t.rows(t.true_emotions != NO_EMOTION)
    said = known.emotions.argmax(dim=1)
    for chart in (confusion_chart(said, known.true_emotions, CLASSES), reliability_chart(known)):
        assert chart.dtype == np.uint8
        assert chart.ndim == 3
        assert min(chart.shape[:2]) > 300
        assert (chart == 255).mean() > 0.3  # a white page
        assert chart.std() > 10
    one = known.rows(torch.arange(1))
    confusion_chart(said[:1], one.true_emotions, CLASSES)
    reliability_chart(one)
