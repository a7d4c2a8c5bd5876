"""How fast the demo is here, from a file and behind a camera: `python -m emo.live.bench`.

python -m emo.live.bench clip=video.mp4
python -m emo.live.bench minutes=30             watches memory and latency instead
"""

from omegaconf import DictConfig

from emo.cli import command


@command("live_bench")
def main(cfg: DictConfig) -> None:
    """Measure with the config."""
    from emo.config import build, check_config

    check_config(cfg)
    build(cfg)


if __name__ == "__main__":
    main()
