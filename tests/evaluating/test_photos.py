"""Which photos are evaluated, and what the checkpoint has seen of them."""

import json
import shutil

import pytest

from emo.errors import ConfigError, UserError
from emo.evaluating.photos import choose_photos, read_split
from emo.evaluating.telling import seen_line
from emo.faces import EMOTIONS
from tests.evaluating.conftest import data_of
from tests.fakes import write_fakes


@pytest.fixture(scope="module")
def mine(tmp_path_factory):
    return write_fakes(tmp_path_factory.mktemp("x") / "mine", people=3, no_face=0, unknown=0, crops=0)


@pytest.fixture
def checkpoint(tmp_path):
    return tmp_path / "best.ckpt"


def choose(root, split, checkpoint, *overrides):
    return choose_photos(data_of(root, *overrides)(size=64, classes=EMOTIONS), split, checkpoint)


def write_split(checkpoint, **people):
    """A run that has these people in these splits."""
    split = {
        name: [
            f"mine/p{person}_s0_{emotion}_0.png" for person in people.get(name, ()) for emotion in EMOTIONS
        ]
        for name in ("train", "val", "test")
    }
    checkpoint.with_name("split.json").write_text(json.dumps(split))


def people_of(chosen):
    return sorted({int(photo.name.split("/")[-1][1]) for photo in chosen.photos})


def test_a_foreign_folder_is_taken_whole(mine, checkpoint):
    chosen = choose(mine, "unseen", checkpoint)
    assert people_of(chosen) == [0, 1, 2]
    assert (chosen.split, chosen.learned, chosen.selected, chosen.people) == ("all", 0, 0, 3)
    checkpoint.with_name("split.json").write_text(
        '{"train": ["other/p0_s0_happy_0.png"], "val": [], "test": []}'
    )
    assert choose(mine, "unseen", checkpoint).split == "all"


def test_unseen_leaves_out_what_the_run_has_seen(mine, checkpoint):
    write_split(checkpoint, train=[0], val=[1], test=[2])
    chosen = choose(mine, "unseen", checkpoint)
    assert people_of(chosen) == [2]
    assert (chosen.split, chosen.learned, chosen.selected) == ("test", 0, 0)
    write_split(checkpoint, train=[0], val=[1])  # person 2 is new
    assert people_of(choose(mine, "unseen", checkpoint)) == [2]


def test_without_test_photos_val_is_taken_and_said(mine, checkpoint):
    write_split(checkpoint, train=[0, 2], val=[1])
    chosen = choose(mine, "unseen", checkpoint)
    assert people_of(chosen) == [1]
    assert (chosen.split, chosen.learned, chosen.selected) == ("val", 0, 5)
    assert "flatter" in seen_line(0, 5, 5)


def test_trained_photos_are_counted(mine, checkpoint):
    write_split(checkpoint, train=[0, 1], val=[2])
    assert choose(mine, "all", checkpoint)[3:] == (10, 5)
    assert people_of(choose(mine, "train", checkpoint)) == [0, 1]
    write_split(checkpoint, train=[0, 1, 2])
    assert choose(mine, "unseen", checkpoint).learned == 15
    assert seen_line(15, 0, 15).startswith("15 of these 15 photos were in this checkpoint's training")
    assert seen_line(0, 0, 15) == ""


def test_a_part_of_the_folder_is_recognised(mine, checkpoint, tmp_path):
    shutil.copytree(mine, tmp_path / "mine" / "train")
    names = [f"mine/train/{path.name}" for path in mine.glob("*.png")]
    checkpoint.with_name("split.json").write_text(json.dumps({"train": names, "val": [], "test": []}))
    assert choose(tmp_path / "mine" / "train", "all", checkpoint).learned == len(names)
    assert choose(tmp_path / "mine", "all", checkpoint).learned == len(names)


def test_divided_folders(mine, checkpoint, tmp_path):
    for name, person in (("Training", 0), ("PublicTest", 1), ("test", 2)):
        (tmp_path / "fer" / name).mkdir(parents=True)
        for path in mine.glob(f"p{person}_*"):
            shutil.copy(path, tmp_path / "fer" / name)
    for split, person in (("train", 0), ("val", 1), ("test", 2)):
        assert people_of(choose(tmp_path / "fer", split, checkpoint)) == [person]
    assert people_of(choose(tmp_path / "fer", "unseen", checkpoint)) == [0, 1, 2]


def test_an_undivided_folder_is_divided_by_people(mine, checkpoint):
    parts = [choose(mine, split, checkpoint) for split in ("train", "val", "test")]
    assert sorted(person for part in parts for person in people_of(part)) == [0, 1, 2]


def test_nothing_to_evaluate(mine, checkpoint):
    write_split(checkpoint, train=[0, 1, 2])
    with pytest.raises(UserError, match="split=test: none of the 15"):
        choose(mine, "test", checkpoint)
    with pytest.raises(ConfigError, match=r"split: must be one of unseen"):
        choose(mine, "everything", checkpoint)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"train": 3}'])
def test_a_split_that_is_none(tmp_path, text):
    (tmp_path / "split.json").write_text(text)
    with pytest.raises(UserError, match=r"split\.json: not a split"):
        read_split(tmp_path / "split.json")


def test_without_a_pattern_photos_are_drawn(mine, checkpoint):
    chosen = choose(mine, "all", checkpoint, "data.group_pattern=null")
    assert chosen.people is None
    assert len(set(chosen.groups)) == len(chosen.photos) == 15
