"""The packages that come with the extra `export` alone."""

from __future__ import annotations

import importlib.util

from emo.errors import UserError

NEEDS = {"onnx": ("onnx", "onnxscript"), "openvino": (), "int8": ("nncf",)}
"""By format. PyTorch exports to ONNX with onnxscript."""


def check_installed(to: str) -> None:
    """See that a format's packages are there, before any work.

    Raises:
        UserError: one is not installed.
    """
    missing = [name for name in NEEDS[to] if importlib.util.find_spec(name) is None]
    if missing:
        raise UserError(f"to={to} needs {' and '.join(missing)}; `pip install -e '.[export]'`")
