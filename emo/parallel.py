"""One function over many items on all cores, in the items' order, with a few items in memory at a time."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from itertools import chain, islice
from typing import TypeVar

import cv2

Item = TypeVar("Item")
Result = TypeVar("Result")

CHUNK = 64
"""Items that a process is given at once: a message for each would cost more than the work itself."""

_FEW = 4 * CHUNK  # these are done before other processes have even started
_AHEAD = 4  # chunks for each process that may wait


def parallel_map(
    function: Callable[[Item], Result], items: Iterable[Item], workers: int | None = None
) -> Iterator[Result]:
    """Yield `function(item)` of each item; what it raises is raised here.

    Args:
        function: picklable, as are the items and the results.
        items: taken only as fast as they are worked on.
        workers: processes; None takes one for each core, 0 or 1 works in this process.
    """
    stream = iter(items)
    first = list(islice(stream, _FEW))
    count = _cores() if workers is None else workers
    if count < 2 or len(first) < _FEW:
        yield from map(function, chain(first, stream))
        return
    yield from _pooled(function, chain(first, stream), count)


def _pooled(function: Callable[[Item], Result], stream: Iterator[Item], count: int) -> Iterator[Result]:
    # spawned, not forked: threads of OpenCV and of the progress bar do not survive a fork
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(count, context, initializer=_begin)
    waiting: deque[Future[list[Result]]] = deque()
    try:
        while True:
            while len(waiting) < _AHEAD * count and (chunk := list(islice(stream, CHUNK))):
                waiting.append(pool.submit(_work, function, chunk))
            if not waiting:
                break
            yield from waiting.popleft().result()
    finally:  # also where the caller stops early, or Ctrl-C comes
        pool.shutdown(wait=True, cancel_futures=True)


def _begin() -> None:
    cv2.setNumThreads(1)  # the processes are enough
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the first process, which ends the others


def _work(function: Callable[[Item], Result], chunk: list[Item]) -> list[Result]:
    return [function(item) for item in chunk]


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
