from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emo.data.sampler import EvalSampler, TrainSampler

counts = st.integers(1, 12)


def views(*arguments, epoch=0, first_step=0, **options):
    sampler = TrainSampler(*arguments, **options)
    sampler.set_epoch(epoch)
    sampler.first_step = first_step
    return list(sampler)


@given(counts, counts, st.integers(1, 20), st.integers(0, 99), st.integers(0, 9))
def test_an_epoch_shows_each_photo_copies_times(photos, copies, batch, seed, epoch):
    total = photos * copies
    seen = views(photos, copies, seed, None, batch, epoch=epoch)
    whole = views(photos, copies, seed, None, total, epoch=epoch)
    assert Counter(view.photo for view in whole) == dict.fromkeys(range(photos), copies)
    assert seen == whole[: len(seen)]
    assert len(seen) == (total if total < batch else total // batch * batch)
    assert len({view.seed for view in whole}) == total  # no two views alike


@given(counts, counts, st.integers(1, 6), st.integers(1, 4), st.booleans())
def test_the_processes_together_are_one(photos, copies, share, world, weighted):
    weights = np.arange(1.0, photos + 1) if weighted else None
    batch = share * world
    alone = views(photos, copies, 3, weights, batch)
    parts = [views(photos, copies, 3, weights, batch, rank, world) for rank in range(world)]
    samplers = [TrainSampler(photos, copies, 3, weights, batch, rank, world) for rank in range(world)]
    assert [len(s) for s in samplers] == [len(part) for part in parts]
    steps = samplers[0].steps
    for step in range(steps):  # in each step, not only over all
        together = sorted(v for part in parts for v in part[step * share : (step + 1) * share])
        assert together == sorted(alone[step * batch : (step + 1) * batch])


@given(counts, counts, st.integers(1, 10), st.data())
def test_a_resumed_epoch_is_the_tail_of_the_whole_one(photos, copies, batch, data):
    sampler = TrainSampler(photos, copies, 1, None, batch)
    whole = list(sampler)
    first = data.draw(st.integers(0, sampler.steps - 1))
    sampler.first_step = first
    assert list(sampler) == whole[first * batch :]
    assert list(sampler) == whole  # the next one starts at its beginning


def test_epochs_and_seeds_differ_and_repeat():
    keys = [(seed, epoch) for seed in (1, 2) for epoch in (0, 1)]
    runs = {key: tuple(views(20, 3, key[0], None, 10, epoch=key[1])) for key in keys}
    assert len(set(runs.values())) == len(keys)
    assert runs == {key: tuple(views(20, 3, key[0], None, 10, epoch=key[1])) for key in keys}


def test_weights_decide_how_often_a_photo_is_drawn():
    seen = Counter(view.photo for view in views(4, 1000, 1, np.array([0.0, 1.0, 1.0, 2.0]), 4000))
    assert seen[0] == 0
    for photo, share in ((1, 0.25), (2, 0.25), (3, 0.5)):
        assert seen[photo] / 4000 == pytest.approx(share, abs=0.03)


@given(st.integers(0, 30), st.integers(1, 5))
def test_evaluation_sees_every_photo_once(photos, world):
    alone = list(EvalSampler(photos, 5))
    assert [view.photo for view in alone] == list(range(photos))
    parts = [list(EvalSampler(photos, 5, rank, world)) for rank in range(world)]
    extra = [alone[0]] * max(0, world - photos) if photos else []  # nobody is left without a photo
    assert sorted(view for part in parts for view in part) == sorted(alone + extra)
    assert [len(EvalSampler(photos, 5, rank, world)) for rank in range(world)] == [len(p) for p in parts]
    assert alone == list(EvalSampler(photos, 5))
    assert EvalSampler(photos, 5).seeds() == [view.seed for view in alone]
