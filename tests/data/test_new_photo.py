"""A new photo and its labelme file: both or none."""

import numpy as np
import pytest

from emo.data import new_photo
from emo.data.labelme import write_photo
from emo.data.new_photo import write_new_photo

FRAME = np.zeros((12, 16, 3), np.uint8)


@pytest.mark.parametrize("written", [False, True])
def test_interrupted_at_any_time_it_leaves_both_or_none(tmp_path, monkeypatch, written):
    def interrupted(*arguments, **options):
        if written:
            write_photo(*arguments, **options)
        raise KeyboardInterrupt

    monkeypatch.setattr(new_photo, "write_photo", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_new_photo(tmp_path, ["a"], FRAME, [])
    assert sorted(path.name for path in tmp_path.iterdir()) == (["a.jpg", "a.json"] if written else [])


def test_the_first_free_name(tmp_path):
    names = [write_new_photo(tmp_path, ["a", "b", "c"], FRAME, []).image.name for _ in range(3)]
    assert names == ["a.jpg", "b.jpg", "c.jpg"]
    with pytest.raises(ValueError, match="free"):
        write_new_photo(tmp_path, ["a", "b", "c"], FRAME, [])
