"""Image files in, upright RGB arrays out; whatever cannot be trusted ends in `DataError`."""

from __future__ import annotations

import io
import warnings
from pathlib import Path
from typing import IO, NamedTuple

import cv2
import numpy as np
import numpy.typing as npt
from PIL import ExifTags, Image, UnidentifiedImageError

from emo.data.files import open_file
from emo.data.labelme_json import embedded_bytes, read_json
from emo.errors import DataError

IMAGE_SUFFIXES = frozenset(
    (".jpg", ".jpeg", ".jfif", ".png", ".bmp", ".webp", ".tif", ".tiff", ".gif", ".pgm", ".ppm")
)
"""Lower-case endings of the files that count as images."""

MAX_PIXELS = 89_000_000
"""Larger images are refused before any pixel is decoded. Just under where Pillow begins to warn."""

_MAX_FILE_BYTES = 2**30
_FORMATS = ("JPEG", "PNG", "BMP", "WEBP", "TIFF", "GIF", "PPM")
# Ends of a complete file: OpenCV 4 takes a cut JPEG for a whole one, so only these go its fast way.
_COMPLETE = {"JPEG": b"\xff\xd9", "MPO": b"\xff\xd9", "PNG": b"IEND\xaeB`\x82"}
_REDUCED = {
    8: cv2.IMREAD_REDUCED_COLOR_8,
    4: cv2.IMREAD_REDUCED_COLOR_4,
    2: cv2.IMREAD_REDUCED_COLOR_2,
    1: cv2.IMREAD_COLOR,
}

# MAX_PIXELS is an error of its own; Pillow's warning would only say it twice.
warnings.filterwarnings("ignore", category=Image.DecompressionBombWarning)


class Turn(NamedTuple):
    """What makes stored pixels upright: first swap x and y, then mirror."""

    swap: bool = False
    mirror_x: bool = False
    mirror_y: bool = False


# EXIF 2.3, tag 0x0112.
_TURNS = {
    2: Turn(mirror_x=True),
    3: Turn(mirror_x=True, mirror_y=True),
    4: Turn(mirror_y=True),
    5: Turn(swap=True),
    6: Turn(swap=True, mirror_x=True),
    7: Turn(swap=True, mirror_x=True, mirror_y=True),
    8: Turn(swap=True, mirror_y=True),
}


class ImageHeader(NamedTuple):
    """What an image file says before its pixels are decoded.

    Attributes:
        format: Pillow's name of the file format.
        stored_size: (width, height) of the pixels as they lie in the file.
        turn: what makes them upright.
    """

    format: str
    stored_size: tuple[int, int]
    turn: Turn

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) of the upright image."""
        width, height = self.stored_size
        return (height, width) if self.turn.swap else (width, height)


def turn_box(
    box_xyxy: tuple[float, float, float, float], turn: Turn, size: tuple[int, int]
) -> tuple[float, float, float, float]:
    """Move a box from the stored pixels to the upright image of (width, height) `size`."""
    x1, y1, x2, y2 = box_xyxy
    width, height = size
    if turn.swap:
        x1, y1, x2, y2 = y1, x1, y2, x2
    if turn.mirror_x:
        x1, x2 = width - x2, width - x1
    if turn.mirror_y:
        y1, y2 = height - y2, height - y1
    return x1, y1, x2, y2


def image_size(path: Path) -> tuple[int, int]:
    """Return (width, height) of the upright image from the file's header.

    Raises:
        DataError: the file is missing, no image, or too large.
    """
    return image_header(path).size


def image_header(path: Path) -> ImageHeader:
    """Read an image file's header; of a labelme file that of the image inside it.

    Raises:
        DataError: the file is missing, no image, or too large.
    """
    if path.suffix.lower() == ".json":
        return parse_header(io.BytesIO(_image_bytes(path)), path)
    with open_file(path) as stream:
        return parse_header(stream, path)


def load_image(path: Path, max_side: int | None = None) -> npt.NDArray[np.uint8]:
    """Decode an image, turn it upright and shrink it.

    Args:
        path: an image file, or a labelme file with the image inside.
        max_side: longest side of the result in pixels; smaller images stay as they are.

    Returns:
        RGB, H x W x 3; of an animation the first frame. Transparency is dropped.

    Raises:
        DataError: the file is missing, empty, cut short, no image, or larger than `MAX_PIXELS`.
    """
    if max_side is not None and max_side < 1:
        raise ValueError(f"max_side must be at least 1, not {max_side}")
    encoded = _image_bytes(path)
    header = parse_header(io.BytesIO(encoded), path)
    width, height = header.stored_size
    scale = min(1.0, (max_side or max(width, height)) / max(width, height))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    pixels = _decode_fast(encoded, header, size)
    if pixels is None:
        pixels = _decode_any(encoded, path)
    if pixels.shape[1::-1] != size:
        pixels = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
    return _upright(pixels, header.turn)


def parse_header(stream: IO[bytes], path: Path) -> ImageHeader:
    """Read an image's header from an open file; `path` is named in errors.

    Raises:
        DataError: this is no image, or one that is too large.
    """
    try:
        image = Image.open(stream, formats=_FORMATS)
        width, height = image.size
        if width * height <= MAX_PIXELS:
            return ImageHeader(str(image.format), (width, height), _turn(image, stream))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        pass
    except UnidentifiedImageError as error:  # whose own words name a stream instead of the file
        raise DataError(f"{path}: not an image that can be read (of no known format)") from error
    except Exception as error:  # damaged files raise whatever Pillow's parsers happen to meet
        raise DataError(f"{path}: not an image that can be read ({_brief(error)})") from error
    raise DataError(f"{path}: more than {MAX_PIXELS // 10**6} megapixels")


def _turn(image: Image.Image, stream: IO[bytes]) -> Turn:
    if image.format == "PNG" and "exif" not in image.info:
        # Some programs write it behind the pixels, where Pillow finds it only by decoding them.
        stream.seek(0)
        if b"eXIf" not in stream.read() and "Raw profile type exif" not in image.info:
            return Turn()
    elif "exif" not in image.info:  # TIFF has the tag too, but there Pillow turns the pixels itself
        return Turn()
    orientation = image.getexif().get(ExifTags.Base.Orientation)
    return _TURNS.get(orientation, Turn()) if isinstance(orientation, int) else Turn()


def _image_bytes(path: Path) -> bytes:
    if path.suffix.lower() != ".json":
        with open_file(path, _MAX_FILE_BYTES) as stream:
            return stream.read()
    encoded = embedded_bytes(path, read_json(path))
    if not encoded:
        raise DataError(f"{path}: no image data inside")
    return encoded


def _decode_fast(encoded: bytes, header: ImageHeader, size: tuple[int, int]) -> npt.NDArray[np.uint8] | None:
    """Decode by OpenCV, JPEG straight to a half, quarter or eighth where that still exceeds `size`."""
    end = _COMPLETE.get(header.format)
    if end is None or not encoded.endswith(end):
        return None
    width, height = header.stored_size
    reduced = [step for step in _REDUCED if width // step >= size[0] and height // step >= size[1]]
    step = 1 if header.format == "PNG" else reduced[0]
    flags = _REDUCED[step] | cv2.IMREAD_IGNORE_ORIENTATION
    try:
        pixels = cv2.imdecode(np.frombuffer(encoded, np.uint8), flags)
    except cv2.error:
        return None
    if pixels is None or pixels.shape != (-(-height // step), -(-width // step), 3):
        return None
    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB), np.uint8)


def _decode_any(encoded: bytes, path: Path) -> npt.NDArray[np.uint8]:
    try:
        with Image.open(io.BytesIO(encoded), formats=_FORMATS) as image:
            if image.mode.startswith("I"):  # convert() would clip 16 bits instead of scaling them
                grey = np.clip(np.asarray(image) >> 8, 0, 255).astype(np.uint8)
                return np.repeat(grey[..., None], 3, axis=2)
            return np.array(image.convert("RGB"))
    except Exception as error:  # as in parse_header
        raise DataError(f"{path}: damaged image ({_brief(error)})") from error


def _upright(pixels: npt.NDArray[np.uint8], turn: Turn) -> npt.NDArray[np.uint8]:
    if turn.swap:
        pixels = pixels.transpose(1, 0, 2)
    if turn.mirror_x:
        pixels = pixels[:, ::-1]
    if turn.mirror_y:
        pixels = pixels[::-1]
    return np.ascontiguousarray(pixels)


def _brief(error: Exception) -> str:
    return " ".join(str(error).split())[:120] or type(error).__name__
