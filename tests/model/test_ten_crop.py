import pytest
import torch
from torch import nn

from emo.model.network import Outputs
from emo.model.ten_crop import ten_crop_logits


class Brightest(nn.Module):
    """Says where in its view it is brightest: the column and the row of that pixel, as shares of the side."""

    input_size = 48

    def __init__(self):
        super().__init__()
        self.seen = []

    def forward(self, images):
        self.seen.append(images)
        place = images.mean(dim=1).flatten(1).argmax(dim=1)
        shares = torch.stack((place % 48, place // 48), dim=1) / 47
        return Outputs(torch.zeros(len(images), 4), torch.zeros(len(images)), shares)


def spot(x, y):
    image = torch.zeros(3, 48, 48, dtype=torch.uint8)
    image[:, y, x] = 255
    return image


def test_corners_and_middle_and_their_mirror_images():
    network = Brightest()
    images = torch.stack([spot(23, 33), torch.full((3, 48, 48), 7, dtype=torch.uint8)])
    logits = ten_crop_logits(network, images, 40)
    (seen,) = network.seen
    assert seen.shape == (20, 3, 48, 48)
    parts = seen.unflatten(0, (10, 2))
    assert (parts[:, 1] - 7).abs().max() < 1e-4  # the second image's are its own
    places = {tuple(divmod(int(part.mean(dim=0).argmax()), 48)[::-1]) for part in parts[:, 0]}
    assert len(places) == 10  # five places, and each mirrored
    assert {(47 - x, y) for x, y in places} == places
    assert logits[0, 0] == pytest.approx(0.5)  # mirrored, the columns cancel out
    assert logits[0, 1] == pytest.approx(35 / 47)  # rows: the middle one's, 29 of 40 enlarged to 48


def test_the_whole_view_is_the_mean_of_itself_and_its_mirror_image():
    network = Brightest()
    logits = ten_crop_logits(network, spot(10, 30)[None].float(), 48)
    assert logits.tolist() == [pytest.approx([0.5, 30 / 47])]


def test_parts_are_no_larger_than_the_view():
    with pytest.raises(ValueError, match="bigger"):
        ten_crop_logits(Brightest(), spot(1, 1)[None], 49)
