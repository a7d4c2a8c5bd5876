"""Where the time of a training goes: Lightning's profilers, written into the run's folder."""

from __future__ import annotations

from pathlib import Path

from lightning.pytorch.profilers import AdvancedProfiler, Profiler, PyTorchProfiler, SimpleProfiler

from emo.errors import ConfigError

PROFILERS = {"simple": SimpleProfiler, "advanced": AdvancedProfiler, "pytorch": PyTorchProfiler}


def make_profiler(name: str | None, folder: Path) -> Profiler | None:
    """A profiler that writes `fit-profile*.txt` and the like; None where none is wanted.

    Args:
        name: a key of `PROFILERS`, or None.
        folder: of the run.

    Raises:
        ConfigError: there is no such profiler.
    """
    if name is None:
        return None
    if name not in PROFILERS:
        raise ConfigError(f"trainer.profiler: must be one of {', '.join(PROFILERS)}, not {name}")
    profiler: Profiler = PROFILERS[name](dirpath=folder, filename="profile")
    return profiler
