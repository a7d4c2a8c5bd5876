"""The running average of the weights: quick at first, and what is kept is what is tested."""

import lightning as L
import pytest
import torch
from torch import nn

from emo.callbacks.average import RunningAverage, average


class Follows(L.LightningModule):
    """Its weight takes the values that the batches hold; a buffer counts them."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.tensor(100.0))  # where it begins
        self.register_buffer("count", torch.tensor(0))
        self.seen, self.counted = [], []

    def training_step(self, batch, batch_idx):
        self.count += 1
        return 0.5 * (self.weight - batch.mean()) ** 2

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=1.0)  # to the batch's value at once


class Watch(L.Callback):
    def __init__(self, average):
        self.average, self.seen, self.counted = average, [], []

    def on_train_batch_end(self, trainer, pl_module, *_):
        model = self.average._average_model
        self.seen.append(float(model.module.weight.detach()))
        self.counted.append((int(model.module.count), int(model.n_averaged)))


def train(decay, values, folder, checkpoint=None):
    """What the average of the weight says after each of these values, and the trained module."""
    callback, module = RunningAverage(decay), Follows()
    watch = Watch(callback)
    trainer = L.Trainer(max_epochs=1 if checkpoint is None else 2, callbacks=[callback, watch], logger=False,
                        default_root_dir=folder, accelerator="cpu", enable_progress_bar=False,
                        enable_checkpointing=False, enable_model_summary=False)  # fmt: skip
    loader = torch.utils.data.DataLoader(torch.tensor(values), batch_size=1)
    trainer.fit(module, loader, ckpt_path=checkpoint, weights_only=True)
    return watch, module, trainer


def test_the_beginning_is_forgotten(tmp_path):
    assert train(0.998, [0.0], tmp_path)[0].seen == [0]
    seen = train(0.998, [50.0, *[0.0] * 300], tmp_path)[0].seen
    assert seen[0] == 50
    assert seen[10] < 1
    assert seen[-1] < 1e-3  # with 0.998 from the start on it would be 27


def test_in_the_long_run_it_is_an_exponential_average(tmp_path):
    watch, module, _ = train(0.5, [*[0.0] * 20, 1.0, 1.0], tmp_path)
    assert watch.seen[-2:] == pytest.approx([0.5, 0.75])
    assert watch.counted[-1] == (22, 22)  # whole numbers are not averaged
    assert float(module.weight.detach()) == pytest.approx(0.75)  # what is left is the average


def test_a_resumed_training_goes_on_averaging(tmp_path):
    values = [3.0, 1.0, 4.0, 1.0, 5.0]
    once = train(0.9, [*values, *values], tmp_path)[0].seen
    _, _, trainer = train(0.9, values, tmp_path)
    trainer.save_checkpoint(tmp_path / "half.ckpt")
    state = torch.load(tmp_path / "half.ckpt", weights_only=True)
    assert state["averaging_state"]["n_averaged"] == 5
    resumed = train(0.9, values, tmp_path, checkpoint=tmp_path / "half.ckpt")[0].seen
    # a training's end leaves the average as the weight, which the next batch overwrites in this module
    assert resumed == pytest.approx(once[5:], abs=1e-6)


def test_every_tensor_of_a_network_is_averaged():
    torch.manual_seed(0)
    old, new = (nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4)) for _ in range(2))
    for module in (old, new):
        module(torch.randn(2, 3, 8, 8))
    new(torch.randn(2, 3, 8, 8))
    before = {name: value.clone() for name, value in old.state_dict().items()}
    average(old, new, 0.25)
    for name, value in old.state_dict().items():
        wanted = new.state_dict()[name]
        if value.is_floating_point():
            wanted = 0.25 * before[name] + 0.75 * wanted
        torch.testing.assert_close(value, wanted)


@pytest.mark.parametrize("decay", [1.0, -0.1])
def test_a_decay_that_makes_no_sense(decay):
    with pytest.raises(ValueError, match="decay"):
        RunningAverage(decay)
