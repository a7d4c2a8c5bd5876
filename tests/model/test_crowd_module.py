"""Trainings of a network for many faces through the one trainer, from the first file to the last."""

import json

import pytest
import torch
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from emo.crowd_metrics import match, score_crowd
from emo.crowd_table import CrowdTable, find_faces
from emo.data.augment import Pipeline
from emo.data.cache import FrameCache
from emo.data.crowd import Crowd
from emo.data.crowd_dataset import CrowdDataset, collate_crowds
from emo.data.folder import read_folder
from emo.data.labels import LabelSet
from emo.data.sampler import ViewKey
from emo.faces import EMOTIONS
from emo.model.checkpoint import load_network
from emo.model.grid import GridNetwork
from emo.model.grid_losses import ModernGridLoss, YoloLoss
from emo.training import fit
from tests.conftest import assert_one_line, config, tiny
from tests.fakes import write_fakes

SMALL = (
    "model=many_faces",
    "model.stride=16",
    "data.eval_crowd.width=96",
    "data.eval_crowd.height=72",
    "data.eval_crowd.face_height=[0.2,0.7]",
    "data.train_crowd.face_height=[0.2,0.7]",
    "data.train_crowd.faces=[1,3]",
)


def crowds(photos, logs, *overrides):
    return config(*tiny(photos, logs, *SMALL, *overrides))


@pytest.fixture(scope="module")
def run(photos, tmp_path_factory):
    logs = tmp_path_factory.mktemp("many")
    overrides = [o for o in tiny(photos, logs, *SMALL) if o != "~callbacks.pictures"]
    figures = fit(config(*overrides, "callbacks=ema", "data.batch_size=4"))
    return logs / "version_0", figures


def test_what_a_run_leaves(run):
    folder, figures = run
    network = load_network(folder / "best.ckpt")
    assert isinstance(network, GridNetwork)
    assert network.stride == 16
    metrics = json.loads((folder / "metrics.json").read_text())
    assert {"ap_50", "ap_50_95", "recall", "false_alarms_per_frame", "false_alarm_rate"} <= set(
        metrics["one_look"]
    )
    assert set(metrics["one_look"]["ap_50"]) == {"value", "low", "high"}
    assert figures["one_look/ap_50"] == metrics["one_look"]["ap_50"]["value"]
    assert {"input.png", "val_frames.png", "test_frames.png"} <= {
        p.name for p in (folder / "pictures").iterdir()
    }
    events = EventAccumulator(str(folder))
    events.Reload()
    scalars = set(events.Tags()["scalars"])
    assert {"train/giou", "train/presence", "train/emotion", "val/ap_50", "val/recall"} <= scalars
    assert {"input", "val/frames"} <= set(events.Tags()["images"])


@pytest.mark.parametrize("loss", [YoloLoss(), ModernGridLoss()])
def test_learns_frames_by_heart(tmp_path, loss):
    """It has to find all faces of some crowded frames, and name the emotions that their colours mean."""
    photos = read_folder(
        write_fakes(tmp_path, people=1, no_face=1, unknown=0, crops=0), LabelSet(EMOTIONS)
    ).photos
    frames, crowd = (
        FrameCache([p.labelled for p in photos], 640, 5),
        Crowd(128, 128, (2, 4), (0.25, 0.6), light=0.0),
    )
    made = CrowdDataset(photos, EMOTIONS, frames, Pipeline([]), 128, crowd, keep_frames=True)
    batch = collate_crowds([made[ViewKey(photo, photo)] for photo in range(len(photos))])
    assert len(batch.owners) >= 10
    torch.manual_seed(0)
    network = GridNetwork(EMOTIONS, "mobilenet_v3_small", 128, 16, 64)
    optimizer = torch.optim.Adam(network.parameters(), lr=3e-3)
    for _ in range(100):
        optimizer.zero_grad()
        loss(network(batch.images), batch)["total"].backward()
        optimizer.step()
    for layer in network.modules():  # the statistics of this batch alone
        if isinstance(layer, torch.nn.BatchNorm2d):
            layer.reset_running_stats()
            layer.momentum = None
    with torch.no_grad():
        network(batch.images)
        found = find_faces(network.eval()(batch.images), batch.frames)
    table = CrowdTable()
    table.update(found, batch)
    figures = score_crowd(match(table.predictions()), EMOTIONS)
    assert figures["ap_50"] > 0.95
    assert figures["recall"] > 0.8
    assert figures["emotion_accuracy"] > 0.9
    assert figures["false_alarm_rate"] == 0


def test_resumed_is_uninterrupted(photos, tmp_path):
    whole = fit(crowds(photos, tmp_path, "name=whole"))
    fit(crowds(photos, tmp_path, "name=parts", "trainer.max_epochs=1"))
    resumed = fit(crowds(photos, tmp_path, f"resume={tmp_path / 'parts' / 'last.ckpt'}"))
    assert resumed == whole
    states = [
        torch.load(tmp_path / name / "last.ckpt", weights_only=True)["state_dict"]
        for name in ("whole", "parts")
    ]
    assert all(torch.equal(value, states[1][name]) for name, value in states[0].items())


def test_starts_from_the_backbone_of_a_network_for_one_face(photos, tmp_path):
    fit(config(*tiny(photos, tmp_path, "name=one", "trainer.max_epochs=1")))
    one = torch.load(tmp_path / "one" / "best.ckpt", weights_only=True)["state_dict"]
    weights = f"model.weights={tmp_path / 'one' / 'best.ckpt'}"
    fit(crowds(photos, tmp_path, "name=many", weights, "optimizer.lr=1e-12", "trainer.max_epochs=1"))
    many = torch.load(tmp_path / "many" / "last.ckpt", weights_only=True)["state_dict"]
    shared = [name for name in many if name.startswith("network.backbone") and name.endswith("weight")]
    assert len(shared) > 10
    for name in shared:
        torch.testing.assert_close(many[name], one[name], atol=1e-6, rtol=0)


@pytest.mark.parametrize(
    ("overrides", "words"),
    [
        (("model=many_faces", "augment=default"), ["data.faces"]),
        (("augment=crowds",), ["data.faces"]),
        (("model=many_faces", "model.stride=8"), ["model.stride"]),
        (("model=many_faces", "model.stride=16", "offline_copies=copies"), ["offline_copies"]),
        (("model=many_faces", "resume=ONE"), ["another network"]),
    ],
)
def test_what_does_not_fit_is_said_in_one_line(call, photos, tmp_path, overrides, words):
    if "resume=ONE" in overrides:
        fit(config(*tiny(photos, tmp_path, "name=one", "trainer.max_epochs=1")))
    overrides = [o.replace("ONE", str(tmp_path / "one" / "last.ckpt")) for o in overrides]
    assert_one_line(
        call(fit, *tiny(photos, tmp_path), "model.backbone=mobilenet_v3_small", *overrides), *words
    )
