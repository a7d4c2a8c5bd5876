"""Where a network's weights come from before training: ImageNet, a file, or nowhere."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.error import URLError

import torchvision
from torch import Tensor

from emo.errors import UserError
from emo.model.checkpoint import KEY, Network, network_settings, network_weights, read_file
from emo.model.grid import GridNetwork
from emo.model.network import EmotionNetwork
from emo.model.widen import is_narrower, widen

log = logging.getLogger(__name__)

REFERENCE = Path(__file__).resolve().parents[2] / "lightning_logs" / "reference" / "best.ckpt"
"""The weights that come with emo."""


def build_network(
    classes: Sequence[str],
    backbone: str = "vgg16",
    input_size: int = 120,
    hidden: int = 2048,
    dropout: float = 0.0,
    weights: str = "imagenet",
) -> EmotionNetwork:
    """A network with start weights.

    Args:
        classes: names of the emotions.
        backbone: name of a torchvision network.
        input_size: side of the input in pixels.
        hidden: width of the heads' hidden layers.
        dropout: of the heads.
        weights: `imagenet` (downloaded by torchvision, once), `reference` (those that come with emo), `random`, or a
            file: torchvision's state dict of the backbone, or a checkpoint of ours, whose heads are taken too where
            they fit.

    Raises:
        UserError: the weights cannot be had, or do not fit the network.
    """
    network = EmotionNetwork(classes, backbone, input_size, hidden, dropout)
    load_weights(network, weights)
    return network


def build_grid_network(
    classes: Sequence[str],
    backbone: str = "vgg16",
    input_size: int = 224,
    stride: int = 32,
    hidden: int = 512,
    dropout: float = 0.0,
    weights: str = "imagenet",
) -> GridNetwork:
    """A network for many faces with start weights; the arguments are those of `GridNetwork` and `build_network`.

    Of a checkpoint for one face the backbone is taken.

    Raises:
        UserError: the weights cannot be had, or do not fit the network.
    """
    network = GridNetwork(classes, backbone, input_size, stride, hidden, dropout)
    load_weights(network, weights)
    return network


def load_weights(network: Network, weights: str) -> None:
    """Load start weights into a fresh network; see `build_network`.

    Raises:
        UserError: they cannot be had, or do not fit the network.
    """
    backbone = network.backbone_name
    if weights == "imagenet":
        _load_backbone(network, _download(backbone), f"ImageNet weights of {backbone}")
    elif weights == "reference":
        if not REFERENCE.is_file():
            raise UserError(
                f"model.weights=reference: there is no {REFERENCE}; give model.weights=FILE or random"
            )
        _load_checkpoint(network, read_file(REFERENCE), str(REFERENCE))
    elif weights != "random":
        content = read_file(Path(weights))
        if KEY in content:
            _load_checkpoint(network, content, weights)
        else:
            _load_backbone(network, content, weights)


def _download(backbone: str) -> dict[str, Tensor]:
    try:
        state: dict[str, Tensor] = torchvision.models.get_model_weights(backbone).DEFAULT.get_state_dict(
            progress=True, check_hash=True
        )
    except (URLError, OSError, RuntimeError) as error:
        raise UserError(
            f"the ImageNet weights of {backbone} cannot be downloaded ({error}); use "
            "model.weights=FILE with torchvision's file or a checkpoint of yours, or model.weights=random"
        ) from error
    return state


def _load_backbone(network: Network, content: dict[str, Any], name: str) -> None:
    """Take a torchvision classifier's convolutions; its own classifier is of no use here."""
    prefix = "features."
    state = {key[len(prefix) :]: value for key, value in content.items() if key.startswith(prefix)}
    if not state:  # a ResNet's layers by the places that build_backbone gives them
        places = {"conv1": "0", "bn1": "1", "layer1": "4", "layer2": "5", "layer3": "6", "layer4": "7"}
        for key, value in content.items():
            first, _, rest = key.partition(".")
            if first in places:
                state[f"{places[first]}.{rest}"] = value
    own = network.backbone.state_dict()
    if isinstance(network, GridNetwork):  # its backbone may end earlier
        state = {key: value for key, value in state.items() if key in own}
    try:
        network.backbone.load_state_dict(state)
    except RuntimeError as error:
        raise UserError(
            f"{name}: these weights are not those of {network.backbone_name}; choose model.backbone to fit"
        ) from error


def _load_checkpoint(network: Network, content: dict[str, Any], name: str) -> None:
    """Take all layers that fit; a head for other classes starts anew."""
    about = network_settings(content, Path(name))
    if isinstance(network, EmotionNetwork) and is_narrower(about["backbone"], network.backbone_name):
        _load_narrower(network, content, name)
        return
    if about["backbone"] != network.backbone_name:
        folded = f"{about['backbone']}_bn" == network.backbone_name
        raise UserError(
            f"{name}: its backbone is {about['backbone']}"
            + (", whose batch norm is folded away" if folded else "")
            + f", not {network.backbone_name}; set model.backbone={about['backbone']}"
        )
    state, own = network_weights(content), network.state_dict()
    same_classes = tuple(about["classes"]) == network.classes
    fitting = {
        key: value
        for key, value in state.items()
        if key in own
        and value.shape == own[key].shape
        and (same_classes or not key.startswith(network.class_layer))
    }
    network.load_state_dict(own | fitting)
    fresh = sorted(set(own) - set(fitting))
    if fresh:
        log.info("%s: these layers start from random weights: %s", name, ", ".join(fresh))


def _load_narrower(network: EmotionNetwork, content: dict[str, Any], name: str) -> None:
    """Grow a network of fewer channels into this one."""
    about = network_settings(content, Path(name))
    narrow = EmotionNetwork(network.classes, about["backbone"], network.input_size, network.hidden)
    _load_checkpoint(narrow, content, name)
    widen(narrow, network)
    log.info("%s: %s grew into %s", name, about["backbone"], network.backbone_name)
