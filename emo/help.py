"""What `--help` prints: what a command is for, and its settings with the words that stand beside them in conf/."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]

_PACKAGE = "# @package "
_ASSEMBLY = ("_target_", "_partial_")  # keys that say what is built, which nobody sets
_INTERNAL = ("defaults", "hydra")


def help_text(about: str, conf: Path, name: str) -> str:
    """The help of a command.

    Args:
        about: what it does, and examples.
        conf: the folder of all configs.
        name: of its own, without the ending.
    """
    root = (conf / f"{name}.yaml").read_text(encoding="utf-8")
    parts = [about.strip(), "Settings, each to be given as key=value:", settings(root)]
    for entry in yaml.safe_load(root).get("defaults", []):
        if isinstance(entry, dict):
            parts += [text for group, option in entry.items() if (text := _group(conf, group, option))]
        elif entry != "_self_":
            parts.append(f"And all settings of `python {entry}.py`.")
    return "\n\n".join([*parts, "`--cfg job` prints what comes out of all this."])


def settings(text: str) -> str:
    r"""The part of a config file that a user may set, with its comments.

    >>> print(settings("a: 1  # one\nhydra: {run: x}\nb:\n  _target_: some.class\n  c: 2\nd:\n  e: ${a}"))
    a: 1  # one
    b:
      c: 2
    """
    kept = "".join(block for block in _blocks(text) if not _is_internal(yaml.safe_load(block)))
    hidden = (*_ASSEMBLY, _PACKAGE)
    return "\n".join(line for line in kept.splitlines() if not line.strip().startswith(hidden)).strip()


def _group(conf: Path, group: str, option: str | None) -> str:
    """The options of a group, and the settings of the usual one; empty where there is nothing to choose."""
    options = sorted(path.stem for path in (conf / group).glob("*.yaml"))
    lines = [f"{group}={' | '.join(options)}"] if len(options) > 1 else []
    if option in options:
        text = (conf / group / f"{option}.yaml").read_text(encoding="utf-8")
        package = text.partition("\n")[0].removeprefix(_PACKAGE) if text.startswith(_PACKAGE) else group
        inner = settings(text)
        lines += [f"{package}:  # of {group}={option}", *(f"  {line}" for line in inner.splitlines())]
    return "\n".join(lines)


def _blocks(text: str) -> Iterator[str]:
    """The top-level keys, each with all below it; what stands before the first is a block too."""
    block = ""
    for line in text.splitlines(keepends=True):
        if line[0] not in " #\n" and block:
            yield block
            block = ""
        block += line
    yield block


def _is_internal(block: Any) -> bool:  # noqa: ANN401
    """Whether nothing in a block is the user's: it hands on what is set elsewhere."""
    if not isinstance(block, dict):
        return False
    return all(
        key in (*_INTERNAL, *_ASSEMBLY) or (isinstance(value, dict) and _hands_on(value))
        for key, value in block.items()
    )


def _hands_on(node: Any) -> bool:  # noqa: ANN401
    if isinstance(node, dict):
        return all(key in _ASSEMBLY or _hands_on(value) for key, value in node.items())
    return isinstance(node, str) and node.startswith("${")
