"""Look at what the network will see: `python -m emo.preview` writes a sheet of augmented samples with their boxes.

python -m emo.preview data.root=data/mine picture=preview.png
"""

from omegaconf import DictConfig

from emo.cli import command


@command("preview")
def main(cfg: DictConfig) -> None:
    """Draw the sheet."""
    from pathlib import Path

    from emo.config import build, check_config
    from emo.previewing import write_preview

    check_config(cfg.data, "data")
    write_preview(build(cfg.data), Path(cfg.picture), cfg.overwrite)


if __name__ == "__main__":
    main()
