"""Parts that a config names, so that each can be changed or left out: callbacks, the steps of a pipeline."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from emo.errors import ConfigError

Part = TypeVar("Part")


def named_parts(
    named: Mapping[str, object], kinds: tuple[type[Part], ...], path: str, group: str
) -> list[Part]:
    """The parts that are not left out, in their order.

    Args:
        named: what the config built, by name; None is left out.
        kinds: what a part may be.
        path: of the parts in the config, for the message.
        group: the config group that brings them, for the message.

    Raises:
        ConfigError: one is no such part: an experiment's settings of one that another choice of the group has replaced.
    """
    parts = list[Part]()
    for name, part in named.items():
        if isinstance(part, kinds):
            parts.append(part)
        elif part is not None:
            raise ConfigError(
                f"{path}.{name}: has no _target_; leave it out with {path}.{name}=null, or choose another {group}="
            )
    return parts
