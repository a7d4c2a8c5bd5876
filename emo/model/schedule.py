"""Learning rate schedules of any kind that torch has, as Lightning wants them."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler, ReduceLROnPlateau

ScheduleFactory = Callable[..., LRScheduler]
"""Makes a schedule from `optimizer`, and from `total_steps` where it asks for them."""


def make_schedule(
    factory: ScheduleFactory, optimizer: Optimizer, total_steps: int, monitor: str, every_epochs: int = 1
) -> dict[str, Any]:
    """A schedule, and when it goes on.

    One that asks for the length of the training goes on with every step, the others with every epoch.

    Args:
        factory: makes it.
        optimizer: whose learning rate it sets.
        total_steps: of the whole training.
        monitor: the figure that ReduceLROnPlateau watches.
        every_epochs: epochs from one such figure to the next.
    """
    if "total_steps" in inspect.signature(factory).parameters:
        return {"scheduler": factory(optimizer=optimizer, total_steps=total_steps), "interval": "step"}
    scheduler = factory(optimizer=optimizer)
    plan = {"scheduler": scheduler, "interval": "epoch"}
    if isinstance(scheduler, ReduceLROnPlateau):
        plan |= {"monitor": monitor, "frequency": every_epochs}
    return plan
