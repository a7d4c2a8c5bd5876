"""What whole batches can do of an Albumentations step."""

from __future__ import annotations

from collections.abc import Mapping

import albumentations as A

from emo.errors import ConfigError

Options = Mapping[str, object]
"""The only values of those options of a step that are not looked at."""


def check_options(step: A.BasicTransform | A.BaseCompose, options: Options) -> None:
    """Find out whether a step has only such options as are looked at.

    Raises:
        ConfigError: it has another.
    """
    for option, value in options.items():
        if getattr(step, option) != value:
            raise ConfigError(f"data.augment_on=gpu: {type(step).__name__} goes with {option}={value} alone")
