"""Follow a face and name its emotion, live: `python demo.py` takes the first camera.

python demo.py source=sample                    a drawn person, where there is no camera
python demo.py source=video.mp4 display=none output=annotated.mp4 table=faces.csv summary=emotions.png
"""

from omegaconf import DictConfig

from emo.cli import command


@command("demo")
def main(cfg: DictConfig) -> None:
    """Run the demo of the config."""
    from emo.config import build, check_config

    check_config(cfg)
    build(cfg)


if __name__ == "__main__":
    main()
