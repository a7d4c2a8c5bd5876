"""Training labels shared with a network, in memory: which ones, and that the training learns from them."""

import pytest
import torch

from emo.config import build
from emo.data.dataset import NO_EMOTION
from emo.data.folder import read_folder
from emo.data.labelme import DEFAULT_LABELS
from emo.faces import EMOTIONS
from emo.model.checkpoint import save_network
from emo.model.module import FaceModule
from emo.model.network import EmotionNetwork
from emo.softening.softener import Softener
from emo.training import fit
from tests.checking.conftest import photo as labelled
from tests.checking.conftest import shape
from tests.conftest import assert_one_line, config, tiny


@pytest.fixture(scope="module")
def start(tmp_path_factory):
    """A network with an opinion of its own of each face."""
    torch.manual_seed(3)
    network = EmotionNetwork(EMOTIONS, "vgg11_quarter", input_size=32, hidden=16)
    torch.nn.init.normal_(network.emotion_head[3].weight, std=2.0)
    path = tmp_path_factory.mktemp("start") / "start.ckpt"
    save_network(network, path)
    return path


def softened(start, *more):
    return ("softening=reference", f"softening.checkpoints={start}", *more)


def test_the_training_labels_alone_are_shared(photos, tmp_path, start):
    cfg = config(*tiny(photos, tmp_path, *softened(start, "softening.weight=0.3")))
    data = build(cfg.data)
    data.setup()
    before = {split: data.photos_of(split) for split in data.split}
    data.relabel(build(cfg.softening))
    for split in ("val", "test"):
        assert data.photos_of(split) == before[split]
    assert len(data.photos_of("train")) == len(before["train"])
    shared = 0
    for photo, former in zip(data.photos_of("train"), before["train"], strict=True):
        assert (photo.name, photo.emotion, photo.labelled.image) == (
            former.name,
            former.emotion,
            former.labelled.image,
        )
        for face in photo.labelled.faces if former.emotion else ():
            votes = dict(face.votes)
            assert votes.pop(face.emotion) >= 0.7 - 1e-3
            assert sum(dict(face.votes).values()) == pytest.approx(1, abs=1e-3)
            shared += max(votes.values()) > 0.01
    assert shared > 10


def test_of_several_faces_the_one_that_is_learned(tmp_path, start):
    labelled(tmp_path, "two", shape("sad"), shape("happy", ((20, 10), (110, 80))))
    (photo,) = read_folder(tmp_path, DEFAULT_LABELS).photos
    (soft,) = Softener(str(start), EMOTIONS, 0.3)([photo])
    assert soft.labelled.faces[0] == photo.labelled.faces[0]
    votes = dict(soft.labelled.faces[1].votes)
    assert max(votes, key=votes.get) == "happy"
    assert sum(votes.values()) == pytest.approx(1, abs=1e-3)
    assert Softener(str(start), EMOTIONS, 0.3)([soft]) == [soft], "what is shared already stays"


def test_the_training_learns_from_the_shares(photos, tmp_path, start, monkeypatch):
    step, seen = FaceModule.training_step, []

    def watched(module, batch, index):
        seen.append(batch.emotion_shares[batch.emotions != NO_EMOTION])
        return step(module, batch, index)

    monkeypatch.setattr(FaceModule, "training_step", watched)
    for more, highest in (((), 1.0), (softened(start), 0.999)):
        seen.clear()
        fit(config(*tiny(photos, tmp_path, "trainer.max_epochs=1", *more)))
        shares = torch.cat(seen)
        assert len(shares) > 10
        assert shares.sum(dim=1) == pytest.approx(torch.ones(len(shares)), abs=1e-3)
        assert (shares.amax(dim=1) <= highest).all()
        assert (shares.amax(dim=1) >= 0.499).all()


def test_labels_cannot_change_under_a_dataset(photos, tmp_path):
    data = build(config(*tiny(photos, tmp_path)).data)
    data.setup()
    data.dataset("train")
    with pytest.raises(RuntimeError, match="in use"):
        data.relabel(list)


def test_classes_that_the_network_does_not_know_keep_their_labels(photos, tmp_path, start, call):
    classes = "classes=[angry,happy,sad,surprise,neutral,tired]"
    code, out, err = call(fit, *tiny(photos, tmp_path, *softened(start, classes, "trainer.max_epochs=1")))
    assert code == 0, err
    assert f"training labels are shared with what {start} sees\nsoftening: tired: unknown there" in out


def test_a_checkpoint_that_is_not_there(photos, tmp_path, call):
    result = call(fit, *tiny(photos, tmp_path, "softening=reference", "softening.checkpoints=none.ckpt"))
    assert_one_line(result, "none.ckpt")
