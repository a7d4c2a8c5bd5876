"""Contenders in turns: a machine that slows down hurts all of them alike."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

from emo.benchmarking.contender import Contender
from emo.benchmarking.worker import Views, serve

_PATIENCE_S = 600.0  # for a contender to open: torch.compile takes minutes on a slow machine


@dataclass
class Measured:
    """What came of a contender.

    Attributes:
        contender: the one.
        times_s: seconds of each pass, by batch.
        start_s: from the start of its process to its first answer.
        memory_mb: the most that its process held.
        answers: to the views; None where it has none to compare.
        reason: why it did not run; empty where it did.
    """

    contender: Contender
    times_s: dict[int, list[float]] = field(default_factory=dict)
    start_s: float = 0.0
    memory_mb: float = 0.0
    answers: tuple[Any, ...] | None = None
    reason: str = ""


class Worker:
    """The process of a contender."""

    def __init__(self, contender: Contender, views: Views) -> None:
        context = multiprocessing.get_context("spawn")  # a fork would take this process's memory along
        self.pipe, theirs = context.Pipe()
        self._process = context.Process(target=serve, args=(theirs, contender, views), daemon=True)
        content: Any
        start_s = time.perf_counter()
        self._process.start()
        theirs.close()
        self.measured = Measured(contender)
        try:
            told, content = (
                self.pipe.recv() if self.pipe.poll(_PATIENCE_S) else ("failed", "did not start in time")
            )
        except EOFError:
            told, content = "failed", "its process died; perhaps it ran out of memory"
        self.measured.start_s = time.perf_counter() - start_s
        if told == "ready":
            self.measured.answers = content
        else:
            self.measured.reason = content

    def work(self, batch: int, seconds: float) -> None:
        """Let it work for a while."""
        if self.measured.reason:
            return
        try:
            self.pipe.send((batch, seconds))
            self.measured.times_s.setdefault(batch, []).extend(self.pipe.recv())
        except (EOFError, OSError):
            self.measured.reason = f"its process died at batch {batch}; perhaps it ran out of memory"

    def close(self) -> None:
        """End the process."""
        if not self.measured.reason:
            self.pipe.send(None)
            self.measured.memory_mb = self.pipe.recv()
        self._process.join(5)
        if self._process.is_alive():
            self._process.terminate()


def measure(
    contenders: Sequence[Contender],
    views: Views,
    batches: Sequence[int],
    seconds: float,
    rounds: int = 5,
    say: Callable[[str], None] = lambda line: None,
) -> list[Measured]:
    """Measure all that can run, in turns.

    Args:
        contenders: those with a `reason` are passed over.
        views: (B, S, S, 3) that all look at; repeated to fill a batch.
        batches: sizes to measure.
        seconds: that each works for, with each batch, over all rounds.
        rounds: turns that each has.
        say: takes a line on what is going on.
    """
    results, workers = list[Measured](), list[Worker]()
    with ExitStack() as stack:
        for contender in contenders:
            if contender.reason:
                results.append(Measured(contender, reason=contender.reason))
                continue
            say(f"starting {contender.title}")
            worker = Worker(contender, views)
            stack.callback(worker.close)
            results.append(worker.measured)
            workers += [] if worker.measured.reason else [worker]
        for number in range(rounds):
            say(f"round {number + 1} of {rounds}")
            for worker in workers[number % max(len(workers), 1) :] + workers[: number % max(len(workers), 1)]:
                for batch in [1] if worker.measured.contender.opener == "matmul" else batches:
                    worker.work(batch, seconds / rounds)
    return results
