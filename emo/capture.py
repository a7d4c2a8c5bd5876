"""Take labelled photos of yourself: `python -m emo.capture person=anna session=1` leads through the expressions.

python -m emo.capture person=anna session=1 source=clip.mp4 display=none folder=data/mine
"""

from omegaconf import DictConfig

from emo.cli import command


@command("capture")
def main(cfg: DictConfig) -> None:
    """Run the session of the config."""
    from emo.config import build, check_config

    check_config(cfg)
    build(cfg)


if __name__ == "__main__":
    main()
