import numpy as np
import pytest

from emo.benchmarking.clear_mot import ClearMot, Seen
from emo.overlap import iou_matrix

A, B, FAR = (0, 0, 10, 10), (20, 0, 30, 10), (90, 90, 99, 99)


def seen(**boxes):
    """`a1=A`: somebody called 1 at A; the letter only tells arguments apart."""
    return Seen(np.array(list(boxes.values()), np.float32).reshape(-1, 4), [int(name[1:]) for name in boxes])


def score(*frames, **options):
    counted = ClearMot(**options)
    for truth, found in frames:
        counted.add(truth, found)
    return counted


def test_who_is_found_throughout_is_no_error():
    frame = (seen(a1=A, b2=B), seen(a7=B, b8=A))
    counted = score(frame, frame)
    assert (counted.missed, counted.false, counted.switches, counted.mota) == (0, 0, 0, 1.0)
    assert counted.overlap == pytest.approx(4)


def test_each_kind_of_error_is_counted():
    counted = score(
        (seen(a1=A, b2=B), seen(a1=A, b2=B)),
        (seen(a1=A, b2=B), seen(a1=B, b2=A)),  # both under the other's number
        (seen(a1=A, b2=B), seen(a2=A)),  # one missed
        (seen(), seen(a5=FAR)),  # one where there is nobody
    )
    assert (counted.faces, counted.missed, counted.false, counted.switches) == (6, 1, 1, 2)
    assert counted.mota == pytest.approx(1 - 4 / 6)


def test_a_number_that_fits_is_kept_though_another_fits_better():
    """Bernardin and Stiefelhagen: a correspondence holds as long as it is valid."""
    counted = score((seen(a1=A), seen(a1=A)), (seen(a1=A), seen(a9=A, b1=(0, 0, 10, 14))))
    assert (counted.switches, counted.false) == (0, 1)


def test_a_switch_over_a_gap_counts_unless_it_is_a_long_one():
    frames = [(seen(a1=A), seen(a1=A)), *[(seen(), seen())] * 5, (seen(a1=A), seen(a2=A))]
    assert score(*frames).switches == 1
    assert score(*frames, memory=3).switches == 0


def test_overlaps_of_all_pairs():
    pairs = iou_matrix(np.array([A, B]), np.array([(5, 0, 15, 10), FAR, B]))
    np.testing.assert_allclose(pairs, [[1 / 3, 0, 0], [0, 0, 1]], atol=1e-6)
    assert iou_matrix(np.zeros((0, 4)), np.array([A])).shape == (0, 1)
