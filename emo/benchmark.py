"""How fast everything is here, side by side: runtimes, a training's parts, the live path.

python -m emo.benchmark                                 random weights; checkpoint=FILE takes a trained network
python -m emo.benchmark benchmark=models                networks to choose from: size, speed, accuracy
python -m emo.benchmark benchmark=peers yunet=FILE.onnx beside the original design in Keras, and OpenCV's YuNet
python -m emo.benchmark benchmark=faces detector=FILE   one face, many faces, two models (benchmark=tracking: numbers)
"""

from omegaconf import DictConfig

from emo.cli import command


@command("benchmark")
def main(cfg: DictConfig) -> None:
    """Measure and report."""
    from emo.benchmarking.run import benchmark

    benchmark(cfg)


if __name__ == "__main__":
    main()
