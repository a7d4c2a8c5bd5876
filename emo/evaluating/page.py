"""The report as one HTML file that needs nothing else: figures, diagrams and pictures are inside."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

from torchmetrics.functional.classification import multiclass_confusion_matrix

from emo.evaluating.charts import reliability_chart, risk_chart
from emo.evaluating.confidence import known_emotions
from emo.evaluating.failures import Failure
from emo.evaluating.gallery import LOOKS
from emo.evaluating.pieces import cards, change_cell, figure_cell, percent, table
from emo.evaluating.style import STYLE
from emo.evaluating.telling import drawn_from, seen_line
from emo.metrics import Predictions

_TILES = {
    "box_iou_50": "boxes with IoU 0.5 or more",
    "false_alarm_rate": "false alarms on photos without a face",
    "emotion_accuracy": "emotions right",
    "emotion_balanced_accuracy": "emotions right, every class alike",
    "emotion_ece": "expected calibration error",
}
_MISTAKES = {
    "emotions": (
        "Most confident wrong emotions",
        "The label first, then the answer. A face crop is shown as it is.",
    ),
    "boxes": ("Worst boxes", "Found, with an IoU below 0.5. White: the label; in colour: the answer."),
    "alarms": ("False alarms", "A face where the label says there is none."),
    "misses": ("Misses", "No face where there is one; the probability that was given for it."),
}
_SHOWN_CORRUPTED = (
    "presence_recall",
    "box_iou_50",
    "emotion_accuracy",
    "emotion_balanced_accuracy",
    "false_alarm_rate",
)


def page(
    metrics: Mapping[str, Any], predictions: Predictions, failures: Mapping[str, tuple[int, list[Failure]]]
) -> str:
    """The HTML of an evaluation.

    Args:
        metrics: the content of metrics.json.
        predictions: the table of two looks.
        failures: pictures and number of each kind of mistake.
    """
    title = f"Evaluation of {metrics['checkpoint']}"
    parts = [
        '<!doctype html><html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{escape(title)}</title><style>{STYLE}</style></head><body>",
        *_head(title, metrics),
        *_figures(metrics),
        *_comparison(metrics),
        *_emotions(metrics, predictions),
        *_sizes(metrics),
        *_corruptions(metrics),
        *_confidence(metrics),
        *_failures(failures),
    ]
    return "\n".join((*parts, "</body></html>\n"))


def _head(title: str, metrics: Mapping[str, Any]) -> Iterable[str]:
    network = f"{metrics['backbone']}, {metrics['input_size']} x {metrics['input_size']}, "
    network += f"{metrics['parameters'] / 1e6:.1f} million parameters"
    crops = f", {metrics['crops']} of them face crops" if metrics["crops"] else ""
    yield f"<h1>{escape(title)}</h1>"
    yield f'<p class="dim">{escape(network)}</p>'
    yield f"<p>{metrics['photos']} photos ({metrics['split']}) of {escape(', '.join(metrics['data']))}{crops}.</p>"
    if seen := seen_line(metrics["learned"], metrics["selected"], metrics["photos"]):
        yield f'<p class="warning">{escape(seen)}.</p>'
    tiles = (
        f"<div class='tile'><b>{percent(metrics['two_looks'][name]['value'])}</b><span>{text}</span></div>"
        for name, text in _TILES.items()
        if name in metrics["two_looks"]
    )
    yield f'<div class="tiles">{"".join(tiles)}</div>'


def _figures(metrics: Mapping[str, Any]) -> Iterable[str]:
    yield "<h2>Figures</h2>"
    yield f"<p>{escape(drawn_from(metrics).capitalize())}. One look sees the whole picture; the second a square around "
    yield "the face that the first found. constant_box is the mean box of these photos, given as the answer to all; "
    yield "emotion_majority is the most frequent emotion, likewise.</p>"
    by_emotion = {f"{what}_{emotion}" for what in ("recall", "precision") for emotion in metrics["classes"]}
    names = [name for name in {**metrics["one_look"], **metrics["two_looks"]} if name not in by_emotion]
    rows = [[escape(name), *(figure_cell(metrics[look].get(name)) for look in LOOKS)] for name in names]
    yield table(["", "one look", "two looks"], rows)


def _comparison(metrics: Mapping[str, Any]) -> Iterable[str]:
    if "against" not in metrics:
        return
    other = metrics["against"]
    yield f"<h2>Compared with {escape(other['checkpoint'])}</h2>"
    yield "<p>This checkpoint's figure minus the other's on the same photos, with its paired 95 % interval; a star "
    yield "where that leaves out zero.</p>"
    names = {**other["one_look"], **other["two_looks"]}
    rows = [
        [
            escape(name),
            *(change_cell(name, (other[look].get(name) or {}).get("difference")) for look in LOOKS),
        ]
        for name in names
    ]
    yield table(["difference", "one look", "two looks"], rows)


def _emotions(metrics: Mapping[str, Any], predictions: Predictions) -> Iterable[str]:
    known, classes = known_emotions(predictions), metrics["classes"]
    if not len(known.presence):
        return
    yield "<h2>Emotion by emotion</h2><p>With two looks.</p>"
    names = ("precision", "recall", "f1")
    rows = [
        [escape(name), str(row["count"]), *(figure_cell(row.get(what)) for what in names)]
        for name, row in metrics["per_class"]["two_looks"].items()
    ]
    yield table(["", "faces", "precision", "recall", "F1"], rows)
    counts = multiclass_confusion_matrix(
        known.emotions.argmax(dim=1), known.true_emotions, len(classes)
    ).tolist()
    yield '<h3>Who is taken for what</h3><p>A row for each true emotion, in percent of it.</p><div class="scroll">'
    yield (
        '<table class="matrix"><tr><th></th>'
        + "".join(f"<th>{escape(name)}</th>" for name in classes)
        + "</tr>"
    )
    for name, row in zip(classes, counts, strict=True):
        shares = [count / max(1, sum(row)) for count in row]
        cells = "".join(
            f'<td style="background: rgba(var(--heat), {share:.2f})" title="{count}">{share:.0%}</td>'
            for share, count in zip(shares, row, strict=True)
        )
        yield f"<tr><th>{escape(name)}</th>{cells}</tr>"
    yield "</table></div>"


def _sizes(metrics: Mapping[str, Any]) -> Iterable[str]:
    if not metrics["by_size"]["two_looks"]:
        return
    yield "<h2>By the size of the face</h2>"
    yield "<p>The face's height as a share of the frame's. Found: said, with an IoU of at least 0.5.</p>"
    names = ("found", "box_iou", "ap_50", "emotion_accuracy")
    for look in LOOKS:
        rows = [
            [name, str(row["count"]), *(figure_cell(row.get(what)) for what in names)]
            for name, row in metrics["by_size"][look].items()
        ]
        yield f"<h3>{look.replace('_', ' ').capitalize()}</h3>"
        yield table(["height", "faces", "found", "IoU", "AP50", "emotion"], rows)


def _corruptions(metrics: Mapping[str, Any]) -> Iterable[str]:
    if "corruptions" not in metrics:
        return
    yield f"<h2>Under corruptions</h2><p>{metrics['corrupted_photos']} photos, two looks. The change from the "
    yield "uncorrupted ones; a star where its interval leaves out zero.</p>"
    shown = [
        name
        for name in _SHOWN_CORRUPTED
        if any(name in looks.get("two_looks", {}) for looks in metrics["corruptions"].values())
    ]
    rows = []
    for name, looks in metrics["corruptions"].items():
        figures = [looks.get("two_looks", {}).get(what) for what in shown]
        cells = (
            "" if f is None else f"{f['value']:.3f}<br>{change_cell(what, f.get('change'))}"
            for what, f in zip(shown, figures, strict=True)
        )
        rows.append([escape(name.replace("_", " ")), *cells])
    yield table(["", *(name.replace("_", " ") for name in shown)], rows)


def _confidence(metrics: Mapping[str, Any]) -> Iterable[str]:
    told = metrics["confidence"]["two_looks"]
    if not told:
        return
    yield "<h2>How far the probabilities can be trusted</h2>"
    yield '<div class="charts"><figure>' + reliability_chart(told["reliability"])
    yield "<figcaption>Bars on the dashed line: as often right as it was sure.</figcaption></figure><figure>"
    yield risk_chart(told["risk_curve"], told)
    yield "<figcaption>From the surest answer (left) to all answers (right).</figcaption></figure></div>"
    names = {
        "nll": "negative log-likelihood",
        "brier": "Brier score",
        "risk_area": "area under risk against coverage",
        "unsure_coverage": f"answered when unsure below {told['unsure_below']:g}",
        "unsure_accuracy": "of these right",
        "unsure_wrong_withheld": "wrong answers withheld (the gain)",
        "unsure_right_withheld": "right answers withheld (the cost)",
    }
    both = metrics["confidence"]
    rows = [[text, *(figure_cell(both[look].get(name)) for look in LOOKS)] for name, text in names.items()]
    yield table(["", "one look", "two looks"], rows)


def _failures(failures: Mapping[str, tuple[int, list[Failure]]]) -> Iterable[str]:
    yield "<h2>Where it fails</h2><p>With two looks, the worst first. Keep this file private if the photos are.</p>"
    for kind, (title, text) in _MISTAKES.items():
        count, pictures = failures[kind]
        yield f"<h3>{title} ({count})</h3>"
        if pictures:
            yield f'<p class="dim">{text}</p>{cards(pictures)}'
