import json

import albumentations as A
import numpy as np
import pytest
import torch

from emo.data.augment import Pipeline
from emo.data.cache import FrameCache
from emo.data.dataset import NO_EMOTION, FaceDataset, collate
from emo.data.folder import read_folder
from emo.data.labels import LabelSet
from emo.data.place import PlaceFace
from emo.data.sampler import ViewKey
from emo.faces import EMOTIONS
from tests.fakes import fake_image, save_fake


@pytest.fixture
def make(tmp_path, rng):
    save_fake(tmp_path / "a_happy.png", fake_image(rng), [("happy", (12, 18, 60, 54))])
    save_fake(tmp_path / "b_face.png", fake_image(rng), [("face", (12, 18, 60, 54))])
    save_fake(tmp_path / "c_room.png", fake_image(rng))
    save_fake(tmp_path / "d_crop.png", fake_image(rng, size=(48, 48)), flags={"sad": True})
    save_fake(
        tmp_path / "e_two.png", fake_image(rng), [("angry", (0, 0, 10, 10)), ("surprise", (40, 20, 80, 60))]
    )
    save_fake(tmp_path / "f_votes.png", fake_image(rng, size=(48, 48)), flags={"sad": True})
    content = json.loads((tmp_path / "f_votes.json").read_text()) | {
        "emotion_votes": {"sad": 6, "neutral": 2}
    }
    (tmp_path / "f_votes.json").write_text(json.dumps(content))
    photos = read_folder(tmp_path, LabelSet(EMOTIONS)).photos

    def make(transforms=(), size=64, max_side=640, keep_frames=False):
        frames = FrameCache([photo.labelled for photo in photos], max_side, 1)
        return FaceDataset(photos, EMOTIONS, frames, Pipeline(list(transforms)), size, keep_frames)

    return make


def sample(dataset, photo, seed=0):
    return dataset[ViewKey(photo, seed)]


def test_box_and_emotion(make):
    s = sample(make(), 0)
    assert s.image.shape == (3, 64, 64)
    assert s.image.dtype == torch.uint8
    # the frame of 96 x 72 lies in a square of 96: 12 pixels of grey above and below
    torch.testing.assert_close(s.box_cxcywh, torch.tensor([36 / 96, 48 / 96, 48 / 96, 36 / 96]))
    assert (bool(s.has_box), float(s.presence), int(s.emotion)) == (True, 1.0, EMOTIONS.index("happy"))


@pytest.mark.parametrize(
    ("photo", "has_box", "presence", "emotion"),
    [
        (1, True, 1, NO_EMOTION),
        (2, False, 0, NO_EMOTION),
        (3, False, 1, EMOTIONS.index("sad")),
        (4, True, 1, EMOTIONS.index("surprise")),
    ],
)
def test_what_is_unknown_is_masked(make, photo, has_box, presence, emotion):
    s = sample(make(), photo)
    assert (bool(s.has_box), float(s.presence), int(s.emotion)) == (has_box, presence, emotion)
    assert bool((s.box_cxcywh == 0).all()) == (not has_box)


def test_emotions_are_learnt_by_the_shares_of_their_votes(make):
    shares = collate([sample(make(), i) for i in range(6)]).emotion_shares
    hard = {0: "happy", 3: "sad", 4: "surprise"}
    expected = torch.tensor([[float(name == hard.get(i)) for name in EMOTIONS] for i in range(6)])
    expected[5, EMOTIONS.index("sad")], expected[5, EMOTIONS.index("neutral")] = 0.75, 0.25
    torch.testing.assert_close(shares, expected)


def test_the_largest_face_is_learnt(make):
    torch.testing.assert_close(sample(make(), 4).box_cxcywh * 96, torch.tensor([60.0, 52, 40, 40]))


def test_boxes_shrink_with_the_frame(make):
    torch.testing.assert_close(sample(make(max_side=48), 0).box_cxcywh, sample(make(), 0).box_cxcywh)


def test_a_face_that_is_lost_is_no_face(make):
    dataset = make([PlaceFace(64, 64, face_height=(0.1, 0.2), lose=1.0)])
    lost = [sample(dataset, 4, seed) for seed in range(40)]
    gone = [s for s in lost if not s.presence]
    assert gone
    assert all(int(s.emotion) == NO_EMOTION and not s.has_box for s in gone)


@pytest.mark.parametrize("photo", range(5))
def test_the_seed_decides(make, photo):
    transforms = [PlaceFace(64, 64), A.GaussNoise(p=1)]
    one, same, other = (sample(make(transforms), photo, seed) for seed in (7, 7, 8))
    assert torch.equal(one.image, same.image)
    assert torch.equal(one.box_cxcywh, same.box_cxcywh)
    assert not torch.equal(one.image, other.image)


def test_photos_are_placed_before_photos_without_a_face(make):
    """The room's mean differs from every other photo's: some views of a photo show it."""
    dataset = make([PlaceFace(64, 64, face_height=(0.1, 0.15), lose=0, cut_out=1)])
    with_room = {sample(dataset, 0, seed).image.float().mean().item() for seed in range(20)}
    dataset._backgrounds = []
    assert with_room != {sample(dataset, 0, seed).image.float().mean().item() for seed in range(20)}


def test_frames_go_along_for_the_second_look(make):
    assert sample(make(keep_frames=True), 0).frame.shape == (72, 96, 3)
    assert sample(make(), 0).frame.size == 0


def test_collate(make):
    dataset = make(keep_frames=True)
    batch = collate([sample(dataset, i) for i in range(5)])
    assert batch.images.shape == (5, 3, 64, 64)
    assert batch.boxes_cxcywh.shape == (5, 4)
    assert batch.has_box.tolist() == [True, True, False, False, True]
    assert batch.presence.tolist() == [1, 1, 0, 1, 1]
    assert batch.emotions.dtype == torch.int64
    assert batch.photos.tolist() == [0, 1, 2, 3, 4]
    assert [frame.shape[:2] for frame in batch.frames] == [(72, 96)] * 3 + [(48, 48)] + [(72, 96)]
    assert len(dataset) == 6
    np.testing.assert_array_equal(batch.frames[0], dataset.frames.frame(0))
