"""How far the probabilities can be trusted: calibration, and what is gained by saying nothing when unsure."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F

from emo.data.dataset import NO_EMOTION
from emo.metrics import ECE_BINS, Predictions

Array = npt.NDArray[np.float64]

_POINTS = 100  # of the curve that is written down


def known_emotions(table: Predictions) -> Predictions:
    """The rows of faces whose emotion is known."""
    return table.rows(table.true_emotions != NO_EMOTION)


def reliability(known: Predictions) -> list[dict[str, float]]:
    """For each bin of the answer's probability that has answers: its ends, their number, mean probability and accuracy.

    The bins are those of the expected calibration error, (low, high].
    """
    sure, right = _answers(known)
    places = np.clip(np.ceil(sure * ECE_BINS).astype(int) - 1, 0, ECE_BINS - 1)
    return [
        {
            "low": place / ECE_BINS,
            "high": (place + 1) / ECE_BINS,
            "count": int((places == place).sum()),
            "confidence": float(sure[places == place].mean()),
            "accuracy": float(right[places == place].mean()),
        }
        for place in range(ECE_BINS)
        if (places == place).any()
    ]


def confidence_figures(known: Predictions, unsure: float) -> dict[str, float]:
    """Figures of the probabilities of N answers; nothing where N is 0.

    Args:
        known: rows of known emotions.
        unsure: answers less probable than this are withheld.

    Returns:
        nll: mean negative log-likelihood of the truth. brier: mean squared distance of the probabilities from it
        (Brier 1950, summed over the classes, 0 to 2). risk_area: mean share of wrong answers over all coverages (AURC,
        Geifman et al. 2019, https://arxiv.org/abs/1805.08206). unsure_*: at that threshold, the part that is answered
        (coverage), how much of it is right (accuracy), which part of all wrong answers is withheld (wrong_withheld:
        the gain) and which part of all right ones (right_withheld: the cost).
    """
    if not len(known.presence):
        return {}
    sure, right = _answers(known)
    likely = known.emotions.gather(1, known.true_emotions[:, None])[:, 0]
    truth = F.one_hot(known.true_emotions, known.emotions.shape[1])
    answered = sure >= unsure
    figures = {
        "nll": float(-likely.clamp_min(torch.finfo(torch.float32).tiny).log().mean()),
        "brier": float(((known.emotions - truth) ** 2).sum(dim=1).mean()),
        "risk_area": float(risks(known).mean()),
        "unsure_coverage": float(answered.mean()),
    }
    if answered.any():
        figures["unsure_accuracy"] = float(right[answered].mean())
    if not right.all():
        figures["unsure_wrong_withheld"] = float((~answered)[~right].mean())
    if right.any():
        figures["unsure_right_withheld"] = float((~answered)[right].mean())
    return figures


def risks(known: Predictions) -> Array:
    """Share of wrong answers among the k surest, for k = 1 ... N, (N,); equally sure ones share their errors."""
    sure, right = _answers(known)
    order = np.argsort(-sure, kind="stable")
    _, ties = np.unique(-sure[order], return_inverse=True)
    wrong = (np.bincount(ties, weights=~right[order]) / np.bincount(ties))[ties]
    curve: Array = np.cumsum(wrong) / np.arange(1, len(order) + 1)
    return curve


def risk_curve(known: Predictions) -> list[dict[str, float]]:
    """The curve of risk against coverage at up to 100 coverages."""
    curve = risks(known)
    counts = np.unique(np.ceil(np.arange(1, _POINTS + 1) * len(curve) / _POINTS).astype(int))
    return [{"coverage": count / len(curve), "risk": float(curve[count - 1])} for count in counts]


def confidence(known: Predictions) -> dict[str, Any]:
    """What the diagrams are drawn from."""
    return {"reliability": reliability(known), "risk_curve": risk_curve(known)}


def _answers(known: Predictions) -> tuple[Array, npt.NDArray[np.bool_]]:
    """Probability of each answer and whether it is right, (N,)."""
    sure, said = known.emotions.max(dim=1)
    return sure.double().numpy(), (said == known.true_emotions).numpy()
