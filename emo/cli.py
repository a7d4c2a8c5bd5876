"""What every command shares: Hydra finds its config, and a user's mistake ends in one clear line."""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable
from pathlib import Path

import hydra
from hydra.errors import HydraException, OverrideParseException
from omegaconf import DictConfig
from omegaconf.errors import OmegaConfBaseException

from emo.errors import UserError
from emo.help import help_text

CONFIG_FOLDER = Path(__file__).resolve().parents[1] / "conf"


_HELP = {"--help", "-h"}


def command(config_name: str) -> Callable[[Callable[[DictConfig], object]], Callable[[], None]]:
    """Make an entry point of a function that takes the composed config `conf/<config_name>.yaml`.

    `--help` prints the text above the function's module, and the settings with their comments. Errors of the
    user (UserError, a wrong override) print one line on standard error and exit with 2; Ctrl-C exits with 130.
    HYDRA_FULL_ERROR=1 shows the whole traceback instead.
    """

    def decorate(function: Callable[[DictConfig], object]) -> Callable[[], None]:
        def main() -> None:
            if _HELP & set(sys.argv[1:]):
                sys.exit(_print_help(function.__globals__["__doc__"], config_name))
            full_error = os.environ.get("HYDRA_FULL_ERROR") == "1"
            os.environ["HYDRA_FULL_ERROR"] = "1"  # or Hydra prints and exits before the handlers below see it
            mistakes: list[UserError] = []

            @functools.wraps(function)
            def task(cfg: DictConfig) -> None:
                try:
                    function(cfg)
                except UserError as error:  # kept from Hydra, which would print lines of its own
                    mistakes.append(error)

            try:
                hydra.main(config_path=str(CONFIG_FOLDER), config_name=config_name, version_base="1.3")(
                    task
                )()
                if mistakes:
                    raise mistakes[0]
            except (UserError, HydraException, OmegaConfBaseException) as error:
                if full_error:
                    raise
                sys.exit(_fail(_one_line(error)))
            except KeyboardInterrupt:
                print("\ninterrupted", file=sys.stderr)
                sys.exit(130)
            finally:
                if not full_error:  # not the user's wish: leave no trace of it
                    del os.environ["HYDRA_FULL_ERROR"]

        return main

    return decorate


def _print_help(about: str, config_name: str) -> int:
    try:
        print(help_text(about, CONFIG_FOLDER, config_name), flush=True)
    except BrokenPipeError:  # `--help | head` has seen enough; or Python complains once more at its end
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def _fail(message: str) -> int:
    print(f"error: {message}", file=sys.stderr)
    return 2


def _one_line(error: BaseException) -> str:
    """The first line of the error, which Hydra and OmegaConf follow with internals nobody needs here."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    if isinstance(error, UserError):
        return " ".join(lines)
    message = lines[0].rstrip(".") if lines else type(error).__name__
    if isinstance(error, OverrideParseException):
        return f"{error.override}: {message}; a value with special characters needs quotes of its own: key='\"value\"'"
    return f"{message} (unknown or misspelt?); --help lists what can be set"
