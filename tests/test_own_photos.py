"""The training on one's own photos: labels shared with the reference weights, and the last epoch kept."""

import torch

from emo.model.checkpoint import read_file
from emo.training import fit
from tests.conftest import config, tiny

QUICK = ("softening=none", "callbacks=default", "~callbacks.pictures")


def test_labels_are_shared_with_the_weights_that_it_starts_from():
    cfg = config("experiment=own_photos")
    assert cfg.softening.checkpoints == cfg.model.weights == "reference"
    assert not config().softening


def test_the_last_epoch_is_kept(photos, tmp_path, capsys):
    """Not that of the best validation, which at this learning rate is the first."""
    overrides = [o for o in tiny(photos, tmp_path) if o != "~callbacks.pictures"]
    fit(config("experiment=own_photos", *overrides, *QUICK, "trainer.max_epochs=3", "optimizer.lr=0.05"))
    kept, last = (read_file(tmp_path / "version_0" / f"{name}.ckpt") for name in ("best", "last"))
    assert kept["epoch"] == last["epoch"] == 2
    assert all(torch.equal(kept["state_dict"][key], value) for key, value in last["state_dict"].items())
    assert "warn" not in capsys.readouterr().err.lower()
