"""The processes that load photos: how many, and how they behave."""

from __future__ import annotations

import os
import signal

import cv2
import torch


def start_worker(worker: int) -> None:
    """Ctrl-C reaches every process of the terminal: the loading ones serve on until the main one has stopped."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    cv2.setNumThreads(0)  # the processes are enough; 1 would wait for threads that a fork leaves behind


def default_workers() -> int:
    """Loading processes for this machine: a GPU is fed by most cores; on a CPU the network needs them itself."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(16, max(1, cores - 1)) if torch.cuda.is_available() else min(2, cores // 2)
