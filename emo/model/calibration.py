"""Make the answers as sure as they are right: fitted on photos that the network has not learned.

    emotions softmax(logits / T + offsets), presence sigmoid(logit + offset)

T > 1 makes answers less sure and leaves their order (Guo et al. 2017, https://arxiv.org/abs/1706.04599); one offset for
each class moves the prior, as after a training in which all classes were drawn equally often. Both are affine in the
logits, so that they fold into the last layer: what runs afterwards does not know of them. The presence's offset makes
one half the threshold that tells faces from rooms best.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from emo.data.dataset import NO_EMOTION
from emo.metrics import Predictions
from emo.model.network import EmotionNetwork

_STEPS = 200  # of LBFGS; a handful are enough for these convex problems


@dataclass(frozen=True)
class Calibration:
    """What is done to the logits.

    Attributes:
        temperature: that those of the emotions are divided by.
        offsets: one for each class that is added then; they sum to 0.
        presence: that is added to the presence's.
    """

    temperature: float
    offsets: tuple[float, ...]
    presence: float = 0.0

    def __call__(self, emotions: Tensor) -> Tensor:
        """Calibrated probabilities (N, C) of probabilities (N, C) that softmax gave.

        Their logarithms are the logits up to a constant in each row, which softmax does not see.
        """
        return (_log(emotions) / self.temperature + torch.tensor(self.offsets).to(emotions)).softmax(dim=1)


def fit_calibration(table: Predictions, offsets: bool = False, balanced: bool = False) -> Calibration:
    """The temperature (and offsets) under which the true emotions of a table are likeliest.

    The sum of the negative log-likelihoods is minimised by LBFGS, with log(T)^2 and the offsets' squares added: they
    weigh as much as one photo, and keep the answer finite where a small table is all right or lacks a class.

    Args:
        table: predictions on photos that were not trained on, several with a known emotion.
        offsets: fit those too; otherwise they are 0.
        balanced: let each class that occurs weigh as much as any other: right for a use in which all are as frequent.

    Raises:
        ValueError: no emotion is known.
    """
    known = table.rows(table.true_emotions != NO_EMOTION)
    count, classes = known.emotions.shape
    if not count:
        raise ValueError("a calibration needs photos whose emotion is known")
    logits, true = _log(known.emotions.double()), known.true_emotions
    weights = _balancing(true, classes) if balanced else torch.ones(classes, dtype=torch.float64)
    log_t = torch.zeros((), dtype=torch.float64, requires_grad=True)
    shift = torch.zeros(classes, dtype=torch.float64, requires_grad=offsets)
    parameters = [log_t, shift] if offsets else [log_t]
    optimizer = torch.optim.LBFGS(parameters, max_iter=_STEPS, line_search_fn="strong_wolfe")

    def closure() -> Tensor:
        optimizer.zero_grad()
        nll = F.cross_entropy(logits / log_t.exp() + shift, true, weight=weights, reduction="sum")
        loss = nll + log_t**2 + (shift**2).sum()
        loss.backward()  # type: ignore[no-untyped-call]
        return loss

    optimizer.step(closure)  # type: ignore[no-untyped-call]
    centred = (shift - shift.mean()).detach()
    return Calibration(float(log_t.detach().exp()), tuple(float(value) for value in centred))


def fit_presence(table: Predictions) -> float:
    """The offset under which a presence of one half tells the table's faces from its photos without a face best.

    Best: the share of missed faces and that of false alarms have the smallest sum. Where several thresholds do as well,
    the middle of their logits is taken.

    Raises:
        ValueError: the table lacks photos with a face, or without.
    """
    faces = table.true_presence > 0.5
    if faces.all() or not faces.any():
        raise ValueError("an offset of the presence needs photos with a face and photos without one")
    # float32 knows no probability beyond these
    logits = table.presence.double().clamp(1e-7, 1 - 1e-7).logit()
    ends = torch.cat((logits, logits.new_tensor([-17.0, 17.0]))).sort().values
    thresholds = (ends[1:] + ends[:-1]) / 2
    missed = (logits[faces] < thresholds[:, None]).double().mean(dim=1)
    alarms = (logits[~faces] >= thresholds[:, None]).double().mean(dim=1)
    best = thresholds[(missed + alarms) <= (missed + alarms).min() + 1e-9]
    return -float((best.min() + best.max()) / 2)


def fold_calibration(network: EmotionNetwork, calibration: Calibration) -> None:
    """Change the last emotion layer so that its logits are the calibrated ones, exactly.

    Raises:
        ValueError: the calibration is of another number of classes.
    """
    if len(calibration.offsets) != len(network.classes):
        raise ValueError(f"{len(calibration.offsets)} offsets for {len(network.classes)} classes")
    last = network.emotion_head[-1]
    assert isinstance(last, nn.Linear)
    with torch.no_grad():
        last.weight[1:] /= calibration.temperature  # row 0 is the presence
        last.bias[1:] /= calibration.temperature
        last.bias[1:] += torch.tensor(calibration.offsets).to(last.bias)
        last.bias[0] += calibration.presence


def _log(probabilities: Tensor) -> Tensor:
    return probabilities.clamp_min(torch.finfo(torch.float32).tiny).log()


def _balancing(true: Tensor, classes: int) -> Tensor:
    """Weights (C,) under which each class that occurs weighs the same, and all photos together as many as they are."""
    counts = torch.bincount(true, minlength=classes).double()
    return len(true) / (counts.clamp_min(1) * (counts > 0).sum())
