"""All formats by name, and which of them a source is."""

from __future__ import annotations

from pathlib import Path

from emo.errors import ConfigError, UserError
from emo.importing.affectnet import AFFECTNET
from emo.importing.class_folders import CLASS_FOLDERS
from emo.importing.coco import COCO
from emo.importing.expw import EXPW
from emo.importing.fer2013 import FER2013, FERPLUS, FERPLUS_SOFT
from emo.importing.item import Format
from emo.importing.rafdb import RAFDB, RAFDB_ALIGNED
from emo.importing.voc import VOC
from emo.importing.yolo import YOLO

# the more particular first: any of them may also look like folders of classes
FORMATS: dict[str, Format] = {
    "ferplus": FERPLUS,
    "ferplus_soft": FERPLUS_SOFT,
    "fer2013": FER2013,
    "rafdb": RAFDB,
    "rafdb_aligned": RAFDB_ALIGNED,
    "affectnet": AFFECTNET,
    "expw": EXPW,
    "yolo": YOLO,
    "coco": COCO,
    "voc": VOC,
    "class_folders": CLASS_FOLDERS,
}


def choose_format(name: str, source: Path) -> tuple[str, Format]:
    """The format of this name, or with `auto` the first that recognises the source.

    Raises:
        ConfigError: there is no format of that name.
        UserError: there is no such source, or no format recognises it.
    """
    if not source.exists():
        raise UserError(f"{source}: no such file or folder; give the data set as source=FOLDER")
    if name != "auto":
        if name not in FORMATS:
            raise ConfigError(f"format={name}: unknown; one of auto, {', '.join(FORMATS)}")
        return name, FORMATS[name]
    for known, candidate in FORMATS.items():
        if candidate.recognises(source):
            return known, candidate
    raise UserError(f"{source}: none of the formats {', '.join(FORMATS)}; unpack archives first")
