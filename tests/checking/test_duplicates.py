"""Near duplicates: against a naive comparison of all pairs."""

import numpy as np

from emo.checking.duplicates import ALIKE, MOST_BITS, near_groups
from emo.checking.prints import SIDE


def naive(hashes, copies):
    """Groups by comparing all pairs, bit by bit."""
    group = list(range(len(hashes)))
    for i in range(len(hashes)):
        for j in range(i):
            bits = sum(bin(a ^ b).count("1") for a, b in zip(hashes[i], hashes[j], strict=True))
            if bits <= MOST_BITS and np.corrcoef(copies[i], copies[j])[0, 1] >= ALIKE:
                group = [group[j] if g == group[i] else g for g in group]
    return sorted(sorted(i for i, g in enumerate(group) if g == k) for k in set(group) if group.count(k) > 1)


def test_near_groups_are_those_of_all_pairs():
    rng = np.random.default_rng(3)
    hashes, copies = [], []
    for _ in range(60):
        base, small = rng.integers(0, 256, 16, np.uint8), rng.integers(0, 256, SIDE**2)
        for _ in range(rng.integers(1, 4)):
            flips = rng.choice(128, rng.integers(0, 6), replace=False)
            bits = np.unpackbits(base)
            bits[flips] ^= 1
            hashes.append(np.packbits(bits).tobytes())
            noise = rng.integers(-30, 31, SIDE**2) * rng.integers(0, 2)
            copies.append(np.clip(small + noise, 0, 255).astype(np.uint8))
    flat = b"".join(c.tobytes() for c in copies)
    found = near_groups(b"".join(hashes), flat, flat)
    assert sorted(found) == naive(hashes, copies)
    assert 5 < len(found) < 60, "some belong together and some do not"


def test_many_alike_stay_within_memory():
    count = 3000
    hashes = bytes(16) * count
    small = np.random.default_rng(1).integers(0, 256, SIDE**2, np.uint8).tobytes() * count
    assert near_groups(hashes, small, small) == [list(range(count))]


def test_nothing_at_all():
    assert near_groups(b"", b"", b"") == []
