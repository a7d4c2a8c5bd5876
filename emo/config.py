"""Check a composed config before any work starts: unknown keys and wrong types in one clear line."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable
from typing import Any

import hydra
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException
from pydantic import ConfigDict, NonNegativeInt, TypeAdapter, ValidationError
from pydantic.errors import PydanticUserError

from emo.errors import ConfigError

ROOT_TYPES = {
    "classes": list[str],
    "seed": NonNegativeInt,
    "frozen_epochs": NonNegativeInt,
    "bootstrap": NonNegativeInt,
    "ten_crop": int | None,
    "resume": str | None,
    "logs": str,
    "name": str | None,
    "offline_copies": str | None,
}
"""Settings of a training that no `_target_` takes."""


def check_config(cfg: DictConfig, path: str = "") -> None:
    """Hold every node with a `_target_` against the signature of what it names.

    Args:
        cfg: the whole config, or a node of it.
        path: the node's place in the whole, for the messages.

    Raises:
        ConfigError: a key is unknown or missing, a value has the wrong type, or an interpolation leads nowhere.
    """
    try:
        content = OmegaConf.to_container(cfg, resolve=True, throw_on_missing=True)
    except OmegaConfBaseException as error:
        raise ConfigError(str(error).splitlines()[0]) from error
    _check_node(path, content)
    if not path and isinstance(content, dict):
        for key, kind in ROOT_TYPES.items():
            if key in content:
                _check_type(str(key), content[key], kind)


def build(cfg: DictConfig, **extra: Any) -> Any:  # noqa: ANN401
    """Build what a node describes, with plain lists and dictionaries inside.

    Raises:
        ConfigError: a constructor refused its arguments.
    """
    try:
        return hydra.utils.instantiate(cfg, _convert_="all", **extra)
    except hydra.errors.InstantiationException as error:
        cause = error.__cause__ or error
        if isinstance(cause, ConfigError) or not isinstance(cause, ValueError | TypeError):
            raise cause from error
        raise ConfigError(f"{cfg.get('_target_', 'config')}: {str(cause).splitlines()[0]}") from error


def _check_node(path: str, node: object) -> None:
    if isinstance(node, list):
        for index, value in enumerate(node):
            _check_node(f"{path}[{index}]", value)
    if not isinstance(node, dict):
        return
    for key, value in node.items():
        _check_node(f"{path}.{key}" if path else str(key), value)
    if "_target_" in node:
        _check_arguments(path, node)


def _check_arguments(path: str, node: dict[str, Any]) -> None:
    try:
        target = hydra.utils.get_object(node["_target_"])
        parameters = inspect.signature(target).parameters
    except Exception as error:  # whatever the import of a stranger's module raises
        raise ConfigError(f"{path}._target_: {node['_target_']} cannot be imported: {error}") from error
    takes_any = any(p.kind is p.VAR_KEYWORD for p in parameters.values())
    given = {key: value for key, value in node.items() if not key.startswith("_")}
    for key in given:
        if key not in parameters and not takes_any:
            raise ConfigError(f"{path}.{key}: unknown; {node['_target_']} takes {', '.join(parameters)}")
    for name, parameter in parameters.items():
        required = parameter.default is parameter.empty and parameter.kind is parameter.POSITIONAL_OR_KEYWORD
        if required and name not in given and not node.get("_partial_"):
            raise ConfigError(f"{path}.{name}: missing; {node['_target_']} needs it")
    for key, annotation in _annotations(target).items():
        if key in given and not _holds_targets(given[key]):
            _check_type(f"{path}.{key}", given[key], annotation)


def _annotations(target: Callable[..., Any]) -> dict[str, Any]:
    try:
        function = target.__init__ if inspect.isclass(target) else target
        return typing.get_type_hints(function)
    except (NameError, TypeError, AttributeError):  # annotations that cannot be evaluated tell nothing
        return {}


def _holds_targets(value: object) -> bool:
    if isinstance(value, dict):
        return "_target_" in value or any(_holds_targets(v) for v in value.values())
    return isinstance(value, list) and any(_holds_targets(v) for v in value)


def _check_type(path: str, value: object, annotation: Any) -> None:  # noqa: ANN401
    try:
        adapter = TypeAdapter(annotation, config=ConfigDict(arbitrary_types_allowed=True))
    except PydanticUserError:  # a type that brings its own pydantic config, or none that it understands
        return
    try:
        adapter.validate_python(value)
    except ValidationError as error:
        raise ConfigError(f"{path}={value!r}: {error.errors()[0]['msg'].lower()}") from error
