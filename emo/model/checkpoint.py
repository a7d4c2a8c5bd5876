"""Checkpoints hold primitives: a network is rebuilt from its settings, and no code of a stranger runs."""

from __future__ import annotations

import pickle
import warnings
import zipfile
from pathlib import Path
from typing import Any, TypeAlias

import torch

from emo.errors import UserError
from emo.model.grid import GridNetwork
from emo.model.network import EmotionNetwork

Network: TypeAlias = EmotionNetwork | GridNetwork

KINDS: dict[str, type[Network]] = {network.kind: network for network in (EmotionNetwork, GridNetwork)}
"""The networks that a checkpoint may be of; one that does not say is of the first."""

KEY = "emo"
"""Where a checkpoint holds what belongs to emo: {"format": 1, "kind": of KINDS, "network": the network's settings}."""

FORMAT = 1
PREFIX = "network."  # of the network's weights within those of the LightningModule


def describe(network: Network) -> dict[str, Any]:
    """What a checkpoint says of its network."""
    return {"format": FORMAT, "kind": network.kind, "network": network.settings()}


def read_file(path: Path) -> dict[str, Any]:
    """Read any file that torch.save wrote, without running code from it.

    Raises:
        UserError: the file is missing, cut short or none of torch's.
    """
    if not path.is_file():
        raise UserError(f"{path}: no such checkpoint; `make train` makes one")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # on pickles of others, which are refused anyway
            content = torch.load(path, map_location="cpu", weights_only=True)
    except (
        pickle.UnpicklingError,
        RuntimeError,
        EOFError,
        ValueError,
        KeyError,
        zipfile.BadZipFile,
        OSError,
    ) as error:
        raise UserError(f"{path}: not a checkpoint, or cut short; copy it again or train anew") from error
    if not isinstance(content, dict):
        raise UserError(f"{path}: holds no weights but a {type(content).__name__}")
    return content


def load_one_face(path: Path) -> EmotionNetwork:
    """The network of a checkpoint of ours for one face, in evaluation mode.

    Raises:
        UserError: as `load_network`; or it is a network for many faces.
    """
    network = load_network(path)
    if not isinstance(network, EmotionNetwork):
        raise UserError(f"{path}: a network for many faces; this needs one for one face (model=vgg16, say)")
    return network


def load_network(path: Path) -> Network:
    """The network of a checkpoint of ours, of any kind, in evaluation mode.

    Raises:
        UserError: the file is missing, damaged, of another program or of a newer version of this one.
    """
    content = read_file(path)
    settings = network_settings(content, path)
    network_of = network_class(content, path)
    try:
        network = network_of(**settings)
        network.load_state_dict(network_weights(content))
    except (UserError, RuntimeError, TypeError, AttributeError) as error:
        raise UserError(
            f"{path}: its weights do not fit the network that it describes; it is damaged"
        ) from error
    return network.eval()


def network_settings(content: dict[str, Any], path: Path) -> dict[str, Any]:
    """What a checkpoint's content says of its network: its constructor's arguments.

    Raises:
        UserError: the content is of another program or of a newer version of this one.
    """
    about = content.get(KEY)
    if not isinstance(about, dict) or not isinstance(content.get("state_dict"), dict):
        raise UserError(f"{path}: a checkpoint, but not one of emo's; give one from lightning_logs/")
    if about.get("format") != FORMAT:
        raise UserError(f"{path}: of format {about.get('format')}, this emo reads {FORMAT}; update emo")
    settings = about.get("network")
    if not isinstance(settings, dict) or not {"classes", "backbone"} <= settings.keys():
        raise UserError(f"{path}: does not say what network it is of; it is damaged")
    return settings


def network_class(content: dict[str, Any], path: Path) -> type[Network]:
    """The kind of network that a checkpoint of ours is of.

    Raises:
        UserError: this version knows no such kind.
    """
    kind = content[KEY].get("kind", EmotionNetwork.kind)
    if kind not in KINDS:
        raise UserError(f"{path}: a network of the kind {kind!r}, which this emo does not know; update emo")
    return KINDS[kind]


def network_weights(content: dict[str, Any]) -> dict[str, Any]:
    """The weights of the network alone from a checkpoint of ours."""
    return {
        name[len(PREFIX) :]: value for name, value in content["state_dict"].items() if name.startswith(PREFIX)
    }


def save_network(network: Network, path: Path) -> None:
    """Write the weights alone in half precision: a tenth of a training's checkpoint.

    The statistics of batch norm stay as they are, as they may exceed what half precision holds.

    Raises:
        UserError: the file exists (weights are never overwritten), or the weights do not fit into half precision.
    """
    if path.exists():
        raise UserError(f"{path}: exists already; give another folder, or move it away")
    halves = {PREFIX + name: value.detach().half() for name, value in network.named_parameters()}
    if not all(bool(value.isfinite().all()) for value in halves.values()):
        raise UserError(f"{path}: not written: weights are too large for half precision, or not finite")
    buffers = {
        PREFIX + name: value for name, value in network.state_dict().items() if PREFIX + name not in halves
    }
    torch.save({KEY: describe(network), "state_dict": halves | buffers}, path)
