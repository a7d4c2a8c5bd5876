"""Doubts by cross-validation: each face is judged by a classifier that has not seen it, nor its person.

What is trained anew for each fold is the last step only: a logistic regression on the features that a checkpoint's
backbone gives for the labelled face. That takes seconds where whole networks would take hours, and a checkpoint that
has learnt the wrong labels by heart no longer just repeats them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from emo.checking.doubts import Read, emotion_doubts
from emo.checking.finding import Finding
from emo.data.folder import Photo
from emo.data.images import load_image
from emo.errors import ConfigError, DataError
from emo.model.network import EmotionNetwork
from emo.view import ImageArray, View

_BATCH = 16
_MAX_SIDE = 640
_DECAY = 0.1  # of the weights, for features of unit variance
_STEPS = 60


def find_crossed_doubts(
    photos: Sequence[Photo], groups: Sequence[str], network: EmotionNetwork, folds: int
) -> Iterator[Finding]:
    """Emotions that a classifier of the other folds doubts, worst first.

    Args:
        photos: with labels; those whose largest face has no confirmed emotion are left out.
        groups: of each photo; those of one group are in one fold.
        network: gives the features; in evaluation mode.
        folds: at least 2.

    Raises:
        ConfigError: there are fewer groups than folds.
    """
    known, features = [], []
    for chunk in _chunks(photos, groups, network):
        features.append(_features(network, [crop for _, _, crop in chunk]))
        known += [(photo, group) for photo, group, _ in chunk]
    if not known:
        return
    labels = np.array([network.classes.index(str(photo.emotion)) for photo, _ in known])
    fold = assign_folds([group for _, group in known], folds)
    emotions = cross_predict(torch.cat(features), labels, fold, len(network.classes))
    reads = [Read(photo, int(k), row) for (photo, _), k, row in zip(known, labels, emotions, strict=True)]
    yield from emotion_doubts(reads, network.classes)


def assign_folds(groups: Sequence[str], folds: int) -> npt.NDArray[np.int64]:
    """The fold of each photo, (N,): groups whole, the largest first, each to the smallest fold.

    Raises:
        ConfigError: there are fewer than 2 folds, or fewer groups than folds.
    """
    sizes = Counter(groups).most_common()
    if not 2 <= folds <= len(sizes):
        raise ConfigError(
            f"folds={folds}: must lie between 2 and the number of people or photos, {len(sizes)}"
        )
    filled, fold_of = [0] * folds, {}
    for group, size in sizes:
        fold_of[group] = filled.index(min(filled))
        filled[fold_of[group]] += size
    return np.array([fold_of[group] for group in groups])


def cross_predict(
    features: Tensor, labels: npt.NDArray[np.integer], fold: npt.NDArray[np.integer], classes: int
) -> npt.NDArray[np.float32]:
    """Probabilities (N, classes) of each face by the regression on the other folds.

    Args:
        features: (N, K).
        labels: (N,) classes.
        fold: (N,).
        classes: how many there are.
    """
    targets = torch.from_numpy(np.asarray(labels, np.int64))
    result = torch.zeros(len(features), classes)
    for number in np.unique(fold):
        held = torch.from_numpy(fold == number)
        mean, std = features[~held].mean(dim=0), features[~held].std(dim=0) + 1e-6
        linear = _fit((features[~held] - mean) / std, targets[~held], classes)
        with torch.no_grad():
            result[held] = linear((features[held] - mean) / std).softmax(dim=1)
    return result.numpy()


def _fit(features: Tensor, targets: Tensor, classes: int) -> nn.Linear:
    linear = nn.Linear(features.shape[1], classes)
    nn.init.zeros_(linear.weight)
    nn.init.zeros_(linear.bias)
    optimizer = torch.optim.LBFGS(linear.parameters(), max_iter=_STEPS, line_search_fn="strong_wolfe")

    def loss() -> Tensor:
        optimizer.zero_grad()
        value = nn.functional.cross_entropy(linear(features), targets) + _DECAY * linear.weight.square().sum()
        value.backward()  # type: ignore[no-untyped-call]
        return value

    optimizer.step(loss)  # type: ignore[no-untyped-call]
    return linear


def _chunks(
    photos: Sequence[Photo], groups: Sequence[str], network: EmotionNetwork
) -> Iterator[list[tuple[Photo, str, ImageArray]]]:
    """The labelled face of each photo with a known emotion, cut out, some at a time."""
    chunk = []
    for photo, group in zip(photos, groups, strict=True):
        if photo.emotion not in network.classes or any(face.suggested for face in photo.labelled.faces):
            continue
        try:
            frame = load_image(photo.labelled.image, _MAX_SIDE)
        except DataError:  # reported already
            continue
        chunk.append((photo, group, _face(photo, frame, network.input_size)))
        if len(chunk) == _BATCH:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _face(photo: Photo, frame: ImageArray, size: int) -> ImageArray:
    boxes = [face.box_xyxy for face in photo.labelled.faces if face.box_xyxy is not None]
    view = View.whole(*frame.shape[1::-1])
    if boxes:
        largest = max(boxes, key=lambda box: (box[2] - box[0]) * (box[3] - box[1]))
        view = View.around(np.array(largest) * frame.shape[1] / photo.labelled.width)
    return view.crop(frame, size)


@torch.inference_mode()
def _features(network: EmotionNetwork, crops: Sequence[ImageArray]) -> Tensor:
    inputs = network.normalise(torch.from_numpy(np.stack(crops)).permute(0, 3, 1, 2))
    features: Tensor = network.backbone(inputs).amax(dim=(2, 3)).float().clone()
    return features
