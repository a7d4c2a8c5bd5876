import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from emo.boxes import area, cxcywh_to_xyxy, intersection, paired_iou, xyxy_to_cxcywh

numbers = st.floats(-1000, 1000, width=32)
quads = hnp.arrays(
    np.float32, hnp.array_shapes(max_dims=2, max_side=5).map(lambda shape: (*shape, 4)), elements=numbers
)


def upright(values):
    low, high = np.minimum(values[..., :2], values[..., 2:]), np.maximum(values[..., :2], values[..., 2:])
    return torch.from_numpy(np.concatenate((low, high), axis=-1))


@given(quads)
def test_round_trip(values):
    boxes = torch.from_numpy(values)
    torch.testing.assert_close(xyxy_to_cxcywh(cxcywh_to_xyxy(boxes)), boxes, atol=1e-3, rtol=1e-5)
    torch.testing.assert_close(cxcywh_to_xyxy(xyxy_to_cxcywh(boxes)), boxes, atol=1e-3, rtol=1e-5)


def test_by_hand():
    assert cxcywh_to_xyxy(torch.tensor([10.0, 20, 4, 8])).tolist() == [8, 16, 12, 24]
    assert xyxy_to_cxcywh(torch.tensor([8.0, 16, 12, 24])).tolist() == [10, 20, 4, 8]
    assert float(area(torch.tensor([8.0, 16, 12, 24]))) == 32
    assert float(area(torch.tensor([12.0, 16, 8, 24]))) == 0  # reversed


def naive_iou(a, b):
    wide = max(0.0, min(a[2], b[2]) - max(a[0], b[0]))
    high = max(0.0, min(a[3], b[3]) - max(a[1], b[1]))
    union = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - wide * high
    return wide * high / union if union > 1e-3 else 0.0


@given(
    hnp.arrays(np.float32, (6, 4), elements=st.floats(0, 100, width=32)),
    hnp.arrays(np.float32, (6, 4), elements=st.floats(0, 100, width=32)),
)
def test_iou_against_a_loop(first, second):
    a, b = upright(first), upright(second)
    iou = paired_iou(a, b)
    assert ((iou >= 0) & (iou <= 1)).all()
    torch.testing.assert_close(iou, paired_iou(b, a))
    for i in range(6):
        if float(area(a[i]) + area(b[i])) > 0.1:
            assert abs(float(iou[i]) - naive_iou(a[i].double().tolist(), b[i].double().tolist())) < 1e-2


def test_iou_of_the_same_and_of_strangers():
    box = torch.tensor([[1.0, 2, 5, 7]])
    torch.testing.assert_close(paired_iou(box, box), torch.ones(1))
    assert float(paired_iou(box, box + 100)) == 0
    assert float(intersection(box, torch.tensor([[4.0, 0, 9, 9]]))) == 5


def test_empty_boxes_are_no_nan():
    point = torch.tensor([[3.0, 3, 3, 3]])
    assert float(paired_iou(point, point)) == 0
