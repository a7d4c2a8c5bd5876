import numpy as np
import pytest
import torch

from emo.model.looking import look, look_again, to_sighting
from emo.model.network import EmotionNetwork, Normalise, Outputs
from emo.view import View


def outputs(boxes_cxcywh):
    boxes = torch.tensor(boxes_cxcywh)
    return Outputs(boxes, torch.zeros(len(boxes)), torch.zeros(len(boxes), 2))


def test_boxes_in_pixels_of_each_frame():
    frames = [np.zeros((72, 96, 3), np.uint8), np.zeros((200, 100, 3), np.uint8)]
    views = [View.whole(96, 72), View.whole(100, 200)]
    sighting = to_sighting(outputs([[0.5, 0.5, 0.5, 0.25], [0.5, 0.5, 0.1, 0.2]]), frames, views)
    np.testing.assert_allclose(sighting.boxes_xyxy, [[24, 24, 72, 48], [40, 80, 60, 120]], atol=1e-4)
    assert sighting.presence.tolist() == [0.5, 0.5]
    assert sighting.emotions.tolist() == [[0.5, 0.5]] * 2


def test_boxes_stay_inside_the_frame():
    frame = np.zeros((72, 96, 3), np.uint8)
    box = to_sighting(outputs([[0.5, 0.5, 1.0, 1.0]]), [frame], [View(-50, -50, 400)]).boxes_xyxy[0]
    np.testing.assert_allclose(box, [0, 0, 96, 72])


class Finder(torch.nn.Module):
    """Finds the bright rectangle of a view."""

    input_size = 100

    def __init__(self):
        super().__init__()
        self.normalise = Normalise()
        self.seen = []

    def forward(self, images):
        boxes, scores = [], []
        for image in images:
            y, x = torch.nonzero(image.float().mean(dim=0) > 180, as_tuple=True)
            x1, x2, y1, y2 = x.min(), x.max() + 1, y.min(), y.max() + 1
            boxes.append(torch.stack([(x1 + x2) / 2, (y1 + y2) / 2, x2 - x1, y2 - y1]) / 100)
            scores.append(float(len(self.seen)))
        self.seen.append(images)
        logits = torch.tensor(scores)
        return Outputs(torch.stack(boxes), logits, torch.stack([logits, 1 - logits], dim=1))


def test_the_second_look_is_sharper():
    frame = np.zeros((480, 640, 3), np.uint8)
    frame[211:244, 303:337] = 255
    finder, truth = Finder(), np.array([303, 211, 337, 244])
    first = look(finder, [frame, frame], [View.whole(640, 480)] * 2)
    second = look_again(finder, [frame, frame], first)
    errors = [np.abs(s.boxes_xyxy.numpy() - truth).max() for s in (first, second)]
    assert errors[0] < 6.4  # a pixel of the view
    assert errors[1] <= 1
    last = torch.tensor(1.0).sigmoid()  # the finder is surer with each look
    torch.testing.assert_close(second.presence, (first.presence * last).sqrt())
    assert second.emotions[0].tolist() != first.emotions[0].tolist()
    assert finder.seen[1].shape == (2, 3, 100, 100)


class Shy(Finder):
    """Sees only the corner of a rectangle that a view cuts off: one look is led astray, and the next is not."""

    def forward(self, images):
        found = super().forward(images)
        if len(self.seen) == 1:  # far too large and beside it
            return found._replace(boxes_cxcywh=torch.tensor([[0.6, 0.5, 0.4, 0.4]]).repeat(len(images), 1))
        return found


def test_a_third_look_where_the_second_sees_the_face_elsewhere():
    near, far = (np.zeros((480, 640, 3), np.uint8) for _ in range(2))
    near[112:368, 256:512] = 255  # where the first look says that it is, and about as large
    far[211:244, 303:337] = 255
    shy = Shy()
    first = look(shy, [near, far], [View.whole(640, 480)] * 2)
    last = look_again(shy, [near, far], first)
    assert [len(views) for views in shy.seen] == [2, 2, 1]
    np.testing.assert_allclose(last.boxes_xyxy[1], [303, 211, 337, 244], atol=1)


def test_frames_of_any_size_with_a_real_network():
    network = EmotionNetwork(("a", "b"), "squeezenet1_1", 64, 8).eval()
    frames = [np.zeros((h, w, 3), np.uint8) for w, h in ((1, 1), (5, 300), (96, 72))]
    with torch.no_grad():
        first = look(network, frames, [View.whole(f.shape[1], f.shape[0]) for f in frames])
        again = look_again(network, frames, first)
    for sighting in (first, again):
        torch.testing.assert_close(sighting.emotions.sum(dim=1), torch.ones(3))
        for box, frame in zip(sighting.boxes_xyxy, frames, strict=True):
            assert box.min() >= 0
            assert (box[2:] <= torch.tensor([frame.shape[1], frame.shape[0]])).all()


def test_a_view_for_each_frame():
    with pytest.raises(ValueError, match="zip"):
        look(Finder(), [np.zeros((9, 9, 3), np.uint8)], [])
