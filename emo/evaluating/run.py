"""Evaluate a checkpoint: look at the photos, tell the figures, leave a folder that says all about it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import albumentations as A
import numpy as np
import torch

from emo.data.datamodule import FaceDataModule
from emo.data.files import replace_file
from emo.errors import ConfigError, UserError
from emo.evaluating.content import Teller
from emo.evaluating.failures import find_failures
from emo.evaluating.gallery import Gallery, Tables, is_crop
from emo.evaluating.page import page
from emo.evaluating.photos import Chosen, SplitChoice, choose_photos
from emo.evaluating.rows import write_rows
from emo.evaluating.telling import tell, warn
from emo.hardware import choose_hardware
from emo.model.checkpoint import load_one_face
from emo.model.fold import fold_batch_norm
from emo.model.network import EmotionNetwork
from emo.report import FORMAT

METRICS, REPORT, ROWS = "metrics.json", "report.html", "predictions.csv"


def evaluate(
    checkpoint: str,
    data: Callable[..., FaceDataModule],
    classes: Sequence[str],
    corruptions: Mapping[str, A.BasicTransform],
    split: SplitChoice = "unseen",
    against: str | None = None,
    folder: str | None = None,
    overwrite: bool = False,
    resamples: int = 200,
    corrupted_photos: int | None = None,
    face_heights: Sequence[float] = (0.12, 0.25, 0.5, 0.9),
    unsure: float = 0.45,
    failures: int = 24,
) -> dict[str, Any]:
    """Write metrics.json, report.html and predictions.csv of a checkpoint on a dataset, and print the figures.

    Args:
        checkpoint: a file of a training, or shipped weights.
        data: makes the photos' data module from the network's `size` and `classes`.
        classes: the emotions that the checkpoint must know.
        corruptions: what is done to the photos, by name; none is quick.
        split: which photos, see `choose_photos`.
        against: another checkpoint to compare with on the same photos.
        folder: where to; None counts outputs/evaluation_0, _1, ...
        overwrite: replace an evaluation that the folder holds.
        resamples: draws for the 95 % intervals.
        corrupted_photos: at most so many photos are corrupted, drawn by the seed; None takes all.
        face_heights: ends of the bands of face sizes, as shares of the frame's height, growing.
        unsure: answers less probable than this are withheld, as the demo does.
        failures: pictures of each kind of failure.

    Returns:
        The content of metrics.json.

    Raises:
        UserError: a checkpoint, a folder or a setting is not usable; the message says which.
    """
    if sorted(set(face_heights)) != list(face_heights) or not face_heights:
        raise ConfigError(f"face_heights: must be one or more growing numbers, not {list(face_heights)}")
    target = _target(folder, overwrite)
    network = _open(Path(checkpoint), classes)
    other = _open(Path(against), classes) if against else None
    module = data(size=network.input_size, classes=network.classes)
    chosen = choose_photos(module, split, Path(checkpoint))
    warn(module, chosen, against)
    gallery = Gallery(module, chosen.photos)
    tables = gallery.look(network, "photos")
    teller = Teller(network.classes, chosen.groups, resamples, unsure, face_heights)
    metrics = _beginning(checkpoint, module, chosen, network) | teller.parts(tables)
    rows = _some(len(chosen.photos), corrupted_photos, module.seed)
    if corruptions:
        corrupted = {name: gallery.look(network, name, how, rows) for name, how in corruptions.items()}
        metrics["corrupted_photos"] = len(rows)
        metrics["corruptions"] = teller.corruptions(tables, corrupted, rows)
    if other is not None:
        others = gallery.look(other, "the other checkpoint")
        metrics["against"] = {"checkpoint": against} | teller.against(tables, others)
    _write(target, metrics, tables, gallery, failures)
    tell(metrics, target)
    return metrics


def _write(target: Path, metrics: dict[str, Any], tables: Tables, gallery: Gallery, failures: int) -> None:
    classes = metrics["classes"]
    target.mkdir(parents=True, exist_ok=True)
    replace_file(target / METRICS, json.dumps(metrics, indent=2) + "\n")
    replace_file(target / ROWS, write_rows(tables, gallery, classes))
    found = find_failures(tables["two_looks"], gallery, classes, failures)
    replace_file(target / REPORT, page(metrics, tables["two_looks"], found))


def _beginning(
    checkpoint: str, data: FaceDataModule, chosen: Chosen, network: EmotionNetwork
) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "checkpoint": checkpoint,
        "data": [str(root) for root in data.roots],
        "split": chosen.split,
        "photos": len(chosen.photos),
        "crops": sum(map(is_crop, chosen.photos)),
        "groups": len(set(chosen.groups)),
        "people_known": chosen.people is not None,
        "learned": chosen.learned,
        "selected": chosen.selected,
        "classes": list(network.classes),
        "backbone": network.backbone_name,
        "input_size": network.input_size,
        "parameters": sum(p.numel() for p in network.parameters()),
    }


def _open(checkpoint: Path, classes: Sequence[str]) -> EmotionNetwork:
    network = load_one_face(checkpoint)
    if network.classes != tuple(classes):
        named = ",".join(network.classes)
        raise UserError(f"{checkpoint}: knows other emotions than classes says; add 'classes=[{named}]'")
    device = choose_hardware().accelerator
    return fold_batch_norm(network).to(device).to(memory_format=torch.channels_last)


def _some(count: int, wanted: int | None, seed: int) -> list[int]:
    if wanted is None or wanted >= count:
        return list(range(count))
    rows: list[int] = np.sort(np.random.default_rng(seed).choice(count, size=wanted, replace=False)).tolist()
    return rows


def _target(folder: str | None, overwrite: bool) -> Path:
    """The folder to write to.

    Raises:
        UserError: it holds figures already.
    """
    if folder is None:
        numbers = (int(p.name[11:]) for p in Path("outputs").glob("evaluation_*") if p.name[11:].isdigit())
        return Path("outputs") / f"evaluation_{max(numbers, default=-1) + 1}"
    target = Path(folder)
    held = [name for name in (METRICS, REPORT, ROWS) if (target / name).exists()]
    if held and not overwrite:
        raise UserError(f"{target / held[0]}: exists already; give another folder, or overwrite=true")
    if target.exists() and not target.is_dir():
        raise UserError(f"{target}: not a folder; give another one")
    return target
