"""python -m emo.draw folder=DIR: draw a labelled folder of webcam photos, such as data/sample."""

from pathlib import Path

from omegaconf import DictConfig

from emo.cli import command
from emo.drawn.dataset import write_dataset


@command("draw")
def main(cfg: DictConfig) -> None:
    """Draw the folder of the config."""
    size = (int(cfg.size[0]), int(cfg.size[1]))
    write_dataset(Path(cfg.folder), cfg.people, cfg.photos, cfg.no_face, cfg.seed, size, cfg.first_person)
    print(f"{cfg.folder}: {cfg.people * cfg.photos} photos with a face, {cfg.no_face} without")


if __name__ == "__main__":
    main()
