"""Cross-validated doubts: swapped labels are found though the classifier was given them all."""

import numpy as np
import pytest
import torch

from emo.checking.crossed import assign_folds, cross_predict, find_crossed_doubts
from emo.data.folder import Photo
from emo.data.labels import LabelledFace, LabelledPhoto
from emo.errors import ConfigError
from emo.faces import EMOTIONS
from tests.checking.conftest import save


def test_folds_keep_groups_together_and_are_of_a_size():
    groups = [f"p{i // 7}" for i in range(70)]
    fold = assign_folds(groups, 5)
    assert all(len({f for f, g in zip(fold, groups, strict=True) if g == name}) == 1 for name in set(groups))
    assert np.bincount(fold).tolist() == [14] * 5
    with pytest.raises(ConfigError, match="between 2 and the number of people or photos, 10"):
        assign_folds(groups, 11)


def test_no_face_is_judged_by_itself():
    """Features that name each face are of no use to a classifier of the other faces."""
    labels = np.random.default_rng(1).integers(0, 5, 100)
    own = cross_predict(torch.eye(100), labels, np.arange(100) % 5, 5)
    assert (own.argmax(axis=1) == labels).mean() < 0.4
    told = cross_predict(torch.eye(5)[labels], labels, np.arange(100) % 5, 5)
    assert (told.argmax(axis=1) == labels).all()


class Colours(torch.nn.Module):
    """A backbone whose features are the mean colour."""

    classes = EMOTIONS
    input_size = 64

    @staticmethod
    def normalise(images):
        return images / 255

    def backbone(self, images):
        return images.mean(dim=(2, 3), keepdim=True)


def test_swapped_labels_are_found(tmp_path):
    colours = dict(
        zip(EMOTIONS, [(250, 0, 0), (0, 250, 0), (0, 0, 250), (250, 250, 0), (0, 250, 250)], strict=True)
    )
    photos = []
    for i in range(60):
        frame = np.full((64, 64, 3), 128, np.uint8)
        frame[8:40, 8:40] = colours[EMOTIONS[i % 5]]
        image = save(tmp_path / f"{i}.png", frame)
        label = EMOTIONS[(i + (i < 2)) % 5]
        photos.append(Photo(LabelledPhoto(image, 64, 64, (LabelledFace((8, 8, 40, 40), label),)), image.name))
    found = list(find_crossed_doubts(photos, [p.name for p in photos], Colours(), 4))
    assert {f.file.rsplit("/", 1)[-1] for f in found} == {"0.png", "1.png"}
    assert "labelled happy" in found[0].text + found[1].text
