"""Share labels with what networks see: `python -m emo.soft_labels data.root=DIR folder=NEW checkpoint=FILE.ckpt`.

python -m emo.soft_labels data.root=data/real/fer folder=data/soft/fer 'checkpoint=[lightning_logs/fer_1/last.ckpt]'
"""

from omegaconf import DictConfig

from emo.cli import command


@command("soft_labels")
def main(cfg: DictConfig) -> None:
    """Write the new dataset and count."""
    from emo.config import build, check_config

    check_config(cfg)
    done = build(cfg.writer)
    print(", ".join(f"{count} {what}" for what, count in done.items()))
    print(f"train on them: python train.py data.root={cfg.folder}")


if __name__ == "__main__":
    main()
