"""Draw a labelled folder of webcam photos, such as data/sample: `python -m emo.draw folder=DIR`.

python -m emo.draw folder=data/drawn people=20 first_person=100
"""

from omegaconf import DictConfig

from emo.cli import command


@command("draw")
def main(cfg: DictConfig) -> None:
    """Draw the folder of the config."""
    from emo.config import build, check_config

    check_config(cfg)
    build(cfg)


if __name__ == "__main__":
    main()
