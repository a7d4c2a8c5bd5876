"""A sheet of augmented training samples, to look at before training."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from emo.callbacks.pictures import batch_sheet
from emo.data.datamodule import FaceDataModule
from emo.errors import UserError


def write_preview(data: FaceDataModule, picture: Path, overwrite: bool = False) -> None:
    """Write the first batch of the first epoch with its boxes and labels.

    Args:
        data: the photos and their augmentation.
        picture: the PNG file to write.
        overwrite: replace an existing file.

    Raises:
        UserError: the file exists, or cannot be written.
    """
    if picture.exists() and not overwrite:
        raise UserError(f"{picture}: exists already; choose another picture=FILE, or overwrite=true")
    data.setup()
    batch = data.on_after_batch_transfer(next(iter(data.train_dataloader())), 0)
    sheet = batch_sheet(batch, data.classes)
    encoded = cv2.imencode(".png", np.ascontiguousarray(sheet[:, :, ::-1]))[1]
    try:
        picture.write_bytes(encoded.tobytes())
    except OSError as error:
        raise UserError(f"{picture}: cannot be written ({error.strerror})") from error
    print(f"augmented samples as the network sees them: {picture}")
