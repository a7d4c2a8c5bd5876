"""OpenVINO without its telemetry: import `ov` from here, never by itself.

`import openvino`, its converter and NNCF each report their use to their makers over the network unless somebody has
opted out beforehand. They go without where the package that does it is not to be had.
"""

from __future__ import annotations

import sys

sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]  # None: an import of it fails

import openvino as ov  # noqa: E402

__all__ = ["ov"]
