"""AffectNet (Mollahosseini et al. 2017, https://arxiv.org/abs/1708.03985): CSV files with a box for each image.

`training.csv` and `validation.csv` have the columns subDirectory_filePath, face_x, face_y, face_width, face_height
and expression (0 to 10); the images lie in `Manually_Annotated_Images` or beside the files.
"""

from __future__ import annotations

from pathlib import Path

from emo.errors import DataError
from emo.importing.item import ForeignFace, Format, Item, Read, find_inside, number, safe_name
from emo.importing.text import has_columns, read_table

LABELS = (
    "neutral", "happiness", "sadness", "surprise", "fear", "disgust", "anger", "contempt",
    "none", "uncertain", "no-face",
)  # fmt: skip
_SPLITS = {"training.csv": "train", "validation.csv": "val"}
_PATH = "subDirectory_filePath"
_COLUMNS = frozenset((_PATH, "face_x", "face_y", "face_width", "face_height", "expression"))
_FOLDERS = (
    "",
    "Manually_Annotated_Images",
    "Manually_Annotated",
    "Manually_Annotated/Manually_Annotated_Images",
)


def _files(source: Path) -> list[Path]:
    return [source / name for name in _SPLITS if has_columns(source / name, _COLUMNS)]


def _read(source: Path) -> Read:
    files = _files(source)
    if not files:
        raise DataError(f"{source}: neither training.csv nor validation.csv with a column {_PATH}")
    for file in files:
        for index, row in enumerate(read_table(file, _COLUMNS), 2):
            try:
                yield _item(source, row, _SPLITS[file.name])
            except ValueError as error:
                yield DataError(f"{file}: line {index}: {error}")
            except DataError as error:
                yield error


def _item(source: Path, row: dict[str, str], split: str) -> Item:
    expression = number(row["expression"])
    if expression not in range(len(LABELS)):
        raise ValueError(f"expression {row['expression'][:20]!r} is none of 0 to {len(LABELS) - 1}")
    path = row[_PATH].strip().replace("\\", "/")
    image = find_inside(source, [source / folder / path for folder in _FOLDERS], path)
    x, y, width, height = (number(row[f"face_{key}"]) for key in ("x", "y", "width", "height"))
    face = ForeignFace(LABELS[int(expression)], (x, y, x + width, y + height))
    return Item(split, safe_name(path.rpartition(".")[0]), (face,), image)


AFFECTNET = Format(
    lambda source: bool(_files(source)),
    _read,
    "AffectNet is for non-commercial research only, by agreement with its authors; do not pass it on.",
)
