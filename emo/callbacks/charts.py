"""Charts of a table of predictions, as images."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from torch import Tensor
from torchmetrics.functional.classification import multiclass_confusion_matrix

from emo.metrics import ECE_BINS, Predictions
from emo.view import ImageArray


def confusion_chart(said: Tensor, true: Tensor, classes: Sequence[str]) -> ImageArray:
    """Confusion matrix of N faces by class index: counts, coloured by the share of each true class."""
    counts = multiclass_confusion_matrix(said, true, len(classes)).numpy()
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    figure = Figure(figsize=(5, 4.5), layout="constrained")
    axes = figure.add_subplot()
    axes.imshow(shares, vmin=0, vmax=1, cmap="Blues")
    axes.set_xticks(range(len(classes)), classes, rotation=30, ha="right")
    axes.set_yticks(range(len(classes)), classes)
    axes.set_xlabel("said")
    axes.set_ylabel("true")
    for (row, column), count in np.ndenumerate(counts):
        colour = "white" if shares[row, column] > 0.5 else "black"
        axes.text(column, row, f"{count}\n{shares[row, column]:.0%}", ha="center", va="center", color=colour)
    return _to_image(figure)


def reliability_chart(known: Predictions) -> ImageArray:
    """How often the answer is right against how sure it was; on the diagonal it is as sure as it should be."""
    sure = known.emotions.amax(dim=1).numpy()
    right = (known.emotions.argmax(dim=1) == known.true_emotions).numpy()
    bins = np.minimum((sure * ECE_BINS).astype(int), ECE_BINS - 1)
    counts = np.bincount(bins, minlength=ECE_BINS)
    accuracy = np.bincount(bins, weights=right, minlength=ECE_BINS) / np.maximum(counts, 1)
    centres = (np.arange(ECE_BINS) + 0.5) / ECE_BINS
    figure = Figure(figsize=(5, 4.5), layout="constrained")
    axes = figure.add_subplot()
    axes.plot([0, 1], [0, 1], color="grey", linestyle="--", linewidth=1)
    axes.bar(centres, accuracy, width=0.9 / ECE_BINS, color="#56b4e9", label="right")
    axes.plot(
        centres, counts / max(counts.sum(), 1), color="#d55e00", marker=".", label="share of the answers"
    )
    axes.set(xlim=(0, 1), ylim=(0, 1), xlabel="probability of the answer", ylabel="share")
    axes.legend(loc="upper left")
    return _to_image(figure)


def _to_image(figure: Figure) -> ImageArray:
    canvas = FigureCanvasAgg(figure)
    canvas.draw()  # type: ignore[no-untyped-call]
    return np.ascontiguousarray(np.asarray(canvas.buffer_rgba())[:, :, :3])  # type: ignore[no-untyped-call]
