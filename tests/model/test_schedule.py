from functools import partial

import pytest
import torch
from torch.optim.lr_scheduler import OneCycleLR, ReduceLROnPlateau, StepLR

from emo.model.schedule import make_schedule


@pytest.fixture
def optimizer():
    return torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1)


def test_one_that_knows_the_whole_length_goes_by_steps(optimizer):
    plan = make_schedule(partial(OneCycleLR, max_lr=0.1), optimizer, 40, "val/total")
    assert plan["interval"] == "step"
    assert plan["scheduler"].total_steps == 40
    assert "monitor" not in plan


def test_others_go_by_epochs(optimizer):
    plan = make_schedule(partial(StepLR, step_size=5), optimizer, 40, "val/total", 3)
    assert plan["interval"] == "epoch"
    assert not {"monitor", "frequency"} & plan.keys()


def test_a_plateau_is_that_of_the_figure_and_as_often(optimizer):
    plan = make_schedule(partial(ReduceLROnPlateau, mode="max"), optimizer, 40, "val/emotion_accuracy", 3)
    assert (plan["interval"], plan["monitor"], plan["frequency"]) == ("epoch", "val/emotion_accuracy", 3)
