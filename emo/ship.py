"""Make a run small enough to pass on: `python -m emo.ship run=lightning_logs/version_3 folder=lightning_logs/mine`."""

from omegaconf import DictConfig

from emo.cli import command


@command("ship")
def main(cfg: DictConfig) -> None:
    """Copy what belongs to the run, its weights in half precision."""
    from pathlib import Path

    from emo.shipping import ship

    ship(Path(cfg.run), Path(cfg.folder))


if __name__ == "__main__":
    main()
