"""Learnable fake photos: an ellipse stands for a face, its colour for the emotion. Written as labelme files.

`p2_s1_happy_0.png` shows person 2 in session 1. Beside the faces with a box and an emotion there are photos without
a face, faces of unknown emotion, and crops of which only the emotion is known.
"""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np

from emo.faces import EMOTIONS

SIZE = (96, 72)
COLOURS = dict(
    zip(EMOTIONS, ((220, 30, 30), (30, 220, 30), (40, 40, 230), (230, 220, 20), (230, 230, 230)), strict=True)
)
UNKNOWN_COLOUR = (230, 30, 230)
GROUP_PATTERN = "^(p[0-9]+)_"


def fake_image(rng, box_xyxy=None, colour=UNKNOWN_COLOUR, size=SIZE):
    """A noisy dark picture with an ellipse that fills the box."""
    width, height = size
    image = rng.integers(0, 60, size=(height, width, 3), dtype=np.uint8)
    if box_xyxy is not None:
        x1, y1, x2, y2 = box_xyxy
        centre, axes = ((x1 + x2) / 2, (y1 + y2) / 2), (x2 - x1, y2 - y1)
        cv2.ellipse(image, (centre, axes, 0.0), tuple(int(c) for c in colour), -1)
    return image


def fake_box(rng, size=SIZE):
    """A box inside the picture, from a fifth to three quarters of its height."""
    width, height = size
    high = rng.uniform(0.2, 0.75) * height
    wide = min(high * rng.uniform(0.7, 1.0), width - 2)
    x1, y1 = rng.uniform(1, width - wide - 1), rng.uniform(1, height - high - 1)
    return tuple(round(float(v), 2) for v in (x1, y1, x1 + wide, y1 + high))


def save_fake(path: Path, image, shapes=(), flags=None):
    """Write an image and its labelme file; `shapes` are (label, box_xyxy)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), image[:, :, ::-1])
    content = {
        "version": "5.5.0",
        "flags": flags or {},
        "shapes": [
            {"label": label, "points": [box[:2], box[2:]], "shape_type": "rectangle", "flags": {}, "group_id": None}
            for label, box in shapes
        ],
        "imagePath": path.name,
        "imageData": None,
        "imageHeight": image.shape[0],
        "imageWidth": image.shape[1],
    }  # fmt: skip
    path.with_suffix(".json").write_text(json.dumps(content), encoding="utf-8")


def write_fakes(folder: Path, people=4, sessions=1, each=1, seed=0, no_face=3, unknown=2, crops=2, size=SIZE):
    """Write photos of every emotion, person and session, and the partly labelled ones; return the folder."""
    rng = np.random.default_rng(seed)
    for person in range(people):
        for session in range(sessions):
            for emotion in EMOTIONS:
                for number in range(each):
                    box = fake_box(rng, size)
                    image = fake_image(rng, box, COLOURS[emotion], size)
                    save_fake(
                        folder / f"p{person}_s{session}_{emotion}_{number}.png", image, [(emotion, box)]
                    )
    for number in range(no_face):
        save_fake(folder / f"room_{number}.png", fake_image(rng, size=size))
    for number in range(unknown):
        box = fake_box(rng, size)
        save_fake(
            folder / f"p{number % people}_s0_face_{number}.png",
            fake_image(rng, box, size=size),
            [("face", box)],
        )
    for number in range(crops):
        emotion = EMOTIONS[number % len(EMOTIONS)]
        image = fake_image(rng, (0, 0, 32, 32), COLOURS[emotion], (32, 32))
        save_fake(folder / f"p{number % people}_s0_crop_{number}.png", image, flags={emotion: True})
    return folder
