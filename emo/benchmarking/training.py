"""The parts of a training: decoding, augmentation, the loader, a step."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from copy import deepcopy
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.optim import Optimizer
from torch.utils.flop_counter import FlopCounterMode

from emo.data.datamodule import FaceDataModule
from emo.data.dataset import Batch
from emo.data.images import load_image
from emo.data.sampler import ViewKey
from emo.hardware import cpu_has_bf16, lacks_compiler
from emo.model.losses import FaceLoss
from emo.model.network import EmotionNetwork

_DTYPES = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}


def measure_training(
    data: FaceDataModule,
    network: EmotionNetwork,
    loss: FaceLoss,
    optimizer: Callable[[Iterable[nn.Parameter]], Optimizer],
    reached: Mapping[tuple[str, str], float],
    seconds: float,
    rounds: int = 5,
) -> dict[str, float]:
    """How many a second, part by part and in turns.

    Args:
        data: set up already.
        network: trained on a GPU where there is one; its weights change.
        loss: of the steps.
        optimizer: makes the optimiser.
        reached: operations a second of large matrix products, by device and precision.
        seconds: for each part, over all rounds.
        rounds: turns of each part.

    Returns:
        `decode`, `augmentation` (of one process), `loader` and `step_<precision>` in samples a second,
        `step_<precision>_share` of the peak, `step_<precision>_compiled` by torch.compile where it can
        run, in bf16 or else fp32, `loader_over_step`, and `cache_mb` of the decoded frames. With
        data.augment_on=gpu the loader only plans, and `batch_augmentation` is what the device makes of it.
    """
    device = "cuda" if torch.cuda.is_available() else "cpu"
    loader = _Loader(data)
    planned = _moved(loader.first, device)
    batch: Batch = data.on_after_batch_transfer(planned, 0)
    turns: dict[str, Callable[[float], float]] = {
        "decode": lambda s: _rate(_decode(data), 1, s),
        "augmentation": lambda s: _rate(_augment(data), 1, s),
        "loader": loader.rate,
    }
    if batch is not planned:

        def augment() -> float:
            return float(data.on_after_batch_transfer(planned, 0).images[0, 0, 0, 0])  # waits for the device

        turns["batch_augmentation"] = lambda s: _rate(_repeat(augment), len(batch.images), s)
    precisions = _precisions(device)
    steps = {f"step_{precision}": (network, precision) for precision in precisions}
    if not lacks_compiler(device):
        twin, precision = deepcopy(network), "bf16" if "bf16" in precisions else "fp32"
        twin.compile()  # in place, hence a twin
        steps[f"step_{precision}_compiled"] = (twin, precision)
    for name, (trained, precision) in steps.items():
        step = _stepper(trained, loss, optimizer(trained.parameters()), batch, device, precision)
        step()
        turns[name] = lambda s, step=step: _rate(_repeat(step), len(batch.images), s)  # type: ignore[misc]
    rates: dict[str, list[float]] = {name: [] for name in turns}
    for _ in range(rounds):
        for name, turn in turns.items():
            rates[name].append(turn(seconds / rounds))
    figures = {name: float(np.median(values)) for name, values in rates.items()}
    operations = _operations(network, loss, batch)
    for precision in precisions:
        if peak := reached.get((device, precision)):
            figures[f"step_{precision}_share"] = figures[f"step_{precision}"] * operations / peak
    quickest = max(figures[f"step_{precision}"] for precision in precisions)
    figures["loader_over_step"] = figures["loader"] / quickest
    figures["cache_mb"] = sum(data.dataset(split).frames.megabytes for split in ("train", "val", "test"))
    return figures


def network_operations(network: EmotionNetwork) -> float:
    """Multiplications and additions of one view."""
    side = network.input_size
    with FlopCounterMode(display=False) as counter, torch.inference_mode():
        network(torch.zeros(1, 3, side, side, dtype=torch.uint8))
    return float(counter.get_total_flops())


def _precisions(device: str) -> tuple[str, ...]:
    if device == "cuda":
        return ("fp32", "bf16", "fp16")
    return ("fp32", "bf16") if cpu_has_bf16() else ("fp32",)


class _Loader:
    """The training's loader, without end."""

    def __init__(self, data: FaceDataModule) -> None:
        self._loader = data.train_dataloader()
        self._batches = self._endless()
        self.first = next(self._batches)
        self._workers = max(1, data.workers)
        self._ahead = max(1, data.workers * (self._loader.prefetch_factor or 0))

    def rate(self, seconds: float) -> float:
        """Samples a second; what was loaded during others' turns is taken away first.

        At least one batch of each worker is counted: they work on one each, and a single one would take all the time.
        """
        for _ in range(self._ahead):
            next(self._batches)
        return _rate(self._batches, len(self.first.photos), seconds, least=self._workers)

    def _endless(self) -> Iterator[Any]:
        for epoch in itertools.count():
            self._loader.sampler.set_epoch(epoch)  # type: ignore[attr-defined]  # ours has it
            yield from self._loader


def _moved(batch: Any, device: str) -> Any:  # noqa: ANN401
    return batch._make(part.to(device) if isinstance(part, torch.Tensor) else part for part in batch)


def _decode(data: FaceDataModule) -> Iterator[object]:
    for photo in itertools.cycle(data.photos):
        yield load_image(photo.labelled.image, data.max_side)


def _augment(data: FaceDataModule) -> Iterator[object]:
    dataset = data.dataset("train")
    for number in itertools.count():
        yield dataset[ViewKey(number % len(dataset), number)]


def _stepper(
    network: EmotionNetwork, loss: FaceLoss, optimizer: Optimizer, batch: Batch, device: str, precision: str
) -> Callable[[], float]:
    """A function that does one step as the trainer does it, with the batch on the device already."""
    network.train().to(device)
    scaler = torch.amp.GradScaler(device, enabled=precision == "fp16")

    def step() -> float:
        optimizer.zero_grad()
        with torch.autocast(device, _DTYPES[precision], enabled=precision != "fp32"):
            total = loss(network(batch.images), batch)["total"]
        scaler.scale(total).backward()
        scaler.step(optimizer)
        scaler.update()
        return float(total.detach())  # waits for the device

    return step


def _operations(network: EmotionNetwork, loss: FaceLoss, batch: Batch) -> float:
    """Multiplications and additions for one view of a step."""
    few = Batch._make(part[:2] for part in batch)
    with FlopCounterMode(display=False) as counter:
        loss(network(few.images), few)["total"].backward()
    network.zero_grad()
    return float(counter.get_total_flops()) / len(few.images)


def _repeat(step: Callable[[], float]) -> Iterator[object]:
    while True:
        yield step()


def _rate(source: Iterator[Any], each: int, seconds: float, least: int = 1) -> float:
    """How many a second it gives, `each` at a time, over this time and at least so many turns."""
    turns, start = 0, time.perf_counter()
    while turns < least or time.perf_counter() - start < seconds:
        next(source)
        turns += 1
    return turns * each / (time.perf_counter() - start)
