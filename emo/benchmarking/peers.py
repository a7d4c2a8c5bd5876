"""Others' programs on the same machine: the original design in Keras, and OpenCV's face detector."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from emo.errors import UserError

Views = npt.NDArray[np.uint8]


def keras_predict(size: int) -> Callable[[Views], None]:
    """`model.predict` of the original design: the same layers, random weights.

    Args:
        size: side of the views in pixels.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import keras
    from keras import layers

    base = keras.applications.VGG16(include_top=False, weights=None, input_shape=(size, size, 3))
    emotion = layers.Dense(2048, activation="relu")(layers.GlobalMaxPooling2D()(base.output))
    box = layers.Dense(2048, activation="relu")(layers.GlobalAveragePooling2D()(base.output))
    outputs = [layers.Dense(6, activation="sigmoid")(emotion), layers.Dense(4, activation="sigmoid")(box)]
    model = keras.Model(base.input, outputs)

    def predict(views: Views) -> None:
        model.predict(views.astype(np.float32) / 255, verbose=0)

    return predict


def yunet_detect(model: str, size: int) -> Callable[[Views], None]:
    """OpenCV's FaceDetectorYN, view by view: it finds faces, it does not read them.

    Args:
        model: the user's file, such as face_detection_yunet_2023mar.onnx of the OpenCV zoo.
        size: side of the views in pixels.

    Raises:
        UserError: OpenCV cannot load the file.
    """
    if not Path(model).is_file():
        raise UserError(f"{model}: no such file")
    try:
        detector = cv2.FaceDetectorYN.create(model, "", (size, size), 0.8)
    except cv2.error as error:
        raise UserError(f"{model}: not a model that OpenCV's FaceDetectorYN loads") from error

    def detect(views: Views) -> None:
        for view in views:
            detector.detect(view[..., ::-1].copy())

    return detect
