"""The benchmark as a command: what was asked for, measured in turns, as tables and as a report."""

from __future__ import annotations

import importlib.util
import json
import platform
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from hydra import compose
from omegaconf import DictConfig

from emo.benchmarking.contender import Contender
from emo.benchmarking.rounds import measure
from emo.benchmarking.rows import Row, make_rows, peaks
from emo.benchmarking.runtimes import NO_BF16, drawn_views, peak_contenders, runtime_contenders
from emo.benchmarking.table import FACES, MODELS, RUNTIMES, TRACKING, show, show_figures
from emo.benchmarking.training import measure_training, network_operations
from emo.benchmarking.ways import open_ways
from emo.config import build, check_config
from emo.errors import ConfigError, UserError
from emo.live.files import VideoFile
from emo.live.measuring import camera_speed, file_speed
from emo.live.speed import draw_clip
from emo.model.checkpoint import KEY, PREFIX, describe, load_one_face
from emo.runtime.openvino_runtime import has_bf16

PARTS = ("all", "runtimes", "training", "live", "models", "peers", "faces", "tracking")


def benchmark(cfg: DictConfig) -> None:
    """Measure by a composed `conf/benchmark.yaml`; nothing else in the package sees it.

    Raises:
        UserError: a setting, a file or a folder is not usable; the message says which.
    """
    check_config(cfg)
    wanted = ("runtimes", "training", "live") if cfg.benchmark == "all" else (cfg.benchmark,)
    if cfg.benchmark not in PARTS:
        raise ConfigError(f"benchmark: must be one of {', '.join(PARTS)}, not {cfg.benchmark}")
    if cfg.seconds <= 0 or min(cfg.batches, default=0) < 1:
        raise ConfigError("seconds must be above 0, and batches one or more sizes of at least 1")
    report = _target(cfg.report, cfg.overwrite)
    content: dict[str, Any] = {"format": 1, "machine": _machine(), "seconds": cfg.seconds}
    parts = {"runtimes": _runtimes, "training": _training, "live": _live, "models": _models, "peers": _peers}
    parts |= {"faces": _faces, "tracking": _tracking}
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        needed = cfg.benchmark not in ("models", "faces", "tracking")
        checkpoint = _checkpoint(cfg, Path(folder)) if needed else Path()
        for part in wanted:
            content[part] = parts[part](cfg, checkpoint, Path(folder))
    if report is not None:
        report.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
        print(f"wrote {report}")


def _runtimes(cfg: DictConfig, checkpoint: Path, folder: Path) -> list[Row]:
    network = load_one_face(checkpoint)
    views = drawn_views(network.input_size)
    _say("converting the network")
    contenders = runtime_contenders(checkpoint, folder, views, cfg.emulate)
    results = measure([*contenders, *peak_contenders(contenders)], views, cfg.batches, cfg.seconds, say=_say)
    rows = make_rows(results, network_operations(network), peaks(results))
    show(f"one look at {network.input_size} x {network.input_size}, {network.backbone_name}", RUNTIMES, rows)
    return rows


def _training(cfg: DictConfig, checkpoint: Path, folder: Path) -> dict[str, float]:
    data = build(cfg.data)
    data.setup()
    network = load_one_face(checkpoint)
    if network.input_size != data.size:
        raise ConfigError(f"model.input_size: the checkpoint has {network.input_size}, the data {data.size}")
    device, precisions = (
        ("cuda", ("fp32", "bf16", "fp16")) if torch.cuda.is_available() else ("cpu", ("fp32", "bf16"))
    )
    usable = [
        Contender("", p, "torch", device=device)
        for p in precisions
        if device == "cuda" or p == "fp32" or has_bf16()
    ]
    results = measure(peak_contenders(usable), np.zeros((1, 1, 1, 3), np.uint8), [1], cfg.seconds, say=_say)
    _say("measuring the parts of a training")
    figures = measure_training(
        data, network, build(cfg.loss), build(cfg.optimizer), peaks(results), cfg.seconds
    )
    show_figures("training, samples a second", figures)
    if device == "cpu" and not has_bf16():
        print(f"step bf16: {NO_BF16}")
    return figures


def _live(cfg: DictConfig, checkpoint: Path, folder: Path) -> dict[str, dict[str, float]]:
    predict = build(cfg.predictor)(checkpoint, load_one_face(checkpoint).classes, presence=0.0)
    clip = str(draw_clip(folder / "clip.mp4"))
    images = [np.ascontiguousarray(frame.image[..., ::-1]) for frame in VideoFile(clip)]
    figures = {
        "file": file_speed(predict, clip, drawing=False),
        "file, drawn": file_speed(predict, clip, drawing=True),
        "camera at 30 frames/s": camera_speed(predict, images, 30.0, cfg.seconds),
    }
    for name, values in figures.items():
        show_figures(f"live, {name}", values)
    return figures


def _models(cfg: DictConfig, checkpoint: Path, folder: Path) -> list[Row]:
    from emo.benchmarking.models import measure_models

    configs = [compose("train", [f"model={name}"]).model for name in cfg.models]
    for config in configs:
        config.input_size, config.weights, config.classes = cfg.model.input_size, "random", cfg.classes
    makers: Sequence[Callable[[], Any]] = [lambda config=config: build(config) for config in configs]  # type: ignore[misc]
    rows = measure_models(makers, cfg.model.input_size, folder, Path(cfg.logs), cfg.seconds, _say)
    show("networks to choose from", MODELS, rows)
    return rows


def _peers(cfg: DictConfig, checkpoint: Path, folder: Path) -> list[Row]:
    network = load_one_face(checkpoint)
    views = drawn_views(network.input_size)
    ours = runtime_contenders(checkpoint, folder, views, cfg.emulate)
    ours = [contender for contender in ours if not contender.reason and contender.device == "cpu"]
    no_keras = (
        "" if importlib.util.find_spec("tensorflow") else "`pip install tensorflow-cpu` to compare with it"
    )
    no_yunet = "" if cfg.yunet else "give yunet=face_detection_yunet_2023mar.onnx of the OpenCV zoo"
    others = [
        Contender("Keras, model.predict", "fp32", "keras", size=network.input_size, reason=no_keras),
        Contender(
            "OpenCV YuNet, finding only",
            "fp32",
            "yunet",
            cfg.yunet or "",
            size=network.input_size,
            reason=no_yunet,
        ),
    ]
    rows = make_rows(
        measure([*ours, *others], views, [1], cfg.seconds, say=_say), network_operations(network), {}
    )
    show("beside others, one look at a time", RUNTIMES, rows)
    keras = [row["ms"] for row in rows if row["runtime"].startswith("Keras") and "ms" in row]
    for row in rows:
        if keras and "ms" in row:
            row["times_keras"] = keras[0] / row["ms"]
            print(f"{row['runtime']} {row['precision']}: {row['times_keras']:.1f} times model.predict")
    return rows


def _faces(cfg: DictConfig, checkpoint: Path, folder: Path) -> list[Row]:
    from emo.benchmarking.faces import drawn_scenes, measure_faces, photo_scenes

    if cfg.scenes < 1:
        raise ConfigError(f"scenes: must be at least 1, not {cfg.scenes}")
    if cfg.photos is None:
        scenes, people = drawn_scenes(cfg.scenes, cfg.seed), "drawn people"
    else:
        data = build(cfg.data)
        scenes, people = photo_scenes(data, cfg.photos, cfg.scenes), f"the photos of {cfg.photos}"
    ways = open_ways(cfg.checkpoint, cfg.detector, cfg.reader, cfg.classes, _say)
    rows = measure_faces(ways, scenes, cfg.seconds, _say)
    show(f"{len(scenes)} frames of {people}, ways to find and read their faces", FACES, rows)
    return rows


def _tracking(cfg: DictConfig, checkpoint: Path, folder: Path) -> list[Row]:
    from emo.benchmarking.tracking import measure_tracking

    ways = open_ways(cfg.checkpoint, cfg.detector, cfg.reader, cfg.classes, _say)
    rows = measure_tracking({name: ways[name] for name in ways if "one face" not in name}, cfg.seed, _say)
    show("numbers of drawn people who cross, hide and leave", TRACKING, rows)
    return rows


def _checkpoint(cfg: DictConfig, folder: Path) -> Path:
    """The user's, or one with random weights: they are as fast."""
    if cfg.checkpoint is not None:
        load_one_face(Path(cfg.checkpoint))  # says at once what is wrong with it
        return Path(cfg.checkpoint)
    torch.manual_seed(cfg.seed)
    network = build(cfg.model).eval()
    path = folder / "random.ckpt"
    weights = {PREFIX + name: value for name, value in network.state_dict().items()}
    torch.save({KEY: describe(network), "state_dict": weights}, path)
    return path


def _machine() -> dict[str, Any]:
    features = torch.cpu.get_capabilities() if hasattr(torch.cpu, "get_capabilities") else {}
    return {
        "system": platform.platform(),
        "processor": [name for name, there in features.items() if there is True],
        "threads": torch.get_num_threads(),
        "gpu": torch.cuda.get_device_name() if torch.cuda.is_available() else None,
        "python": platform.python_version(),
        "torch": torch.__version__,
    }


def _target(report: str | None, overwrite: bool) -> Path | None:
    if report is None:
        return None
    path = Path(report)
    if not path.parent.is_dir():
        raise UserError(f"report={report}: there is no folder {path.parent}")
    if path.exists() and not overwrite:
        raise UserError(f"{path}: exists already; overwrite=true replaces it")
    return path


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
