"""OpenCV's face detector, by a model file of the user's."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from emo.errors import UserError
from emo.faces import Faces
from emo.view import ImageArray

_DETECTED_SIDE = 640  # pixels; YuNet finds faces of 10 to 300 pixels


class YuNet:
    """FaceDetectorYN (Wu et al. 2023, https://doi.org/10.1007/s11633-023-1423-y): boxes without emotions.

    Args:
        model: the ONNX file, such as face_detection_yunet_2023mar.onnx of the OpenCV zoo.
        score: least score of a face in [0, 1].

    Raises:
        UserError: OpenCV cannot load the file.
    """

    def __init__(self, model: str, score: float) -> None:
        if not Path(model).is_file():
            raise UserError(
                f"{model}: no such file; get face_detection_yunet_2023mar.onnx from the OpenCV zoo"
            )
        try:
            self._detector = cv2.FaceDetectorYN.create(model, "", (320, 320), score)
        except cv2.error as error:
            raise UserError(f"{model}: not a model that OpenCV's FaceDetectorYN loads") from error

    def batch(self, frames: Sequence[ImageArray]) -> list[Faces]:
        """The faces of each frame, with no columns of emotions."""
        return [self._detect(frame) for frame in frames]

    def _detect(self, frame: ImageArray) -> Faces:
        height, width = frame.shape[:2]
        scale = min(1.0, _DETECTED_SIDE / max(width, height))
        size = max(1, round(width * scale)), max(1, round(height * scale))
        small = cv2.resize(cv2.cvtColor(frame, cv2.COLOR_RGB2BGR), size, interpolation=cv2.INTER_AREA)
        self._detector.setInputSize(size)
        rows = self._detector.detect(small)[1]
        if rows is None:
            return Faces.empty(0)
        corners = np.concatenate((rows[:, :2], rows[:, :2] + np.maximum(rows[:, 2:4], 0)), axis=1)
        boxes = (corners * np.array([width / size[0], height / size[1]] * 2)).astype(np.float32)
        boxes = np.clip(boxes, 0, np.array([width, height] * 2, np.float32))
        scores = np.clip(rows[:, -1], 0, 1).astype(np.float32)
        return Faces(boxes, scores, np.zeros((len(boxes), 0), np.float32))
