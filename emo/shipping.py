"""Pass a run on: its best weights in half precision, and what tells where they come from."""

from __future__ import annotations

import shutil
from pathlib import Path

from emo.errors import UserError
from emo.model.checkpoint import load_network, save_network
from emo.resume import BEST, CONFIG_FILE

PAPERS = (CONFIG_FILE, "split.json", "metrics.json")


def ship(run: Path, folder: Path) -> None:
    """Write `folder` from a run's folder; pictures stay behind, for they may show people.

    Args:
        run: the folder of a finished training.
        folder: a new folder.

    Raises:
        UserError: the run has no best checkpoint, or the folder holds one already.
    """
    network = load_network(run / BEST)
    folder.mkdir(parents=True, exist_ok=True)
    save_network(network, folder / BEST)
    for name in PAPERS:
        if (run / name).is_file():
            shutil.copyfile(run / name, folder / name)
    for number, events in enumerate(sorted(run.glob("events.out.tfevents.*"))):
        shutil.copyfile(events, folder / f"events.out.tfevents.{number}")  # without the machine's name
    size = (folder / BEST).stat().st_size / 1e6
    if not (folder / "metrics.json").is_file():
        raise UserError(f"{run}: has no metrics.json: it was not tested; the weights alone are in {folder}")
    print(f"{folder / BEST}: {size:.0f} MB")
