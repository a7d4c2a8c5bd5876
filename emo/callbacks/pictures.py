"""Pictures of what goes in and what comes out, to TensorBoard and to the run's folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import lightning as L
import numpy as np
from lightning.pytorch.loggers import TensorBoardLogger
from torch.utils.data import DataLoader

from emo.callbacks.charts import confusion_chart, reliability_chart
from emo.callbacks.crowd_sheets import crowd_input_sheet, crowd_pictures
from emo.callbacks.sheets import input_sheet, pick_rows, prediction_sheet
from emo.data.crowd_dataset import CrowdBatch, CrowdDataset
from emo.data.dataset import NO_EMOTION, Batch, FaceDataset
from emo.data.sampler import EvalSampler
from emo.metrics import Predictions
from emo.model.learner import Learner
from emo.view import ImageArray


def batch_sheet(batch: Batch | CrowdBatch, classes: Sequence[str]) -> ImageArray:
    """The first images of a batch as the network sees them, with what is known of their faces."""
    return crowd_input_sheet(batch, classes) if isinstance(batch, CrowdBatch) else input_sheet(batch, classes)


class Pictures(L.Callback):
    """Sheets of augmented input and of predictions beside the truth, a confusion matrix, a reliability diagram.

    Args:
        every_epochs: epochs between two sets of pictures of the validation.
    """

    def __init__(self, every_epochs: int = 1) -> None:
        self._every = max(1, every_epochs)

    def on_train_batch_end(
        self,
        trainer: L.Trainer,
        pl_module: L.LightningModule,
        outputs: Any,  # noqa: ANN401
        batch: Batch | CrowdBatch,
        batch_idx: int,
    ) -> None:
        """The first input that the network sees, once."""
        if trainer.global_step == 1 and trainer.is_global_zero:
            assert isinstance(pl_module, Learner)
            self._show(trainer, "input", batch_sheet(batch, pl_module.network.classes))

    # not at the end of their epochs: callbacks have that before the module, which has no results yet
    def on_validation_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        """Predictions and charts of val."""
        if trainer.current_epoch % self._every == 0 and not trainer.sanity_checking:
            self._show_results(trainer, pl_module, "val")

    def on_test_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        """Predictions and charts of test, for each kind of look."""
        for stage in ("test", "test_zoom", "test_ten_crop"):
            self._show_results(trainer, pl_module, stage)

    def _show_results(self, trainer: L.Trainer, module: L.LightningModule, stage: str) -> None:
        assert isinstance(module, Learner)
        if not trainer.is_global_zero or stage not in module.results:
            return
        table, classes = module.results[stage], module.network.classes
        loader = trainer.val_dataloaders if stage == "val" else trainer.test_dataloaders
        assert isinstance(loader, DataLoader)
        dataset = loader.dataset
        assert isinstance(loader.sampler, EvalSampler)
        seeds = loader.sampler.seeds()
        if isinstance(dataset, CrowdDataset):
            pictures = crowd_pictures(table, dataset, seeds, classes)
        else:
            assert isinstance(dataset, FaceDataset)
            pictures = _face_pictures(table, dataset, seeds, classes)
        for name, picture in pictures.items():
            self._show(trainer, f"{stage}/{name}", picture)

    def _show(self, trainer: L.Trainer, name: str, image: ImageArray) -> None:
        if isinstance(trainer.logger, TensorBoardLogger):
            trainer.logger.experiment.add_image(name, image, trainer.global_step, dataformats="HWC")
            folder = Path(trainer.logger.log_dir) / "pictures"
            folder.mkdir(parents=True, exist_ok=True)
            encoded = cv2.imencode(".png", np.ascontiguousarray(image[:, :, ::-1]))[1]
            (folder / f"{name.replace('/', '_')}.png").write_bytes(encoded.tobytes())


def _face_pictures(
    table: Predictions, dataset: FaceDataset, seeds: Sequence[int], classes: Sequence[str]
) -> dict[str, ImageArray]:
    """By name: wrong answers and right ones, the confusion of emotions, how far probabilities can be trusted."""
    pictures = {
        kind: prediction_sheet(table.rows(rows), dataset, seeds, classes)
        for kind, rows in pick_rows(table).items()
        if len(rows)
    }
    known = table.rows(table.true_emotions != NO_EMOTION)
    if len(known.presence):
        pictures["confusion"] = confusion_chart(known.emotions.argmax(dim=1), known.true_emotions, classes)
        pictures["reliability"] = reliability_chart(known)
    return pictures
