"""Export a checkpoint to run without PyTorch, and measure what that changes.

python -m emo.export to=onnx|openvino|int8 data.root=data/mine
python -m emo.export checkpoint=lightning_logs/mine/best.ckpt to=int8 data.root=data/mine
"""

from omegaconf import DictConfig

from emo.cli import command


@command("export")
def main(cfg: DictConfig) -> None:
    """Export, compare, report."""
    from emo.config import build, check_config

    check_config(cfg.exporter)
    build(cfg.exporter)


if __name__ == "__main__":
    main()
