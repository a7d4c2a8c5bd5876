"""Suggest labels for photos without: `python -m emo.autolabel data.root=DIR checkpoint=FILE.ckpt`.

python -m emo.autolabel data.root=data/mine detector=face_detection_yunet_2023mar.onnx
"""

from omegaconf import DictConfig

from emo.cli import command


@command("autolabel")
def main(cfg: DictConfig) -> None:
    """Suggest and count."""
    from emo.config import build, check_config

    check_config(cfg)
    done = build(cfg.autolabel)
    print(", ".join(f"{count} {what}" for what, count in done.items()))
    print(f"confirm them in labelme; those left: python -m emo.check data.root={cfg.data.root}")


if __name__ == "__main__":
    main()
