"""python -m emo.live.bench: how fast the demo is here, from a file and from a camera."""

import hydra
from omegaconf import DictConfig

from emo.cli import command
from emo.live.speed import run


@command("live_bench")
def main(cfg: DictConfig) -> None:
    """Measure with the config."""
    run(**hydra.utils.instantiate(cfg, _convert_="all"))


if __name__ == "__main__":
    main()
