"""A table to choose a network by: size, speed, and accuracy where one has been trained."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

from omegaconf import OmegaConf

from emo.benchmarking.contender import Contender
from emo.benchmarking.rounds import measure
from emo.benchmarking.rows import Row, make_rows
from emo.benchmarking.runtimes import drawn_views
from emo.benchmarking.training import network_operations
from emo.exporting.write import write_openvino
from emo.model.fold import fold_batch_norm
from emo.model.network import EmotionNetwork
from emo.runtime.about import About
from emo.runtime.openvino_runtime import convert_network, has_bf16


def measure_models(
    networks: Sequence[Callable[[], EmotionNetwork]],
    size: int,
    folder: Path,
    logs: Path,
    seconds: float,
    say: Callable[[str], None] = lambda line: None,
) -> list[Row]:
    """A row for each network, by OpenVINO in its quickest precision here, one view at a time.

    Args:
        networks: make the networks.
        size: side of the views that they all look at, in pixels.
        folder: where they are written to.
        logs: the trainings; the newest one of each network gives its accuracy.
        seconds: for each network.
        say: takes a line on what is going on.
    """
    rows, contenders, operations = list[Row](), list[Contender](), list[float]()
    precision = "bf16" if has_bf16() else "fp32"
    for number, make in enumerate(networks):
        network = make().eval()
        rows.append(
            {
                "model": network.backbone_name,
                "input_size": network.input_size,
                "parameters": sum(parameter.numel() for parameter in network.parameters()),
                "accuracy": trained_accuracy(logs, network.backbone_name, network.input_size),
            }
        )
        operations.append(network_operations(network))
        path = folder / f"{number}.xml"
        write_openvino(
            convert_network(fold_batch_norm(network)), About(network.classes, network.input_size), path
        )
        contenders.append(Contender("OpenVINO", precision, "openvino", str(path)))
    views = drawn_views(size)
    for row, flops, measured in zip(
        rows, operations, measure(contenders, views, [1], seconds, say=say), strict=True
    ):
        row.update({**make_rows([measured], flops, {})[0], "giga_operations": flops / 1e9})
        row["megabytes"] = Path(measured.contender.path).with_suffix(".bin").stat().st_size / 1e6
    return rows


def trained_accuracy(logs: Path, backbone: str, input_size: int) -> float | None:
    """Balanced accuracy of the emotions of the newest training of such a network; with two looks where it has them."""
    runs = sorted(logs.glob("*/metrics.json"), key=lambda path: path.stat().st_mtime, reverse=True)
    for metrics in runs:
        try:
            config = OmegaConf.load(metrics.parent / "config.yaml")
            if (config.model.backbone, config.model.input_size) == (backbone, input_size):
                content = json.loads(metrics.read_text(encoding="utf-8"))
                looks = content.get("two_looks") or content["one_look"]  # face crops are looked at once
                return float(looks["emotion_balanced_accuracy"]["value"])
        except (OSError, ValueError, KeyError, AttributeError):  # a run that was cut short, or is of others
            continue
    return None
