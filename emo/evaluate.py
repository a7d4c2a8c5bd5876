"""How good a checkpoint is on a dataset: figures with intervals, failures, and an HTML report.

python -m emo.evaluate checkpoint=lightning_logs/version_0/best.ckpt data.root=data/mine
python -m emo.evaluate checkpoint=NEW.ckpt against=OLD.ckpt data.root=data/mine corruptions=none
"""

from omegaconf import DictConfig

from emo.cli import command


@command("evaluate")
def main(cfg: DictConfig) -> None:
    """Evaluate and report."""
    from emo.config import build, check_config

    check_config(cfg)
    build(cfg.evaluation)


if __name__ == "__main__":
    main()
