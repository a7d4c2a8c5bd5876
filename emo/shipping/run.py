"""Pass a run on: its weights in half precision, calibrated if asked, and what tells where they come from."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from omegaconf import OmegaConf

from emo.data.datamodule import FaceDataModule
from emo.errors import UserError
from emo.evaluating.confidence import known_emotions
from emo.evaluating.gallery import Gallery
from emo.evaluating.photos import choose_photos
from emo.metrics import score
from emo.model.calibration import Calibration, fit_calibration, fit_presence, fold_calibration
from emo.model.checkpoint import load_network, save_network
from emo.model.fold import fold_batch_norm
from emo.model.network import EmotionNetwork
from emo.resume import BEST, CONFIG_FILE
from emo.shipping.events import copy_scalars
from emo.shipping.paths import without_paths

SPLIT, METRICS = "split.json", "metrics.json"


def ship(
    checkpoint: str,
    folder: str,
    data: Callable[..., FaceDataModule],
    calibrate_on: str | Sequence[str] | None = None,
    offsets: bool = False,
    balanced: bool = False,
    presence: bool = False,
) -> None:
    """Write a folder with best.ckpt and the papers of its run: config, split, figures and the events' scalars.

    Pictures stay behind, for they may show people, and paths and the machine's name, for they are nobody's business.
    Batch norm is folded away, so that a vgg16_bn becomes a plain vgg16 that computes the same.

    Args:
        checkpoint: a file in the folder of its run.
        folder: a new folder.
        data: makes a data module from `root`, `size` and `classes`.
        calibrate_on: a dataset folder, or several, on whose val split temperature (and offsets) are fitted first;
            None leaves the probabilities as they are.
        offsets: fit one offset for each class too.
        balanced: fit them as if all classes were equally frequent.
        presence: fit an offset of the presence too, on the faces and rooms of the same val split.

    Raises:
        UserError: the checkpoint cannot be used, or the folder holds something already.
    """
    source, target = Path(checkpoint), Path(folder)
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise UserError(f"{target}: exists already, and nothing is overwritten; give another folder")
    network = fold_batch_norm(load_network(source))
    shipped: dict[str, Any] = {"precision": "half", "backbone": network.backbone_name}
    if calibrate_on is not None:
        if not isinstance(network, EmotionNetwork):
            raise UserError(
                f"{source}: a network for many faces, which cannot be calibrated; leave calibrate_on out"
            )
        photos = data(root=calibrate_on, size=network.input_size, classes=network.classes)
        shipped["calibration"] = calibrate(network, photos, source, offsets, balanced, presence)
    try:
        target.mkdir(parents=True, exist_ok=True)
        save_network(network, target / BEST)
        _copy_papers(source.parent, target, shipped)
        copy_scalars(source.parent, target)
    except OSError as error:
        raise UserError(f"{target}: cannot be written ({error.strerror or error})") from error
    print(f"{target / BEST}: {(target / BEST).stat().st_size / 1e6:.1f} MB, {network.backbone_name}")
    for line in _remarks(target, calibrate_on is not None):
        print(line)


def calibrate(
    network: EmotionNetwork,
    data: FaceDataModule,
    checkpoint: Path,
    offsets: bool,
    balanced: bool,
    presence: bool = False,
) -> dict[str, Any]:
    """Fit on the val split as two looks see it, and fold the result into the network.

    Returns:
        What was fitted on how many faces, and the expected calibration error of two looks before and after.
    """
    chosen = choose_photos(data, "val", checkpoint)
    table = Gallery(data, chosen.photos).look(network, "calibrating")["two_looks"]
    known = known_emotions(table)
    if not len(known.presence):
        raise UserError(f"{data.roots[0]}: no photo of its val split has a known emotion to calibrate on")
    calibration = fit_calibration(known, offsets, balanced)
    if presence:
        try:
            calibration = replace(calibration, presence=fit_presence(table))
        except ValueError as error:
            raise UserError(f"presence=true: {error}; calibrate_on may list several folders") from error
    fold_calibration(network, calibration)
    after = known._replace(emotions=calibration(known.emotions))
    box = torch.zeros(4)
    return _described(calibration, network) | {
        "balanced": balanced,
        "faces": len(known.presence),
        "ece_before": score(known, network.classes, box)["emotion_ece"],
        "ece_after": score(after, network.classes, box)["emotion_ece"],
    }


def _described(calibration: Calibration, network: EmotionNetwork) -> dict[str, Any]:
    offsets = dict(zip(network.classes, calibration.offsets, strict=True))
    described = {"temperature": calibration.temperature, "offsets": offsets}
    return described | ({"presence": calibration.presence} if calibration.presence else {})


def _copy_papers(run: Path, target: Path, shipped: dict[str, Any]) -> None:
    if (run / CONFIG_FILE).is_file():
        config = OmegaConf.to_container(OmegaConf.load(run / CONFIG_FILE))
        OmegaConf.save(OmegaConf.create(without_paths(config)), target / CONFIG_FILE)
    if (run / SPLIT).is_file():
        shutil.copyfile(run / SPLIT, target / SPLIT)
    if (run / METRICS).is_file():
        metrics = json.loads((run / METRICS).read_text(encoding="utf-8"))
        text = json.dumps(without_paths(metrics) | {"shipped": shipped}, indent=2)
        (target / METRICS).write_text(text + "\n", encoding="utf-8")


def _remarks(target: Path, calibrated: bool) -> list[str]:
    missing = [name for name in (CONFIG_FILE, SPLIT, METRICS) if not (target / name).exists()]
    lines = [f"the run has no {', '.join(missing)}"] if missing else []
    if calibrated and METRICS not in missing:
        lines.append("metrics.json is of before the calibration; python -m emo.evaluate measures anew")
    return lines
