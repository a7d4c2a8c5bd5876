"""Train the network: `python train.py`, with any setting of conf/ as key=value.

python train.py experiment=quickstart           the embedded sample, minutes on a CPU
python train.py experiment=own_photos data.root=data/mine
python train.py resume=last                     go on where a training was interrupted
python train.py --help                          everything that can be set
"""

from omegaconf import DictConfig

from emo.cli import command


@command("train")
def main(cfg: DictConfig) -> None:
    """Train, test, report."""
    from emo.training import fit

    fit(cfg)


if __name__ == "__main__":
    main()
