"""A checkpoint of a network for many faces as a predictor, by both runtimes."""

import numpy as np
import pytest
import torch

from emo.drawn.clip import render_clip
from emo.faces import EMOTIONS
from emo.model.grid import GridNetwork
from emo.runtime.grid_predictor import GridPredictor
from emo.runtime.open import open_predictor
from emo.runtime.runtime import TOLERANCE, Look
from tests.runtime.conftest import save_network


class Cells:
    """A runtime that answers with given cells, whatever it is shown; boxes in [0, 1] of the view."""

    name, kind, precision, classes, input_size, prefers_batches = (
        "cells", "many_faces", "fp32", EMOTIONS, 64, False,
    )  # fmt: skip

    def __init__(self, *cells):
        self.cells = cells
        self.views = []

    def look(self, views):
        self.views.append(views)
        boxes, presence = ([cell[i] for cell in self.cells] for i in (0, 1))
        emotions = np.tile(np.eye(5, dtype=np.float32)[1], (len(self.cells), 1))
        one = Look(np.array(boxes, np.float32).reshape(-1, 4), np.array(presence, np.float32), emotions)
        return Look(*(np.stack([part] * len(views)) for part in one))


FRAME = np.zeros((480, 640, 3), np.uint8)


def test_faces_in_pixels_of_the_frame_the_surest_first():
    cells = ((0.1, 0.25, 0.2, 0.375), 0.7), ((0.5, 0.5, 0.75, 0.75), 0.9), ((0.8, 0.2, 0.9, 0.3), 0.4)
    runtime = Cells(*cells)
    faces = GridPredictor(runtime)(FRAME)
    # the view is 640 wide and begins 80 pixels above the frame
    np.testing.assert_allclose(faces.boxes_xyxy, [[320, 240, 480, 400], [64, 80, 128, 160]], atol=1e-3)
    np.testing.assert_allclose(faces.presence, [0.9, 0.7])
    assert faces.emotions.shape == (2, 5)
    assert runtime.views[0].shape == (1, 64, 64, 3)
    assert (runtime.views[0][0, :8] == 114).all()


def test_a_face_that_several_cells_answer_for_comes_once():
    cells = ((0.3, 0.3, 0.5, 0.6), 0.8), ((0.31, 0.3, 0.5, 0.6), 0.95), ((0.3, 0.31, 0.5, 0.6), 0.6)
    faces = GridPredictor(Cells(*cells))(FRAME)
    np.testing.assert_allclose(faces.presence, [0.95])


def test_boxes_end_at_the_frame_and_what_is_outside_is_no_face():
    cells = ((0.9, 0.3, 1.4, 0.6), 0.8), ((0.2, -0.2, 0.4, 0.12), 0.9)  # the latter lies in the grey bar
    faces = GridPredictor(Cells(*cells))(FRAME)
    np.testing.assert_allclose(faces.boxes_xyxy, [[576, 112, 640, 304]], atol=1e-3)


def test_nobody():
    for frames in ([FRAME], [FRAME, FRAME]):
        found = GridPredictor(Cells(((0.1, 0.3, 0.3, 0.5), 0.2))).batch(frames)
        assert [len(faces) for faces in found] == [0] * len(frames)
        assert found[0].emotions.shape == (0, 5)


def test_presence_is_a_probability():
    with pytest.raises(ValueError, match="presence"):
        GridPredictor(Cells(), presence=1.5)


@pytest.fixture(scope="module")
def frames():
    return [next(render_clip(seed, 1.0, 1, (160, 120)))[0] for seed in range(10, 14)]


def crowd_network(frames, stride=16):
    """Random weights that see differences between frames and cells."""
    torch.manual_seed(0)
    network = GridNetwork(EMOTIONS, "mobilenet_v3_small", 96, stride, 32)
    for layer in network.modules():
        if isinstance(layer, torch.nn.BatchNorm2d):
            layer.momentum = None
    torch.nn.init.normal_(network.presence_head.weight, std=0.4)
    torch.nn.init.zeros_(network.presence_head.bias)
    for head in (network.box_head, network.emotion_head):
        torch.nn.init.normal_(head.weight, std=0.1)
    images = torch.from_numpy(np.stack([frame[:96, :96] for frame in frames])).permute(0, 3, 1, 2)
    with torch.no_grad():
        network(images)
    return network.eval()


@pytest.mark.parametrize("stride", [16, 32])
def test_openvino_and_pytorch_agree(tmp_path, frames, stride):
    path = save_network(tmp_path / "many.ckpt", crowd_network(frames, stride))
    said = []
    ours, theirs = (
        open_predictor(path, EMOTIONS, runtime, "fp32", say=said.append) for runtime in ("openvino", "torch")
    )
    assert ["OpenVINO" in said[0], "PyTorch" in said[1]] == [True, True]
    views = np.stack([frame[:96, :96] for frame in frames])
    for one, other in zip(ours.runtime.look(views), theirs.runtime.look(views), strict=True):
        assert one.shape[:2] == (4, (96 // stride) ** 2)
        assert np.ptp(other, axis=(0, 1)).max() > 0.05  # it does see differences
        np.testing.assert_allclose(one, other, atol=TOLERANCE["fp32"])
    found = ours.batch(frames)
    assert max(len(faces) for faces in found) > 1
    for one, other in zip(found, theirs.batch(frames), strict=True):
        np.testing.assert_allclose(one.boxes_xyxy, other.boxes_xyxy, atol=160 * TOLERANCE["fp32"])
        np.testing.assert_allclose(one.emotions.sum(axis=1), 1, atol=1e-5)
    np.testing.assert_allclose(ours(frames[0]).presence, found[0].presence, atol=TOLERANCE["fp32"])
