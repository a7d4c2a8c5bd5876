"""The running average of the weights: quick at first, and what is kept is what is tested."""

import pytest
import torch
from torch import nn

from emo.callbacks.average import RunningAverage


def averaged(decay, values):
    """What the average of a weight says after each of these values."""
    callback, module = RunningAverage(decay), nn.Linear(1, 1, bias=False)
    with torch.no_grad():
        module.weight.fill_(100.0)  # where it begins
    average = torch.optim.swa_utils.AveragedModel(module, **callback._kwargs)
    seen = []
    for value in values:
        with torch.no_grad():
            module.weight.fill_(value)
        average.update_parameters(module)
        seen.append(float(average.module.weight.detach()))
    return seen


def test_the_beginning_is_forgotten():
    assert averaged(0.998, [0.0])[0] == 0
    seen = averaged(0.998, [50.0, *[0.0] * 300])
    assert seen[10] < 1
    assert seen[-1] < 1e-3  # with 0.998 from the start on it would be 27


def test_in_the_long_run_it_is_an_exponential_average():
    seen = averaged(0.5, [*[0.0] * 20, 1.0, 1.0])
    assert seen[-2:] == pytest.approx([0.5, 0.75])


@pytest.mark.parametrize("decay", [1.0, -0.1])
def test_a_decay_that_makes_no_sense(decay):
    with pytest.raises(ValueError, match="decay"):
        RunningAverage(decay)
