import numpy as np
import pytest
import torch

from emo.config import build
from emo.data.augment import Pipeline
from emo.data.cache import FrameCache
from emo.data.crowd import Crowd
from emo.data.crowd_dataset import CrowdDataset, collate_crowds
from emo.data.dataset import NO_EMOTION
from emo.data.folder import read_folder
from emo.data.labels import LabelSet
from emo.data.sampler import ViewKey
from emo.errors import ConfigError
from emo.faces import EMOTIONS
from tests.conftest import config, tiny
from tests.fakes import COLOURS, fake_image, save_fake


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path, rng = tmp_path_factory.mktemp("crowd"), np.random.default_rng(0)
    two = fake_image(rng, (10, 10, 40, 50), COLOURS["happy"])
    two[:, 48:] = fake_image(rng, (60, 20, 90, 60), COLOURS["sad"])[:, 48:]
    save_fake(path / "a_two.png", two, [("happy", (10, 10, 40, 50)), ("face", (60, 20, 90, 60))])
    save_fake(
        path / "b_one.png", fake_image(rng, (30, 10, 60, 60), COLOURS["angry"]), [("angry", (30, 10, 60, 60))]
    )
    crop = fake_image(rng, (0, 0, 32, 32), COLOURS["surprise"], (32, 32))
    save_fake(path / "c_crop.png", crop, flags={"surprise": True})
    save_fake(path / "d_room.png", fake_image(rng))
    return path


def dataset(folder, crowd=None, photos=slice(None), **options):
    photos = read_folder(folder, LabelSet(EMOTIONS)).photos[photos]
    frames = FrameCache([photo.labelled for photo in photos], 640, 1)
    return CrowdDataset(photos, EMOTIONS, frames, Pipeline([]), 96, crowd, **options)


def test_all_faces_of_a_photo_as_it_is(folder):
    sample = dataset(folder, keep_frames=True)[ViewKey(0, 5)]
    # the frame of 96 x 72 lies in a square of 96: 12 pixels of grey above
    expected = [[25 / 96, 42 / 96, 30 / 96, 40 / 96], [75 / 96, 52 / 96, 30 / 96, 40 / 96]]
    torch.testing.assert_close(sample.boxes_cxcywh, torch.tensor(expected))
    assert sample.has_box.tolist() == [True, True]
    assert sample.emotions.tolist() == [EMOTIONS.index("happy"), NO_EMOTION]
    assert sample.emotion_shares.sum(dim=1).tolist() == [1, 0]
    assert sample.frame.shape == (72, 96, 3)


def test_crops_and_rooms(folder):
    crop, room = (dataset(folder)[ViewKey(photo, 5)] for photo in (2, 3))
    assert (crop.has_box.tolist(), crop.emotions.tolist()) == ([False], [EMOTIONS.index("surprise")])
    torch.testing.assert_close(crop.boxes_cxcywh, torch.tensor([[0.5, 0.5, 1.0, 1.0]]))
    assert room.boxes_cxcywh.shape == (0, 4)
    assert room.emotion_shares.shape == (0, 5)


def test_crowds_name_the_faces_that_they_are_made_of(folder):
    made = dataset(folder, Crowd(200, 160, (4, 8), (0.2, 0.5), 0.0, 0.0, 0, light=0.0))
    hues = {name: np.array(colour) for name, colour in COLOURS.items()}
    checked = 0
    for seed in range(20):
        scene = made.scene(ViewKey(1, seed))
        assert scene.frame.shape == (160, 200, 3)
        for box, face in zip(scene.boxes_xyxy, scene.faces, strict=True):
            x, y = ((box[:2] + box[2:]) / 2).astype(int)
            if face.emotion is not None:
                nearest = min(hues, key=lambda name: np.abs(scene.frame[y, x] - hues[name]).sum())
                assert nearest == face.emotion
                checked += 1
    assert checked > 40


def test_a_room_makes_a_frame_of_nobody(folder):
    made = dataset(folder, Crowd(96, 96))
    assert all(len(made[ViewKey(3, seed)].has_box) == 0 for seed in range(10))
    alone = dataset(folder, Crowd(96, 96, distractors=2), photos=slice(3, 4))
    assert len(alone[ViewKey(0, 1)].has_box) == 0


def test_the_first_photo_and_the_weights_of_the_others(folder):
    crowd = Crowd(300, 300, (2, 2), (0.1, 0.2), 0.0, 0.0, 0)
    made = dataset(folder, crowd, weights=np.array([0.0, 0.0, 1.0, 1.0]))
    for seed in range(10):
        faces = made.scene(ViewKey(1, seed)).faces
        assert faces[0].emotion == "angry"
        assert {face.emotion for face in faces[1:]} <= {"surprise"}


def test_collate(folder):
    made = dataset(folder)
    batch = collate_crowds([made[ViewKey(i, 0)] for i in (3, 0, 1)])
    assert batch.owners.tolist() == [1, 1, 2]
    assert batch.images.shape == (3, 3, 96, 96)
    assert batch.boxes_cxcywh.shape == (3, 4)
    assert batch.photos.tolist() == [3, 0, 1]
    nobody = collate_crowds([made[ViewKey(3, 0)]] * 2)
    assert nobody.emotion_shares.shape == (0, 5)


def batches(photos, logs, *overrides):
    model = ("model=many_faces", "model.backbone=mobilenet_v3_small")
    data = build(config(*tiny(photos, logs, *model, "data.cache_mb=10", *overrides)).data)
    data.setup()
    return data


def test_views_are_a_function_of_seed_epoch_and_position(photos, tmp_path):
    loaders = [batches(photos, tmp_path).train_dataloader() for _ in range(2)]
    loaders.append(batches(photos, tmp_path, "data.workers=2").train_dataloader())
    loaders[1].load_state_dict({"served": 2})
    every, rest, by_others = (list(loader) for loader in loaders)
    assert len(rest) == len(every) - 2
    for one, other in [*zip(every[2:], rest, strict=True), *zip(every, by_others, strict=True)]:
        assert torch.equal(one.images, other.images)
        assert torch.equal(one.boxes_cxcywh, other.boxes_cxcywh)
    assert not torch.equal(every[0].images, every[1].images)


def test_evaluation_frames_are_the_same_every_time(photos, tmp_path):
    one, other = (list(batches(photos, tmp_path).val_dataloader()) for _ in range(2))
    assert all(torch.equal(a.images, b.images) for a, b in zip(one, other, strict=True))
    assert one[0].frames[0].shape == (480, 640, 3)
    assert len(one[0].owners) > 0


def test_crowds_need_all_faces(photos, tmp_path):
    with pytest.raises(ConfigError, match=r"data\.faces"):
        batches(photos, tmp_path, "data.faces=largest")


def test_a_split_without_photos(folder):
    assert len(dataset(folder, photos=slice(0))) == 0
