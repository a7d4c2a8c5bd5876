"""What every command shares: Hydra finds its config, and a user's mistake ends in one clear line."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import hydra
from hydra.errors import HydraException
from omegaconf import DictConfig
from omegaconf.errors import OmegaConfBaseException

from emo.errors import UserError

CONFIG_FOLDER = Path(__file__).resolve().parents[1] / "conf"


def command(config_name: str) -> Callable[[Callable[[DictConfig], object]], Callable[[], None]]:
    """Make an entry point of a function that takes the composed config `conf/<config_name>.yaml`.

    Errors of the user (UserError, a wrong override) print one line on standard error and exit with 2; Ctrl-C
    exits with 130. HYDRA_FULL_ERROR=1 shows the whole traceback instead.
    """

    def decorate(function: Callable[[DictConfig], object]) -> Callable[[], None]:
        def main() -> None:
            full_error = os.environ.get("HYDRA_FULL_ERROR") == "1"
            os.environ["HYDRA_FULL_ERROR"] = "1"  # or Hydra prints and exits before the handlers below see it
            try:
                hydra.main(config_path=str(CONFIG_FOLDER), config_name=config_name, version_base="1.3")(function)()
            except (UserError, HydraException, OmegaConfBaseException) as error:
                if full_error:
                    raise
                sys.exit(_fail(_one_line(error)))
            except KeyboardInterrupt:
                print("\ninterrupted", file=sys.stderr)
                sys.exit(130)

        return main

    return decorate


def _fail(message: str) -> int:
    print(f"error: {message}", file=sys.stderr)
    return 2


def _one_line(error: BaseException) -> str:
    """The first line of the error, which Hydra and OmegaConf follow with internals nobody needs here."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    message = lines[0] if lines else type(error).__name__
    if isinstance(error, UserError):
        return " ".join(lines)
    for line in lines[1:]:
        if line.startswith(("Key ", "Available", "full_key")):
            message += f" ({line})" if line.startswith("Key ") else ""
    return f"{message}; see --help for what can be set"
