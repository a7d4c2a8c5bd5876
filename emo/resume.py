"""Go on with an interrupted training: which checkpoint, and under which config."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from omegaconf import DictConfig, OmegaConf

from emo.errors import UserError
from emo.model.checkpoint import Network, network_class, network_settings, read_file

CONFIG_FILE = "config.yaml"
LAST, BEST = "last.ckpt", "best.ckpt"

FREE_KEYS = ("resume", "name", "logs", "trainer.max_epochs", "bootstrap")
"""Settings that may change on resuming without the training becoming another one."""


def find_checkpoint(resume: str, logs: Path) -> Path:
    """The checkpoint that `resume` means: a path, or `last` for the newest run's.

    Raises:
        UserError: there is none.
    """
    if resume != "last":
        path = Path(resume)
        if not path.is_file():
            raise UserError(f"{path}: no such checkpoint to resume from; resume=last takes the newest run's")
        return path
    found = sorted(logs.glob(f"*/{LAST}"), key=lambda path: path.stat().st_mtime)
    if not found:
        raise UserError(f"{logs}: no run with a {LAST} to resume; start one without resume=last")
    return found[-1]


def resumed_config(
    cfg: DictConfig, checkpoint: Path, overridden: Sequence[str]
) -> tuple[DictConfig, list[str]]:
    """The config to go on with, and how it differs from the run's own.

    Args:
        cfg: the config of this call.
        checkpoint: the one to resume from; the run's config lies beside it.
        overridden: the keys that this call set; if all are free to change, the run's own config is taken with them.

    Returns:
        The config, and a line for each setting that differs from the run's own.

    Raises:
        UserError: the training would get another length than its learning rate is scheduled for.
    """
    saved_file = checkpoint.parent / CONFIG_FILE
    if not saved_file.is_file():
        return cfg, []
    saved = OmegaConf.load(saved_file)
    assert isinstance(saved, DictConfig)
    for key in cfg.keys() - saved.keys():  # settings that emo did not have yet when the run began
        saved[key] = cfg[key]
    epochs = saved.trainer.max_epochs
    if saved.scheduler and "trainer.max_epochs" in overridden and cfg.trainer.max_epochs != epochs:
        raise UserError(
            f"trainer.max_epochs: the learning rate of {checkpoint.parent} is scheduled over {epochs} epochs; resume "
            f"without it, or start anew with model.weights={checkpoint}"
        )
    if set(overridden) <= set(FREE_KEYS):
        for key in overridden:
            OmegaConf.update(saved, key, OmegaConf.select(cfg, key))
        return saved, []
    before, now = _flatten(saved), _flatten(cfg)
    return cfg, [
        f"{key}: {before.get(key)} -> {now.get(key)}"
        for key in sorted(before.keys() | now.keys())
        if key not in FREE_KEYS and before.get(key) != now.get(key)
    ]


def check_resumable(checkpoint: Path, network: Network) -> None:
    """Make sure that a checkpoint is one of a training of this network.

    Raises:
        UserError: the file is damaged, of another program or of another network.
    """
    content = read_file(checkpoint)
    settings = network_settings(content, checkpoint)
    if "loops" not in content:
        raise UserError(
            f"{checkpoint}: not a checkpoint of a training; model.weights=FILE starts from weights"
        )
    if network_class(content, checkpoint) is not type(network) or settings != network.settings():
        raise UserError(f"{checkpoint}: of another network ({settings}); resume it without other settings")


def _flatten(cfg: DictConfig) -> dict[str, object]:
    flat: dict[str, object] = {}

    def walk(path: str, node: object) -> None:
        if isinstance(node, dict):
            for key, value in node.items():
                walk(f"{path}.{key}" if path else str(key), value)
        else:
            flat[path] = node

    walk("", OmegaConf.to_container(cfg, resolve=True))
    return flat
