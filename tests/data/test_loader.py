import numpy as np
import pytest

from emo.data.loader import ResumableLoader
from emo.data.sampler import TrainSampler


class Echo:
    """A dataset that answers with the question."""

    def __getitem__(self, key):
        return key


def make(workers=0, photos=7, copies=3, batch=4):
    sampler = TrainSampler(photos, copies, 1, None, batch)
    options = {"persistent_workers": True} if workers else {}
    return ResumableLoader(Echo(), sampler, batch_size=batch, collate_fn=list, num_workers=workers, **options)


@pytest.mark.parametrize("workers", [0, 1])
def test_goes_on_behind_what_was_served(workers):
    whole = list(make())
    assert len(whole) == len(make()) == 5
    loader = make(workers)
    iterator = iter(loader)
    for served in range(1, 5):
        assert next(iterator) == whole[served - 1]
        state = loader.state_dict()
        assert state == {"served": served}
        other = make(workers)
        other.load_state_dict(state)
        assert list(other) == whole[served:]
        assert list(other) == whole  # the epoch after it


def test_an_abandoned_iterator_leaves_nothing_behind():
    loader = make()
    loader.load_state_dict({"served": 3})
    iterator = iter(loader)
    next(iterator)  # Lightning stops asking after the last batch, and never ends the iteration
    del iterator
    assert list(loader) == list(make())


def test_between_epochs_there_is_nothing_to_skip():
    loader = make()
    assert loader.state_dict() == {"served": 0}
    iterator = iter(loader)
    for _ in range(5):
        next(iterator)
    assert loader.state_dict() == {"served": 0}


def test_the_length_is_that_of_whole_epochs():
    loader = make()
    loader.load_state_dict({"served": 3})
    assert len(loader) == 5
    assert len(make(photos=1, copies=2, batch=8)) == 1
    assert [len(batch) for batch in make(photos=1, copies=2, batch=8)] == [2]


def test_the_epoch_may_be_set_between_iter_and_next():
    loader = make()
    iterator = iter(loader)
    loader.sampler.set_epoch(4)
    other = make()
    other.sampler.set_epoch(4)
    assert next(iterator) == next(iter(other))
    assert not np.array_equal(next(iter(make())), next(iter(other)))
