"""What a training says at its beginning and its end."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lightning.pytorch.utilities import rank_zero_only
from rich.console import Console
from rich.table import Table

from emo.data.datamodule import FaceDataModule
from emo.data.splits import SPLITS, group_of
from emo.model.learner import Learner

LOOKS = {"one_look": "test", "two_looks": "test_zoom", "ten_crop": "test_ten_crop"}
"""Parts of metrics.json, and the stages whose predictions they come from; a test has the first, and may have others."""

FORMAT = 1


def is_first_process() -> bool:
    """Whether this is the one process of a distributed training that talks; true without one, too."""
    return int(rank_zero_only.rank) == 0  # type: ignore[attr-defined]


def describe_data(data: FaceDataModule) -> None:
    """Print how many photos of what are in which split, what their frames take, and what was left out."""
    if not is_first_process():
        return
    console = Console(highlight=False)
    table = Table(title=f"photos of {', '.join(str(root) for root in data.roots)}", title_justify="left")
    for column in ("split", "photos", *data.classes, "face", "no face"):
        table.add_column(column, justify="left" if column == "split" else "right")
    for split in SPLITS:
        photos = data.photos_of(split)
        kinds = Counter(p.emotion or ("face" if p.labelled.faces else "no face") for p in photos)
        counts = (kinds[kind] for kind in (*data.classes, "face", "no face"))
        table.add_row(split, str(len(photos)), *map(str, counts))
    console.print(table)
    console.print(_memory(data), soft_wrap=True)
    if data.problems:
        console.print(f"left out {len(data.problems)} files that cannot be used:")
        for problem in data.problems[:10]:
            console.print(f"  {problem}", markup=False, soft_wrap=True)
        if len(data.problems) > 10:
            console.print(f"  ... and {len(data.problems) - 10} more; `python -m emo.check` lists them all")


def _memory(data: FaceDataModule) -> str:
    caches = [data.dataset(split).frames for split in SPLITS]
    line = f"their decoded frames take {sum(cache.megabytes for cache in caches):.1f} MB of memory"
    if left_out := sum(cache.left_out for cache in caches):
        line += f"; {left_out} of {len(data.photos)} exceed data.cache_mb={data.cache_mb} and are decoded every time"
    return line


def test_metrics(module: Learner, data: FaceDataModule, split: str, resamples: int) -> dict[str, Any]:
    """The content of metrics.json: every figure with its 95 % interval, for each kind of look that was tested.

    Args:
        module: after a test.
        data: what it was tested on.
        split: name of the photos it was tested on.
        resamples: draws for the intervals.
    """
    photos = data.photos_of(split)
    pattern = re.compile(data.group_pattern) if data.group_pattern else None
    groups = [f"{photo.source}/{group_of(photo, pattern)}" for photo in photos]
    metrics: dict[str, Any] = {
        "format": FORMAT,
        "split": split,
        "photos": len(photos),
        "groups": len(set(groups)),
        "classes": list(module.network.classes),
        "parameters": sum(p.numel() for p in module.network.parameters()),
    }
    for part, stage in LOOKS.items():
        if stage not in module.results:
            continue
        table = module.results[stage]
        figures = module.figures(table)
        intervals = module.intervals(table, groups, resamples)
        metrics[part] = {
            name: {"value": value, "low": intervals[name][0], "high": intervals[name][1]}
            if name in intervals
            else {"value": value}
            for name, value in figures.items()
        }
    return metrics


def print_results(metrics: Mapping[str, Any], folder: Path) -> None:
    """Print the table of figures, where everything is, and what to do next."""
    console = Console(highlight=False)
    title = f"{metrics['photos']} {metrics['split']} photos, 95 % intervals over {metrics['groups']} people or photos"
    table = Table(title=title, title_justify="left")
    table.add_column("figure")
    parts = [part for part in LOOKS if part in metrics]
    for part in parts:
        table.add_column(part.replace("_", " "), justify="right")
    for name in metrics["one_look"]:
        table.add_row(name, *(_cell(metrics[part].get(name)) for part in parts))
    console.print(table)
    console.print(f"best checkpoint  {folder / 'best.ckpt'}", soft_wrap=True)
    console.print(f"figures          {folder / 'metrics.json'}", soft_wrap=True)
    if (folder / "pictures").is_dir():  # callbacks.pictures=null draws none
        console.print(f"pictures         {folder / 'pictures'}", soft_wrap=True)
    console.print(
        "next:", f"  tensorboard --logdir {folder.parent}", "  python demo.py", sep="\n", soft_wrap=True
    )


def _cell(figure: Mapping[str, float] | None) -> str:
    if figure is None:
        return ""
    if "low" not in figure:
        return f"{figure['value']:.3f}"
    return f"{figure['value']:.3f} [{figure['low']:.2f}, {figure['high']:.2f}]"
