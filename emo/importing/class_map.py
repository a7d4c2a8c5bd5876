"""From the class names of a source to ours."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from emo.data.labels import FACE_LABEL, LabelSet
from emo.errors import ConfigError

DROP = "drop"


class ClassMap:
    """Says what becomes of each class of a source, without regard to case.

    Args:
        classes: our emotions; a source's class of the same name needs no entry.
        entries: source's class -> one of `classes`, `face` (the box without its emotion) or `drop`. An entry for
            an emotion that is not among the classes counts for nothing, so that one table serves every list.
    """

    def __init__(self, classes: Sequence[str], entries: Mapping[str, str]) -> None:
        entries = {str(name): str(target) for name, target in entries.items()}
        known = {name.strip().casefold(): name for name in (*classes, FACE_LABEL)}
        self._targets = {
            name.strip().casefold(): known.get(target.casefold(), DROP)
            for name, target in entries.items()
            if target.casefold() in known or target == DROP
        }
        LabelSet(tuple(classes))  # says what is wrong with the list of classes
        self._targets = known | self._targets

    def __getitem__(self, label: str) -> str:
        """Our class, `face` or `drop`; KeyError where nothing says."""
        return self._targets[label.strip().casefold()]

    def check(self, labels: Iterable[str]) -> None:
        """Complain about the labels that nothing is said of.

        Raises:
            ConfigError: there are some; the message is an override to complete.
        """
        unknown = [label for label in labels if label.strip().casefold() not in self._targets]
        if unknown:
            names = ", ".join(repr(label[:50]) for label in unknown[:20])
            known = ", ".join(dict.fromkeys(t for t in self._targets.values() if t not in (DROP, FACE_LABEL)))
            first = unknown[0].strip().casefold()
            raise ConfigError(
                f"the source has the classes {names}, which map says nothing of; say for each what becomes of it, "
                f"such as '++map.{first}=drop' (or face, {known})"
            )
