"""Train, test the best checkpoint, and leave a run's folder that says all about it."""

from __future__ import annotations

import json
import logging
import os
import warnings
from pathlib import Path

import lightning as L
import torch
from hydra.core.hydra_config import HydraConfig
from lightning.fabric.utilities.exceptions import MisconfigurationException
from lightning.pytorch.loggers import TensorBoardLogger
from omegaconf import DictConfig, OmegaConf

from emo.callbacks.eager_evaluation import EagerEvaluation
from emo.callbacks.graceful_stop import GracefulStop
from emo.callbacks.seeded_steps import SeededSteps
from emo.config import build, check_config
from emo.data.datamodule import FaceDataModule
from emo.data.offline import write_copies
from emo.errors import ConfigError, UserError
from emo.hardware import choose_hardware, lacks_compiler
from emo.model.checkpoint import read_file
from emo.model.crowd_module import CrowdModule
from emo.model.grid import GridNetwork
from emo.model.learner import Learner
from emo.model.module import FaceModule
from emo.model.schedule import make_schedule
from emo.named import named_parts
from emo.profiling import make_profiler
from emo.report import LOOKS, describe_data, is_first_process, print_results, test_metrics
from emo.resume import BEST, CONFIG_FILE, LAST, check_resumable, find_checkpoint, resumed_config
from emo.softening.softener import Softener

RUN_FOLDER = "EMO_RUN_FOLDER"
"""Tells the other processes of a distributed training which folder the first one has chosen."""


def fit(cfg: DictConfig) -> dict[str, float]:
    """Train by a composed `conf/train.yaml`, test the best checkpoint, write and print the figures.

    Args:
        cfg: the composed config; nothing else in the package sees it.

    Returns:
        The test figures, as in `metrics.json`.

    Raises:
        UserError: a setting, a file or a folder is not usable; the message says which.
        SystemExit: 130 after Ctrl-C, once `last.ckpt` is written.
    """
    _quieten()
    checkpoint = None
    if cfg.resume is not None:
        checkpoint = find_checkpoint(cfg.resume, Path(cfg.logs))
        cfg, differences = resumed_config(cfg, checkpoint, _overridden())
        for line in differences:
            print(f"resuming with another setting than the run's own: {line}")
    _choose_hardware(cfg)
    check_config(cfg)
    L.seed_everything(cfg.seed, workers=True, verbose=False)
    data = build(cfg.data)
    data.setup()
    if cfg.softening and cfg.offline_copies is None:
        _soften(cfg.softening, data)
    describe_data(data)
    if cfg.offline_copies is not None:
        write_copies(data, Path(cfg.offline_copies))
        return {}
    module = _build_module(cfg, data)
    if checkpoint:
        check_resumable(checkpoint, module.network)
    if cfg.compile:
        if reason := lacks_compiler(cfg.trainer.accelerator):
            raise ConfigError(f"compile: {reason}; leave it false")
        module.network.compile()  # in place: the weights keep their names
    folder = checkpoint.parent if checkpoint else _choose_folder(Path(cfg.logs), cfg.name)
    trainer = _build_trainer(cfg, folder)
    if trainer.is_global_zero:
        _write_beginning(cfg, folder, data)
        if isinstance(trainer.logger, TensorBoardLogger):
            text = OmegaConf.to_yaml(cfg, resolve=True).replace("\n", "\n    ")
            trainer.logger.experiment.add_text(
                "config", f"    {text}"
            )  # indented: code to TensorBoard's Markdown
    try:
        trainer.fit(module, datamodule=data, ckpt_path=checkpoint, weights_only=True)
        return _test(cfg, trainer, module, data, folder)
    except MisconfigurationException as error:  # best.monitor is no figure of the validation, for one
        raise ConfigError(str(error).splitlines()[0]) from error
    except SystemExit as error:  # Lightning's answer to Ctrl-C
        if trainer.is_global_zero:
            print(f"stopped; go on with: python train.py resume={folder / LAST}")
        raise SystemExit(130) from error
    except OSError as error:
        raise UserError(
            f"{folder}: {error.strerror or error}; the training can go on with resume=last"
        ) from error


def _soften(cfg: DictConfig, data: FaceDataModule) -> None:
    """Share the training labels with networks, and say so; those of val and test stay."""
    softener: Softener = build(cfg)
    before = data.photos_of("train")
    data.relabel(softener)
    if not is_first_process():
        return
    shared = sum(new is not old for new, old in zip(data.photos_of("train"), before, strict=True))
    print(f"softening: {shared} of {len(before)} training labels are shared with what {cfg.checkpoints} sees")
    if softener.unknown:
        print(f"softening: {', '.join(softener.unknown)}: unknown there; such labels stay as they are")


def _test(
    cfg: DictConfig, trainer: L.Trainer, module: Learner, data: FaceDataModule, folder: Path
) -> dict[str, float]:
    """Test the best checkpoint where there are test photos, else the val figures stand."""
    split = "test" if data.split["test"] else "val"
    loader = data.eval_dataloader(split)
    # not by ckpt_path: where weights are averaged, Lightning would test those that were not
    module.load_state_dict(read_file(folder / BEST)["state_dict"])
    trainer.test(module, dataloaders=loader, verbose=False)
    if not trainer.is_global_zero:
        return {}
    metrics = test_metrics(module, data, split, cfg.bootstrap)
    (folder / "metrics.json").write_text(json.dumps(metrics, indent=2) + "\n", encoding="utf-8")
    figures = {
        f"{part}/{name}": v["value"] for part in LOOKS if part in metrics for name, v in metrics[part].items()
    }
    if isinstance(trainer.logger, TensorBoardLogger):
        flat = {str(key): str(value) for key, value in OmegaConf.to_container(cfg, resolve=True).items()}  # type: ignore[union-attr]
        trainer.logger.log_hyperparams(flat, {f"hp/{key}": value for key, value in figures.items()})
        trainer.logger.save()
    print_results(metrics, folder)
    return figures


def _build_module(cfg: DictConfig, data: FaceDataModule) -> Learner:
    """The network with all that trains it; optimiser and schedule are tried out here, before any work starts."""
    network = build(cfg.model)
    if network.classes != data.classes or network.input_size != data.size:
        raise ConfigError(
            f"model: {network.classes} at {network.input_size} pixels, but the data has {data.classes} at {data.size}; "
            "set classes and model.input_size, which both follow"
        )
    if cfg.ten_crop is not None and not 1 <= cfg.ten_crop <= network.input_size:
        raise ConfigError(f"ten_crop: must lie between 1 and model.input_size, not {cfg.ten_crop}")
    optimizer, scheduler = build(cfg.optimizer), build(cfg.scheduler) if cfg.scheduler else None
    try:
        trial = optimizer(network.parameters())
        if scheduler:
            make_schedule(scheduler, trial, 100, cfg.best.monitor)
    except (ValueError, TypeError) as error:
        raise ConfigError(f"optimizer or scheduler: {error}") from error
    shared = {
        "loss": build(cfg.loss),
        "optimizer": optimizer,
        "scheduler": scheduler,
        "frozen_epochs": cfg.frozen_epochs,
        "monitor": cfg.best.monitor,
    }
    if isinstance(network, GridNetwork) != (data.faces == "all"):
        raise ConfigError(
            f"data.faces: {data.faces} does not go with this network; model=many_faces brings what it needs, "
            "as does augment=crowds, and every other model learns the largest face"
        )
    if isinstance(network, GridNetwork):
        return CrowdModule(network, **shared)
    return FaceModule(
        network,
        **shared,
        constant_box_xyxy=torch.from_numpy(data.constant_box_xyxy()),
        look_twice=any(face.box_xyxy for p in data.photos_of("train") for face in p.labelled.faces),
        ten_crop=cfg.ten_crop,
    )


def _build_trainer(cfg: DictConfig, folder: Path) -> L.Trainer:
    """The trainer with its callbacks, best and last checkpoint kept in the run's folder."""
    chosen = named_parts(build(cfg.callbacks), (L.Callback,), "callbacks", "callbacks")
    logger = TensorBoardLogger(save_dir=folder.parent, name="", version=folder.name, default_hp_metric=False)
    try:
        best = build(cfg.best)(dirpath=folder, filename=Path(BEST).stem, enable_version_counter=False)
        callbacks = [*chosen, SeededSteps(cfg.seed), best, GracefulStop(folder / LAST)]
        if cfg.compile:
            callbacks.append(EagerEvaluation())
        profiler = make_profiler(cfg.trainer.profiler, folder)
        return build(cfg.trainer, callbacks=callbacks, logger=logger, profiler=profiler)  # type: ignore[no-any-return]
    except MisconfigurationException as error:
        raise ConfigError(f"trainer or best: {str(error).splitlines()[0]}") from error


def _choose_hardware(cfg: DictConfig) -> None:
    """Fill in the accelerator and the precision where the config leaves them to the machine, and say so."""
    hardware = choose_hardware()
    trainer = cfg.trainer
    if trainer.accelerator == "auto":
        trainer.accelerator = hardware.accelerator
    if trainer.precision == "auto":
        same = trainer.accelerator in (hardware.accelerator, "gpu")
        trainer.precision = hardware.precision if same else "32-true"
    if is_first_process():
        print(f"computing on {trainer.accelerator} in {trainer.precision} (this machine: {hardware.reason})")


def _choose_folder(logs: Path, name: str | None) -> Path:
    """The run's folder; runs never share one.

    Raises:
        UserError: it holds a run already.
    """
    if not is_first_process():  # the first process decides
        return Path(os.environ.get(RUN_FOLDER) or logs / (name or "run"))
    if name is None:
        taken = [int(path.name[8:]) for path in logs.glob("version_*") if path.name[8:].isdigit()]
        name = f"version_{max(taken, default=-1) + 1}"
    folder = logs / name
    if (folder / CONFIG_FILE).exists():
        raise UserError(
            f"{folder}: holds a run already; choose another name=, or go on with resume={folder / LAST}"
        )
    os.environ[RUN_FOLDER] = str(folder)
    return folder


def _write_beginning(cfg: DictConfig, folder: Path, data: FaceDataModule) -> None:
    """The resolved config and the split, beside the checkpoints to come."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / CONFIG_FILE).write_text(OmegaConf.to_yaml(cfg, resolve=True), encoding="utf-8")
        (folder / "split.json").write_text(json.dumps(data.split_names(), indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        raise UserError(
            f"{folder}: cannot be written ({error.strerror}); choose another with logs=FOLDER"
        ) from error


def _overridden() -> list[str]:
    """The keys that the command line sets; called from code, the whole config counts as set."""
    if not HydraConfig.initialized():
        return ["everything"]
    return [override.split("=")[0].lstrip("+~") for override in HydraConfig.get().overrides.task]


def _quieten() -> None:
    """Leave the terminal to what a user needs to read."""
    logging.getLogger("lightning.pytorch").setLevel(logging.WARNING)
    warnings.filterwarnings("ignore", message=".*does not have many workers.*")
    warnings.filterwarnings("ignore", message=".*LeafSpec.*")  # Lightning's own, with new versions of torch
    warnings.filterwarnings("ignore", message=".*smaller than the logging interval.*")
    warnings.filterwarnings("ignore", message=".*transform to process it.*")
    warnings.filterwarnings("ignore", message=".*Checkpoint directory .* exists and is not empty.*")
