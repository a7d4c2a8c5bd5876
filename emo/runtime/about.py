"""What a file for a runtime says of itself: classes, input, thresholds, and which checkpoint it was made of."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from emo.errors import UserError

KEY = "emo"
"""Name of the entry: in ONNX's metadata_props, in OpenVINO's rt_info."""

FORMAT = 1


@dataclass(frozen=True)
class About:
    """What is known of a network outside a checkpoint.

    Attributes:
        classes: names of the emotions in the order of their probabilities.
        input_size: side of the views in pixels.
        backbone: name of the torchvision network.
        kind: `one_face` or `many_faces`, what the network answers for.
        checkpoint: `checkpoint_key` of what it was made of.
        precision: of the layers that count: `fp32` or `int8`.
        thresholds: least probabilities that it is meant to be used with: `presence` and `emotion`.
    """

    classes: tuple[str, ...]
    input_size: int
    backbone: str = ""
    kind: str = "one_face"
    checkpoint: str = ""
    precision: str = "fp32"
    thresholds: Mapping[str, float] = field(default_factory=dict)

    def dumps(self) -> str:
        """As JSON in one line."""
        return json.dumps({"format": FORMAT, **asdict(self)})

    @classmethod
    def loads(cls, text: str, path: Path) -> About:
        """The inverse of `dumps`.

        Raises:
            UserError: it is of a newer version, or damaged.
        """
        try:
            content = json.loads(text)
            form = content.pop("format")
            if form != FORMAT:
                raise UserError(f"{path}: of format {form}, this emo reads {FORMAT}; update emo")
            return cls(**{**content, "classes": tuple(content["classes"])})
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise UserError(f"{path}: does not say what network it is of; export it again") from error


def checkpoint_key(path: Path) -> str:
    """A short name of a checkpoint's content.

    What torch.save writes is a ZIP archive, whose directory holds a checksum of each tensor: reading it takes
    milliseconds where hashing 270 MB takes seconds. Other files are hashed whole.

    Raises:
        OSError: the file cannot be read.
    """
    key = hashlib.sha256()
    try:
        with zipfile.ZipFile(path) as archive:
            for entry in archive.infolist():
                name = entry.filename.partition("/")[2]  # the first part is the file's own name
                key.update(f"{name} {entry.CRC:08x} {entry.file_size}\n".encode())
    except zipfile.BadZipFile:
        key.update(path.read_bytes())
    return key.hexdigest()[:32]
