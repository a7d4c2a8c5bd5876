"""The export as a command: convert, compare, refuse or write."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from emo.errors import ConfigError, UserError
from emo.exporting.needs import check_installed
from emo.exporting.parity import MOST_LOST, Parity, compare, look_at
from emo.exporting.quantise import Rows, count_layers, quantise
from emo.exporting.views import Dataset, LabelledViews, make_views
from emo.exporting.write import write_onnx, write_openvino
from emo.model.checkpoint import load_one_face
from emo.model.fold import fold_batch_norm
from emo.runtime.about import About, checkpoint_key
from emo.runtime.choose import EXPORTED, newest_checkpoint
from emo.runtime.openvino_runtime import OpenVINORuntime, convert
from emo.runtime.runtime import Look
from emo.runtime.silent import ov
from emo.runtime.torch_runtime import TorchRuntime

ENDINGS = {"onnx": ".onnx", "openvino": ".xml", "int8": "_int8.xml"}
"""Of the file's default name, by format."""


def export(
    to: str,
    read: Callable[[], Dataset],
    classes: Sequence[str],
    thresholds: Mapping[str, float],
    checkpoint: str | None = None,
    output: str | None = None,
    calibrate: int = 150,
    judge: int = 500,
    force: bool = False,
    overwrite: bool = False,
) -> Path:
    """Export a checkpoint, and measure what that changed.

    Args:
        to: a key of `ENDINGS`.
        read: reads the photos.
        classes: the emotions that the checkpoint must know.
        thresholds: `presence` and `emotion`, kept in the file.
        checkpoint: None takes the newest best one.
        output: the file; None puts it beside the checkpoint.
        calibrate: photos that int8 takes its ranges from.
        judge: photos that the networks are compared on.
        force: write it even if it loses more than a point of accuracy.
        overwrite: replace files that exist.

    Returns:
        The file.

    Raises:
        UserError: something of the user's cannot be used, or the export loses too much; nothing is written.
    """
    source = newest_checkpoint() if checkpoint is None else Path(checkpoint)
    if source.suffix in EXPORTED:
        raise UserError(f"{source}: exported already; give the checkpoint that it came from")
    target = _target(to, source, output, overwrite)
    network = load_one_face(source)
    if network.classes != tuple(classes):
        named = ",".join(network.classes)
        raise UserError(f"{source}: knows other emotions than classes says; add 'classes=[{named}]'")
    dataset, size, key = read(), network.input_size, checkpoint_key(source)
    precision = "int8" if to == "int8" else "fp32"
    about = About(
        network.classes, size, network.backbone_name, network.kind, key, precision, dict(thresholds)
    )
    judged = make_views(dataset.rest, classes, size, judge)
    network = fold_batch_norm(network)
    original = look_at(TorchRuntime(network), judged)
    with tempfile.TemporaryDirectory(
        dir=target.parent, prefix=".export-", ignore_cleanup_errors=True
    ) as name:
        folder, layers = Path(name), None
        if to == "onnx":
            write_onnx(network, about, folder / target.name)
        else:
            model = convert(source)
            if to == "int8":
                views = make_views(dataset.train, classes, size, calibrate).views
                model = quantise(model, views, judged.views, _accuracy(original, judged))
                layers = count_layers(model)
            write_openvino(model, about, folder / target.name)
        parity = _measure(folder / target.name, original, judged)
        _tell(parity, layers)
        if parity.lost > MOST_LOST and not force:
            raise UserError(
                f"{target}: not written: it would lose {100 * parity.lost:.2f} points of accuracy; "
                "more photos to calibrate with may help, or force=true writes it anyway"
            )
        _write_report(folder / f"{target.name}.json", source, about, layers, parity)
        _put(folder, target)
    print(f"wrote {target}, {_megabytes(target):.1f} MB; {source}: {_megabytes(source):.1f} MB")
    return target


def _target(to: str, source: Path, output: str | None, overwrite: bool) -> Path:
    if to not in ENDINGS:
        raise ConfigError(f"to: must be one of {', '.join(ENDINGS)}, not {to}")
    target = Path(output) if output else source.with_name(source.stem + ENDINGS[to])
    suffix = Path(ENDINGS[to]).suffix or ENDINGS[to]
    check_installed(to)
    if target.suffix != suffix:
        raise ConfigError(f"output: to={to} writes a file that ends in {suffix}, not {target.name}")
    if not target.parent.is_dir():
        raise UserError(f"{target}: there is no folder {target.parent}")
    taken = [path for path in _files(target) if path.exists()]
    if taken and not overwrite:
        raise UserError(f"{taken[0]}: exists already; overwrite=true replaces it, output=FILE writes another")
    return target


def _files(target: Path) -> list[Path]:
    """All that an export consists of."""
    weights = [target.with_suffix(".bin")] if target.suffix == ".xml" else []
    return [*weights, target.with_name(target.name + ".json"), target]


def _accuracy(original: Look, judged: LabelledViews) -> Callable[[Look, Rows], float]:
    """1 less what answers to some of the views lose against the original's."""

    def accuracy(look: Look, rows: Rows) -> float:
        before = Look(*(column[rows] for column in original))
        return 1.0 - compare(before, look, LabelledViews._make(column[rows] for column in judged)).lost

    return accuracy


def _measure(made: Path, original: Look, judged: LabelledViews) -> Parity:
    # read here: what OpenVINO is given as a file, it keeps compiled in the user's cache
    exported = OpenVINORuntime(ov.Core().read_model(made), "fp32")
    return compare(original, look_at(exported, judged), judged)


def _write_report(
    path: Path, source: Path, about: About, layers: tuple[int, int] | None, parity: Parity
) -> None:
    names = {"file": path.stem, "checkpoint": source.name, "checkpoint_key": about.checkpoint}
    counts = {} if layers is None else {"int8_layers": layers[0], "layers": layers[1]}
    report = {**about.__dict__, **names, **counts, **parity.as_dict()}
    path.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")


def _put(folder: Path, target: Path) -> None:
    """Move the files to their place; the one that is opened comes last, so that it is never without its weights."""
    for path in _files(target):
        os.replace(folder / path.name, path)


def _megabytes(path: Path) -> float:
    weights = path.with_suffix(".bin")
    others = weights.stat().st_size if path.suffix == ".xml" else 0
    return (path.stat().st_size + others) / 1e6


def _tell(parity: Parity, layers: tuple[int, int] | None) -> None:
    table = Table()
    for column in ("", "before", "after", "change"):
        table.add_column(column, justify="right" if column else "left")
    for name, before in parity.before.items():
        after = parity.after[name]
        table.add_row(name.replace("_", " "), f"{before:.3f}", f"{after:.3f}", f"{after - before:+.3f}")
    Console().print(table)
    print(f"on {parity.views} views of photos of val and test")
    largest = ", ".join(f"{name} {value:.2g}" for name, value in parity.largest_difference.items())
    changed = ", ".join(f"{name} {count}" for name, count in parity.changed_labels.items())
    print(f"largest difference: {largest}; changed labels: {changed}")
    if layers is not None:
        print(f"{layers[0]} of {layers[1]} layers with weights are in int8")
