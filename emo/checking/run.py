"""The check as a command: files, then the model's doubts, then what is said."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from emo.checking.checker import Checked
from emo.checking.doubts import find_doubts
from emo.checking.finding import Finding
from emo.checking.outcome import check_free, tell
from emo.data.folder import Photo
from emo.data.splits import group_of
from emo.errors import ConfigError, UserError
from emo.runtime.predictor import Predictor


def run(
    check: Callable[[], Checked],
    open_predictor: Callable[..., Predictor],
    checkpoint: str | None = None,
    folds: int | None = None,
    report: str | None = None,
    page: str | None = None,
    overwrite: bool = False,
) -> int:
    """Check, compare with a checkpoint where one is given, and report.

    Args:
        check: does the checking.
        open_predictor: loads a checkpoint.
        checkpoint: a file from training; None leaves the model out.
        folds: judge the emotions by cross-validation in so many parts, on the checkpoint's features.
        report: JSON file to write.
        page: HTML file to write.
        overwrite: replace these if they exist.

    Returns:
        The exit code: 1 where there are errors, else 0.

    Raises:
        UserError: a folder, a file or the checkpoint is not usable.
    """
    for name, file in (("report", report), ("page", page)):
        if file and not Path(file).parent.is_dir():
            raise UserError(f"{name}={file}: there is no folder {Path(file).parent}")
    if folds and not checkpoint:
        raise ConfigError("folds: needs checkpoint=FILE.ckpt, whose features are judged by")
    check_free([report, page], overwrite)
    predictor = open_predictor(checkpoint) if checkpoint else None
    checked = check()
    if predictor is not None and checkpoint:
        pool = checked.pool
        labelled = [photo for photo, known in zip(pool.photos, pool.labelled, strict=True) if known]
        checked.findings.add(find_doubts(labelled, predictor, emotions=not folds))
        if folds:
            checked.findings.add(_crossed(checked, labelled, Path(checkpoint), folds))
    return tell(checked, report, page)


def _crossed(checked: Checked, labelled: Sequence[Photo], checkpoint: Path, folds: int) -> Iterator[Finding]:
    from emo.checking.crossed import find_crossed_doubts  # PyTorch takes seconds to load
    from emo.model.checkpoint import load_one_face

    pattern = re.compile(checked.group_pattern) if checked.group_pattern else None
    groups = [f"{photo.source}/{group_of(photo, pattern)}" for photo in labelled]
    yield from find_crossed_doubts(labelled, groups, load_one_face(checkpoint), folds)
