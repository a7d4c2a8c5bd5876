"""Look for mistakes in a dataset: `python -m emo.check data.root=DIR`; exit code 1 where there are errors.

python -m emo.check data.root=data/mine page=check.html fix=true
"""

import sys

from omegaconf import DictConfig

from emo.cli import command


@command("check")
def main(cfg: DictConfig) -> None:
    """Check and report."""
    from emo.config import build, check_config

    check_config(cfg.checker)
    sys.exit(build(cfg.checker))


if __name__ == "__main__":
    main()
