import re
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from emo.data.folder import Photo
from emo.data.labels import LabelledFace, LabelledPhoto
from emo.data.splits import SPLITS, group_of, person_of, split_photos
from emo.errors import ConfigError, UserError
from emo.faces import EMOTIONS

SHARES = {"train": 0.7, "val": 0.15, "test": 0.15}


def photo(name, emotion=None, source=0):
    faces = (LabelledFace((0, 0, 9, 9), emotion),) if emotion else ()
    return Photo(LabelledPhoto(Path(name), 96, 72, faces), name, source)


def crowd(people, each=10):
    return [photo(f"p{p:02d}_s{i % 2}_{i}.jpg", EMOTIONS[i % 5]) for p in range(people) for i in range(each)]


def everything_once(split, photos):
    assert sorted(i for name in SPLITS for i in split[name]) == list(range(len(photos)))
    assert all(split[name] == sorted(split[name]) for name in SPLITS)


@given(
    st.lists(
        st.tuples(st.sampled_from("abcdefgh"), st.sampled_from((*EMOTIONS, None)), st.integers(0, 1)),
        min_size=3,
        max_size=60,
    ),
    st.sampled_from([None, "^(.)_", "_", "^(.)(_)", "(x)?", "nothing", "", "^(?P<who>.)"]),
    st.integers(0, 5),
)
def test_nobody_is_in_two_splits(people, pattern, seed):
    photos = [photo(f"{who}_{i}.jpg", emotion, source) for i, (who, emotion, source) in enumerate(people)]
    try:
        split = split_photos(photos, SHARES, pattern, seed)
    except UserError:  # too few groups
        assume(False)
    everything_once(split, photos)
    compiled = re.compile(pattern) if pattern else None
    groups = [{(photos[i].source, group_of(photos[i], compiled)) for i in split[name]} for name in SPLITS]
    assert sum(map(len, groups)) == len(set.union(*groups))
    assert split == split_photos(photos, SHARES, pattern, seed)


@given(st.integers(0, 20))
def test_shares_and_emotions_come_out_right(seed):
    photos = crowd(20)
    split = split_photos(photos, SHARES, "^(p[0-9]+)_", seed)
    for name, share in SHARES.items():
        assert abs(len(split[name]) - 200 * share) <= 10  # one person
        emotions = Counter(photos[i].emotion for i in split[name])
        assert set(emotions) == set(EMOTIONS)
        assert max(emotions.values()) - min(emotions.values()) <= 2


def test_single_photos_are_stratified():
    photos = crowd(10) + [photo(f"room_{i}.jpg") for i in range(20)]
    split = split_photos(photos, SHARES, None, 1)
    for name, share in SHARES.items():
        kinds = Counter(photos[i].emotion for i in split[name])
        assert kinds[None] == pytest.approx(20 * share, abs=1)
        for emotion in EMOTIONS:
            assert kinds[emotion] == pytest.approx(20 * share, abs=1)


def test_the_seed_decides():
    photos = crowd(12)
    splits = [str(split_photos(photos, SHARES, "^(p[0-9]+)_", seed)) for seed in range(6)]
    assert len(set(splits)) > 1


def test_all_groups_of_the_pattern_name_the_person():
    same = re.compile(r"^(p\d+)_(s\d+)_")
    assert group_of(photo("p1_s2_3.jpg"), same) == "p1/s2"
    assert group_of(photo("p1_s2_3.jpg"), re.compile("^p[0-9]+")) == "p1"
    assert group_of(photo("x.jpg"), same) == "x.jpg"
    assert group_of(photo("x.jpg"), None) == "x.jpg"


@pytest.mark.parametrize("folder", ["", "train/", "Training/happy/", "monday/"])
def test_an_anchored_pattern_finds_the_file_in_every_folder(folder):
    assert group_of(photo(f"{folder}p1_s2_3.jpg"), re.compile(r"^(p\d+)_")) == "p1"


@pytest.mark.parametrize(
    ("name", "pattern", "person"),
    [
        ("anna/happy_1.jpg", "^([^/]+)/", "anna"),
        ("train/anna/happy_1.jpg", "^([^/]+)/", "anna"),
        ("anna_1/happy_2.jpg", "^([^_]+)_", "anna"),  # the path first, then the file's name
        ("train/1.jpg", "^([^/]+)/", ""),  # a split is nobody
        ("anna/1.jpg", "^(p[0-9]+)_", ""),
        ("p1.jpg", "(x)?", ""),  # found, but empty
    ],
)
def test_whom_a_name_shows(name, pattern, person):
    assert person_of(name, re.compile(pattern)) == person


def test_people_of_other_folders_are_others():
    photos = [photo(f"p1_{i}.jpg", "happy", source=i % 3) for i in range(30)]
    split = split_photos(photos, {"train": 0.34, "val": 0.33, "test": 0.33}, "^(p1)_", 0)
    assert [len(split[name]) for name in SPLITS] == [10, 10, 10]


def test_folders_are_taken_where_they_exist():
    photos = [photo(f"{folder}/{i}.jpg", "sad") for folder in ("Train", "valid", "TEST") for i in range(3)]
    assert split_photos(photos, SHARES, None, 0) == {"train": [0, 1, 2], "val": [3, 4, 5], "test": [6, 7, 8]}


def test_two_folders_select_on_the_second():
    photos = [photo(f"{folder}/{i}.jpg", "sad") for folder in ("train", "test") for i in range(3)]
    assert split_photos(photos, SHARES, None, 0) == {"train": [0, 1, 2], "val": [3, 4, 5], "test": []}


def test_photos_beside_the_folders_are_divided():
    photos = [photo(f"{folder}/{i}.jpg", "sad") for folder in ("train", "val", "test") for i in range(3)]
    photos += [photo(f"{i}.jpg", "happy") for i in range(20)]
    split = split_photos(photos, SHARES, None, 0)
    everything_once(split, photos)
    assert Counter(photos[i].emotion for i in split["train"])["happy"] == 14
    assert set(split["val"]) > {3, 4, 5}


@pytest.mark.parametrize(
    "shares", [{"train": 0.5, "val": 0.5}, {**SHARES, "train": 0.6}, {"train": 1.5, "val": -0.5, "test": 0.0}]
)
def test_shares_make_a_whole(shares):
    with pytest.raises(ConfigError, match="shares"):
        split_photos(crowd(4), shares, None, 0)


def test_no_test_split_is_legal():
    split = split_photos(crowd(4), {"train": 0.75, "val": 0.25, "test": 0.0}, "^(p[0-9]+)_", 0)
    assert [len(split[name]) for name in SPLITS] == [30, 10, 0]


def test_too_few_and_not_a_pattern():
    with pytest.raises(UserError, match="too few"):
        split_photos(crowd(1), SHARES, "^(p[0-9]+)_", 0)
    with pytest.raises(ConfigError, match="group_pattern"):
        split_photos(crowd(4), SHARES, "(", 0)
