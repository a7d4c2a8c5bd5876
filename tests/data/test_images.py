"""Image files: sizes without decoding, upright and shrunken pixels, and errors for what is damaged."""

from __future__ import annotations

import base64
import contextlib
import io
import json
import os
import struct
import zlib

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import ExifTags, Image, ImageOps

from emo.data import images
from emo.data.images import Turn, image_size, load_image, turn_box
from emo.errors import DataError


def picture(width: int = 64, height: int = 48) -> Image.Image:
    """Four flat quarters of different colour: it is plain which side is up, and JPEG keeps it."""
    pixels = np.zeros((height, width, 3), np.uint8)
    pixels[: height // 2, : width // 2] = 250, 20, 20
    pixels[: height // 2, width // 2 :] = 20, 250, 20
    pixels[height // 2 :, : width // 2] = 20, 20, 250
    pixels[height // 2 :, width // 2 :] = 240, 240, 240
    return Image.fromarray(pixels)


def encode(image: Image.Image, file_format: str, orientation: int | None = None, **options) -> bytes:
    if orientation is not None:
        exif = Image.Exif()
        exif[ExifTags.Base.Orientation] = orientation
        options["exif"] = exif
    stream = io.BytesIO()
    image.save(stream, file_format, **options)
    return stream.getvalue()


def close(first: np.ndarray, second: np.ndarray) -> bool:
    return first.shape == second.shape and np.abs(first.astype(int) - second.astype(int)).mean() < 6


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "BMP", "WEBP", "TIFF", "GIF", "PPM"])
def test_every_format_is_read_as_rgb(tmp_path, file_format):
    path = tmp_path / "a.img"
    path.write_bytes(encode(picture(), file_format))
    pixels = load_image(path)
    assert pixels.dtype == np.uint8
    assert pixels.flags["C_CONTIGUOUS"]
    assert close(pixels, np.asarray(picture()))
    assert image_size(path) == (64, 48)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK", "YCbCr"])
def test_every_colour_mode_becomes_rgb(tmp_path, mode):
    suffix, file_format = ("jpg", "JPEG") if mode in ("CMYK", "YCbCr") else ("png", "PNG")
    path = tmp_path / f"a.{suffix}"
    source = picture().convert(mode)
    path.write_bytes(encode(source, file_format))
    assert close(load_image(path), np.asarray(source.convert("RGB")))


@pytest.mark.parametrize("file_format", ["PNG", "TIFF", "PPM"])
def test_sixteen_bits_are_scaled_not_clipped(tmp_path, file_format):
    grey = np.linspace(0, 65535, 48 * 64).reshape(48, 64).astype(np.uint16)
    (tmp_path / "a.png").write_bytes(encode(Image.fromarray(grey), file_format))
    expected = np.repeat((grey >> 8)[..., None], 3, axis=2)
    assert np.abs(load_image(tmp_path / "a.png").astype(int) - expected).max() <= 1


@pytest.mark.parametrize("max_side", [None, 40, 10])
@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_exif_orientation_is_applied(tmp_path, file_format, orientation, max_side):
    path = tmp_path / "a.jpg"
    path.write_bytes(encode(picture(), file_format, orientation))
    with Image.open(path) as image:
        upright = ImageOps.exif_transpose(image).convert("RGB")
    assert image_size(path) == upright.size
    if max_side:
        upright = upright.resize([round(side * max_side / 64) for side in upright.size], Image.Resampling.BOX)
    pixels = load_image(path, max_side)
    assert pixels.shape[1::-1] == upright.size
    # The corners' colours say which way is up.
    for corner in ((2, 2), (2, -2), (-2, 2), (-2, -2)):
        assert np.abs(pixels[corner].astype(int) - np.asarray(upright)[corner]).max() < 60


def test_exif_behind_the_pixels_of_a_png(tmp_path):
    plain, turned = encode(picture(), "PNG"), encode(picture(), "PNG", 6)
    start = turned.index(b"eXIf") - 4
    length = struct.unpack(">I", turned[start : start + 4])[0] + 12
    path = tmp_path / "a.png"
    path.write_bytes(plain[:-12] + turned[start : start + length] + plain[-12:])
    assert image_size(path) == (48, 64)
    assert load_image(path).shape == (64, 48, 3)


@pytest.mark.parametrize("orientation", [0, 9, 65535])
def test_nonsense_orientation_is_ignored(tmp_path, orientation):
    (tmp_path / "a.jpg").write_bytes(encode(picture(), "JPEG", orientation))
    assert load_image(tmp_path / "a.jpg").shape == (48, 64, 3)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_turn_box_follows_the_pixels(orientation):
    stored = np.zeros((30, 40), np.uint8)
    stored[5:10, 20:32] = 255
    image = Image.open(io.BytesIO(encode(Image.fromarray(stored), "PNG", orientation)))
    upright = np.asarray(ImageOps.exif_transpose(image))
    ys, xs = np.nonzero(upright)
    turn = images._TURNS.get(orientation, Turn())
    box = turn_box((20, 5, 32, 10), turn, upright.shape[::-1])
    assert box == (xs.min(), ys.min(), xs.max() + 1, ys.max() + 1)


@given(
    width=st.integers(1, 300),
    height=st.integers(1, 300),
    max_side=st.integers(1, 320),
    file_format=st.sampled_from(["JPEG", "PNG", "BMP"]),
)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_shrunken_size_is_the_same_for_every_format(tmp_path, width, height, max_side, file_format):
    path = tmp_path / "a.img"
    path.write_bytes(encode(Image.new("RGB", (width, height)), file_format))
    scale = min(1, max_side / max(width, height))
    expected = max(1, round(height * scale)), max(1, round(width * scale)), 3
    assert load_image(path, max_side).shape == expected


def test_reduced_jpeg_decode_looks_like_a_full_one(tmp_path):
    rng = np.random.default_rng(3)
    image = Image.fromarray(rng.integers(0, 256, (24, 32, 3), np.uint8)).resize((1280, 960))
    path = tmp_path / "a.jpg"
    path.write_bytes(encode(image, "JPEG", quality=95))
    full = Image.fromarray(load_image(path)).resize((150, 112), Image.Resampling.BOX)
    assert np.abs(load_image(path, 150).astype(int) - np.asarray(full)).mean() < 3


def test_small_images_stay_as_they_are(tmp_path):
    (tmp_path / "a.png").write_bytes(encode(picture(), "PNG"))
    assert np.array_equal(load_image(tmp_path / "a.png", 64), load_image(tmp_path / "a.png"))
    assert np.array_equal(load_image(tmp_path / "a.png", 9999), np.asarray(picture()))


def test_max_side_must_be_positive(tmp_path):
    with pytest.raises(ValueError, match="max_side"):
        load_image(tmp_path / "a.png", 0)


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "BMP", "WEBP", "TIFF", "GIF", "PPM"])
@pytest.mark.parametrize("part", [0.02, 0.5, 0.9, 0.98])
def test_a_file_cut_short_is_an_error(tmp_path, file_format, part):
    noise = np.random.default_rng(0).integers(0, 256, (48, 64, 3), np.uint8)
    encoded = encode(Image.fromarray(noise), file_format)
    path = tmp_path / "cut.jpg"
    path.write_bytes(encoded[: int(len(encoded) * part)])
    with pytest.raises(DataError, match=r"cut\.jpg: "):
        load_image(path)


def test_a_cut_progressive_jpeg_with_a_thumbnail_is_an_error(tmp_path):
    noise = np.random.default_rng(0).integers(0, 256, (96, 128, 3), np.uint8)
    # A thumbnail has an end marker of its own, which must not pass for the photo's.
    exif = Image.Exif()
    encoded = encode(Image.fromarray(noise), "JPEG", progressive=True, exif=exif, comment=b"\xff\xd9")
    path = tmp_path / "cut.jpg"
    path.write_bytes(encoded[: len(encoded) // 2])
    with pytest.raises(DataError):
        load_image(path)


def test_bytes_behind_the_end_of_a_jpeg_are_ignored(tmp_path):
    (tmp_path / "a.jpg").write_bytes(encode(picture(), "JPEG") + b"\0" * 100)
    assert close(load_image(tmp_path / "a.jpg"), np.asarray(picture()))


@pytest.mark.parametrize("content", [b"", b"no image", b"{}", b"%!PS-Adobe-3.0 EPSF-3.0\n"])
@pytest.mark.parametrize("read", [load_image, image_size])
def test_what_is_no_image_is_an_error(tmp_path, content, read):
    (tmp_path / "a.jpg").write_bytes(content)
    with pytest.raises(DataError, match=r"a\.jpg: "):
        read(tmp_path / "a.jpg")


@pytest.mark.parametrize("read", [load_image, image_size])
def test_missing_files_and_folders_are_errors(tmp_path, read):
    with pytest.raises(DataError, match=r"gone\.jpg: no such file"):
        read(tmp_path / "gone.jpg")
    with pytest.raises(DataError):
        read(tmp_path)
    with pytest.raises(DataError):
        read(tmp_path / "a\0b.jpg")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="named pipes are of Unix")
@pytest.mark.parametrize("read", [load_image, image_size])
def test_a_named_pipe_does_not_block(tmp_path, read):
    os.mkfifo(tmp_path / "a.jpg")
    with pytest.raises(DataError, match="not a regular file"):
        read(tmp_path / "a.jpg")


def png_claiming(width: int, height: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("size", [(8_901, 10_000), (10_000, 10_000), (60_000, 60_000)])
@pytest.mark.parametrize("read", [load_image, image_size])
def test_too_many_pixels_are_refused_by_the_header(tmp_path, size, read):
    (tmp_path / "bomb.png").write_bytes(png_claiming(*size))
    with pytest.raises(DataError, match=r"bomb\.png: more than 89 megapixels"):
        read(tmp_path / "bomb.png")


def test_the_limit_itself_is_allowed_without_a_warning(tmp_path, recwarn):
    (tmp_path / "big.png").write_bytes(png_claiming(8_900, 10_000))
    assert image_size(tmp_path / "big.png") == (8_900, 10_000)
    assert not recwarn


def test_an_image_inside_a_labelme_file(tmp_path):
    data = base64.b64encode(encode(picture(), "PNG", 6)).decode()
    (tmp_path / "a.json").write_text(json.dumps({"imageData": data}))
    assert image_size(tmp_path / "a.json") == (48, 64)
    assert load_image(tmp_path / "a.json", 32).shape == (32, 24, 3)


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"imageData": 5}', '{"imageData": "A"}', '{"imageData": "AAAA"}']
)
@pytest.mark.parametrize("read", [load_image, image_size])
def test_a_labelme_file_without_an_image_inside(tmp_path, content, read):
    (tmp_path / "a.json").write_text(content)
    with pytest.raises(DataError, match=r"a\.json: "):
        read(tmp_path / "a.json")


@given(data=st.data(), file_format=st.sampled_from(["JPEG", "PNG", "BMP", "WEBP", "TIFF", "GIF", "PPM"]))
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@pytest.mark.filterwarnings("ignore")
def test_damaged_bytes_give_pixels_or_a_data_error(tmp_path, data, file_format):
    encoded = bytearray(encode(picture(16, 12), file_format, 6 if file_format != "GIF" else None))
    for _ in range(data.draw(st.integers(1, 4))):
        encoded[data.draw(st.integers(0, len(encoded) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path / "a.img"
    path.write_bytes(encoded)
    with contextlib.suppress(DataError):
        size = image_size(path)
        if size[0] * size[1] < 10_000:  # larger ones are legal, but slow to decode
            assert load_image(path).shape == (size[1], size[0], 3)
