"""From the keys of the window to the next training: what is corrected is learned."""

from collections import Counter

import numpy as np

from emo.config import build
from emo.faces import EMOTIONS
from emo.live.corrections import Corrections
from emo.live.state import LiveSettings
from emo.window.actions import Actions
from tests.conftest import config
from tests.window.shown import faces_at, shown_of

BOX = (20.0, 40.0, 60.0, 100.0)


def test_data_with_corrections_trains_on_what_the_keys_have_saved(photos, tmp_path):
    folder = tmp_path / "corrections"
    for session, keys in (("20261127-1202", "1233"), ("20261128-0900", "0")):
        actions = Actions(LiveSettings(), EMOTIONS, Corrections(folder, session), tmp_path)
        for index, key in enumerate(keys):
            actions.update(shown_of(faces_at(BOX), index=index))
            actions.press(key)
            actions.press("b")  # or the same digit again would be a key that is held
    data = build(config("data=with_corrections", f"data.root=[{photos},{folder}]", "data.workers=0").data)
    data.setup()
    mended = [photo for photo in data.photos if data.roots[photo.source] == folder]
    assert Counter(photo.emotion for photo in mended) == {"angry": 1, "happy": 1, "sad": 2, None: 1}
    boxes = [face.box_xyxy for photo in mended for face in photo.labelled.faces]
    np.testing.assert_allclose(boxes, [BOX] * 4)
    names = {photo.name for photo in mended}
    splits = [names & {photo.name for photo in data.photos_of(split)} for split in data.split]
    assert set().union(*splits) == names
    for split in splits:  # a session's frames are much alike: they are in one split
        assert {name[:13] for name in split}.isdisjoint(name[:13] for name in names - split)
