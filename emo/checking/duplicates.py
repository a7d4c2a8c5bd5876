"""Pictures that are there more than once, exactly or nearly; 100,000 of them in seconds and without all pairs.

Two hashes that differ in at most `MOST_BITS` of 128 bits agree in one of 8 bands of 16 bits at least. So only
pictures that share a band are compared, and of those that are close the small grey copies decide: a hash of a webcam's
frame mostly shows the room, and must not make one picture of two expressions in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from emo.checking.prints import HASH_BYTES, SIDE

MOST_BITS = 7
"""Bits in which the hashes of near duplicates may differ; one less than the bands, or some would be missed."""

ALIKE = 0.985
"""Correlation of the small grey copies of near duplicates; frames a moment apart have less."""

_BANDS = 8
_BLOCK = 1024  # pictures compared at once
_MOST_WAITING = 1000  # blocks' pairs that are joined at once

IntArray = npt.NDArray[np.int64]


def exact_groups(digests: Sequence[bytes]) -> list[list[int]]:
    """Indices of files with the same content, at least two each."""
    groups: dict[bytes, list[int]] = {}
    for index, digest in enumerate(digests):
        groups.setdefault(digest, []).append(index)
    return [group for group in groups.values() if len(group) > 1]


def near_groups(hashes: bytes, whole: bytes, face: bytes) -> list[list[int]]:
    """Indices of pictures that look the same, at least two each.

    Args:
        hashes: of N pictures, one behind the other, as are
        whole: their small grey copies, and
        face: those of their faces.
    """
    bits = np.frombuffer(hashes, np.uint64).reshape(-1, HASH_BYTES // 8)
    copies = [np.frombuffer(data, np.uint8).reshape(-1, SIDE * SIDE) for data in (whole, face)]
    root = np.arange(len(bits))
    bands = np.frombuffer(hashes, np.uint16).reshape(-1, _BANDS)
    for band in range(_BANDS):
        waiting: list[IntArray] = []
        for bucket in _buckets(bands[:, band]):
            if (root[bucket] == root[bucket[0]]).all():  # one group already, by another band
                continue
            for pairs in _pairs(bits, copies, bucket):
                waiting.append(pairs)
                if len(waiting) >= _MOST_WAITING or pairs.shape[1] > _BLOCK:
                    _join(root, *np.concatenate(waiting, axis=1))
                    waiting.clear()
        if waiting:
            _join(root, *np.concatenate(waiting, axis=1))
    return [bucket.tolist() for bucket in _buckets(root)]


def _buckets(values: npt.NDArray[np.integer]) -> Iterator[IntArray]:
    """Indices of equal values, at least two each."""
    order = np.argsort(values, kind="stable")
    ends = np.flatnonzero(np.diff(values[order])) + 1
    yield from (bucket for bucket in np.split(order, ends) if len(bucket) > 1)


def _pairs(
    bits: npt.NDArray[np.uint64], copies: Sequence[npt.NDArray[np.uint8]], bucket: IntArray
) -> Iterator[IntArray]:
    """Indices (2, pairs) of pictures of a bucket that look the same."""
    for start in range(0, len(bucket), _BLOCK):
        block = bucket[start : start + _BLOCK]
        for other_start in range(start, len(bucket), _BLOCK):
            others = bucket[other_start : other_start + _BLOCK]
            alike = (
                np.bitwise_count(bits[block, None] ^ bits[None, others]).sum(axis=2, dtype=np.uint8)
                <= MOST_BITS
            )
            if start == other_start:
                alike = np.triu(alike, 1)
            if not alike.any():
                continue
            for small in copies:
                alike &= _unit(small[block]) @ _unit(small[others]).T >= ALIKE
            one, other = np.nonzero(alike)
            yield np.stack((block[one], others[other]))


def _unit(rows: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """Rows of mean 0 and length 1, so that their product is their correlation; 0 for blank ones."""
    values = rows - rows.mean(axis=1, keepdims=True, dtype=np.float32)
    return np.asarray(values / np.maximum(np.linalg.norm(values, axis=1, keepdims=True), 1), np.float32)


def _join(root: IntArray, first: IntArray, second: IntArray) -> None:
    """Give the groups of each pair one root, the smallest index in them; in place."""
    while (apart := root[first] != root[second]).any():
        first, second = first[apart], second[apart]
        low, high = np.minimum(root[first], root[second]), np.maximum(root[first], root[second])
        np.minimum.at(root, high, low)
        while (shorter := root[root]).tobytes() != root.tobytes():
            root[:] = shorter
