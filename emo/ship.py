"""Make a run small enough to pass on: `python -m emo.ship checkpoint=RUN/best.ckpt folder=lightning_logs/reference`."""

from omegaconf import DictConfig

from emo.cli import command


@command("ship")
def main(cfg: DictConfig) -> None:
    """Write the weights in half precision with what belongs to them."""
    from emo.config import build, check_config

    check_config(cfg)
    build(cfg.shipping)


if __name__ == "__main__":
    main()
