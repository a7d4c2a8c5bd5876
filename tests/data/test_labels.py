"""The names that labels go by."""

from __future__ import annotations

import pickle

import pytest

from emo.data.labels import LabelSet
from emo.errors import UserError


def test_classes_aliases_and_face():
    labels = LabelSet(("happy", "Sad"), {"Joy": "HAPPY", "somebody": "face"})
    found = [labels.resolve(label) for label in ("happy", " HAPPY", "sad", "jOY", "Somebody", "face")]
    assert found == ["happy", "happy", "Sad", "happy", None, None]
    assert labels.knows("joy")
    assert not labels.knows("anger")
    with pytest.raises(KeyError):
        labels.resolve("anger")


def test_an_alias_of_an_absent_class_is_an_unknown_label():
    assert not LabelSet(("happy",), {"surprised": "surprise"}).knows("surprised")


def test_it_travels_to_worker_processes():
    labels = LabelSet(["happy"], {"joy": "happy"})
    assert pickle.loads(pickle.dumps(labels)) == labels
    assert pickle.loads(pickle.dumps(labels)).resolve("joy") == "happy"


@pytest.mark.parametrize(
    ("classes", "aliases", "reason"),
    [
        ((), {}, "empty"),
        (("happy", "Happy"), {}, "twice"),
        (("happy", "face"), {}, "'face' means both"),
        (("happy", "sad"), {"Sad": "happy"}, "'Sad' means both"),
        (("happy", "sad"), {"low": "sad", "LOW": "happy"}, "'LOW' means both"),
        (("happy",), {"face": "happy"}, "'face' means both"),
    ],
)
def test_contradictions_are_refused(classes, aliases, reason):
    with pytest.raises(UserError, match=reason):
        LabelSet(classes, aliases)
