"""The content of metrics.json: every figure with its interval, in the parts that README documents."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from emo.bootstrap import Figures, intervals
from emo.evaluating.confidence import confidence, confidence_figures, known_emotions
from emo.evaluating.figures import band_counts, band_figures, class_counts, class_figures, mean_box_xyxy
from emo.evaluating.gallery import LOOKS, Tables
from emo.metrics import Predictions, score

CORRUPTION_FIGURES = (
    "presence_recall",
    "false_alarm_rate",
    "box_iou",
    "box_iou_50",
    "ap_50",
    "emotion_accuracy",
    "emotion_balanced_accuracy",
    "emotion_ece",
)
"""What of `score` is told under corruptions."""

_NO_BOX = torch.zeros(4)  # where the constant box is not told

Figure = dict[str, Any]
"""{"value": ..., "low": ..., "high": ...}; the latter two where there is an interval."""


class Teller:
    """Figures with intervals, in the shape that metrics.json has them.

    Args:
        classes: names of the emotions.
        groups: (N,) group of each photo, see `intervals`.
        resamples: draws for the intervals.
        unsure: answers less probable than this are withheld.
        edges: of the bands of face heights.
    """

    def __init__(
        self,
        classes: Sequence[str],
        groups: Sequence[str],
        resamples: int,
        unsure: float,
        edges: Sequence[float],
    ) -> None:
        self._classes, self._groups, self._resamples = list(classes), list(groups), resamples
        self._unsure, self._edges = unsure, edges

    def parts(self, tables: Tables) -> dict[str, Any]:
        """The parts one_look, two_looks, per_class, by_size and confidence."""
        told: dict[str, Any] = {look: self._figures(table) for look, table in tables.items()}
        told["per_class"] = {look: self._per_class(table) for look, table in tables.items()}
        told["by_size"] = {look: self._by_size(table) for look, table in tables.items()}
        told["confidence"] = {look: self._confidence(table) for look, table in tables.items()}
        return told

    def corruptions(
        self, clean: Tables, corrupted: Mapping[str, Tables], rows: Sequence[int]
    ) -> dict[str, dict[str, dict[str, Figure]]]:
        """{corruption: {look: {figure: value, interval and `change`}}}.

        Args:
            clean: tables of all photos.
            corrupted: tables of some photos.
            rows: which those are.
        """
        told: dict[str, dict[str, dict[str, Figure]]] = {name: {} for name in corrupted}
        groups = [self._groups[row] for row in rows]
        for look in LOOKS:
            before = clean[look].rows(torch.tensor(rows))
            after = {name: tables[look] for name, tables in corrupted.items()}
            for key, figure in self._told(_changes(self._few, before, after), len(rows), groups).items():
                name, what, *change = key.split("/")
                place = told[name].setdefault(look, {})
                if change:
                    place[what]["change"] = figure
                else:
                    place[what] = figure
        return told

    def against(self, tables: Tables, others: Tables) -> dict[str, dict[str, Figure]]:
        """{look: {figure: the other's value, and `difference`: ours minus the other's, with a paired interval}}."""
        told: dict[str, dict[str, Figure]] = {}
        for look in LOOKS:
            ours, other = tables[look], others[look]
            found = self._told(_changes(self._all, other, {"ours": ours}), len(ours.presence), self._groups)
            values = self._all(other)
            told[look] = {
                name: {"value": values[name], "difference": found[f"ours/{name}/change"]}
                for name in values
                if f"ours/{name}/change" in found
            }
        return told

    def _few(self, table: Predictions) -> dict[str, float]:
        told = score(table, self._classes, _NO_BOX)
        return {name: told[name] for name in CORRUPTION_FIGURES if name in told}

    def _all(self, table: Predictions) -> dict[str, float]:
        told = score(table, self._classes, _NO_BOX)
        told |= confidence_figures(known_emotions(table), self._unsure)
        return {name: value for name, value in told.items() if not name.startswith("constant_")}

    def _figures(self, table: Predictions) -> dict[str, Figure]:
        box = mean_box_xyxy(table)
        return self._told(lambda rows: score(table.rows(rows), self._classes, box), len(table.presence))

    def _per_class(self, table: Predictions) -> dict[str, dict[str, Any]]:
        figures = self._told(lambda rows: class_figures(table.rows(rows), self._classes), len(table.presence))
        told: dict[str, dict[str, Any]] = {
            name: {"count": count} for name, count in class_counts(table, self._classes).items()
        }
        for key, figure in figures.items():
            name, _, what = key.rpartition("/")
            told[name][what] = figure
        return told

    def _by_size(self, table: Predictions) -> dict[str, dict[str, Any]]:
        box = mean_box_xyxy(table)
        figures = self._told(
            lambda rows: band_figures(table.rows(rows), self._classes, box, self._edges), len(table.presence)
        )
        told: dict[str, dict[str, Any]] = {
            name: {"count": count} for name, count in band_counts(table, self._edges).items() if count
        }
        for key, figure in figures.items():
            name, _, what = key.rpartition("/")
            told[name][what] = figure
        return told

    def _confidence(self, table: Predictions) -> dict[str, Any]:
        known = known_emotions(table)
        if not len(known.presence):
            return {}
        figures = self._told(
            lambda rows: confidence_figures(known_emotions(table.rows(rows)), self._unsure),
            len(table.presence),
        )
        return {"unsure_below": self._unsure} | figures | confidence(known)

    def _told(self, figures: Figures, count: int, groups: Sequence[str] | None = None) -> dict[str, Figure]:
        ends = intervals(figures, self._groups if groups is None else groups, self._resamples)
        return {
            name: {"value": value}
            | (dict(zip(("low", "high"), ends[name], strict=True)) if name in ends else {})
            for name, value in figures(torch.arange(count)).items()
        }


def _changes(
    figures: Callable[[Predictions], Mapping[str, float]],
    before: Predictions,
    after: Mapping[str, Predictions],
) -> Figures:
    """Figures `NAME/FIGURE` of each table of `after`, and `NAME/FIGURE/change` from `before` on the same rows."""

    def told(rows: Tensor) -> dict[str, float]:
        start, found = figures(before.rows(rows)), {}
        for name, table in after.items():
            for what, value in figures(table.rows(rows)).items():
                found[f"{name}/{what}"] = value
                if what in start:
                    found[f"{name}/{what}/change"] = value - start[what]
        return found

    return told
