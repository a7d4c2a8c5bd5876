"""python demo.py source=0: follow a face and name its emotion, live. See conf/demo.yaml for all settings."""

import hydra
from omegaconf import DictConfig

from emo.cli import command
from emo.live.demo import run


@command("demo")
def main(cfg: DictConfig) -> None:
    """Run the demo of the config."""
    run(**hydra.utils.instantiate(cfg, _convert_="all"))


if __name__ == "__main__":
    main()
