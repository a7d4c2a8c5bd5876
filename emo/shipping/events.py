"""TensorBoard's events with their curves alone: its pictures may show people, its texts hold paths."""

from __future__ import annotations

from pathlib import Path

from tensorboard.backend.event_processing.event_file_loader import RawEventFileLoader
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.summary.writer.record_writer import RecordWriter

EVENTS = "events.out.tfevents."


def copy_scalars(run: Path, target: Path) -> None:
    """Copy the scalars of every events file of a run; the copies are numbered, without the machine's name.

    Args:
        run: folder of the events files.
        target: an existing folder without any.
    """
    for number, source in enumerate(sorted(run.glob(f"{EVENTS}*"))):
        with (target / f"{EVENTS}{number}").open("xb") as stream:
            writer = RecordWriter(stream)
            for raw in RawEventFileLoader(str(source)).Load():
                event = Event.FromString(raw)
                if event.HasField("file_version") or _keep_scalars(event):
                    writer.write(event.SerializeToString())


def _keep_scalars(event: Event) -> bool:
    """Take all but the scalars out of an event; whether any is left."""
    scalars = [value for value in event.summary.value if value.HasField("simple_value")]
    del event.summary.value[:]
    event.summary.value.extend(scalars)
    return bool(scalars)
