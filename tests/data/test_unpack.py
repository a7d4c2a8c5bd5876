import stat
import zipfile

import pytest

from emo.data import unpack
from emo.data.unpack import unpack_zip
from emo.errors import UserError


def make_zip(path, *members):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as zipped:
        for member in members:
            zipped.writestr(member, b"content")
    return path


def test_what_is_in_it_comes_out(tmp_path):
    archive = make_zip(tmp_path / "mine.zip", "mine/anna_1.jpg", "mine/anna_1.json", "b.jpg")
    folder = unpack_zip(archive, tmp_path / "data" / "new")
    files = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert files == {"mine/anna_1.jpg", "mine/anna_1.json", "b.jpg"}
    assert (folder / "b.jpg").read_bytes() == b"content"
    assert [path.name for path in folder.parent.iterdir()] == ["new"]


@pytest.mark.parametrize(
    "name", ["../out.jpg", "a/../../out.jpg", "/tmp/out.jpg", "..\\out.jpg", "C:/out.jpg"]
)
def test_no_path_leaves_the_folder(tmp_path, name):
    archive = make_zip(tmp_path / "bad.zip", "good.jpg", name)
    with pytest.raises(UserError, match="leads out"):
        unpack_zip(archive, tmp_path / "a" / "b")
    assert [path.name for path in tmp_path.rglob("*")] == ["bad.zip"]


def test_links_are_refused(tmp_path):
    link = zipfile.ZipInfo("photos")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with pytest.raises(UserError, match="is a link"):
        unpack_zip(make_zip(tmp_path / "bad.zip", link), tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_what_exists_is_left_alone(tmp_path):
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "mine.jpg").write_text("mine")
    with pytest.raises(UserError, match="exists already"):
        unpack_zip(make_zip(tmp_path / "mine.zip", "mine.jpg"), tmp_path / "new")
    assert (tmp_path / "new" / "mine.jpg").read_text() == "mine"


def test_a_damaged_one_leaves_nothing(tmp_path):
    archive = make_zip(tmp_path / "mine.zip", "a.jpg", "b.jpg")
    raw = bytearray(archive.read_bytes())
    start = raw.index(b"b.jpg") + len(b"b.jpg")
    raw[start : start + 4] = b"\xff" * 4
    archive.write_bytes(raw)
    with pytest.raises(UserError, match=r"mine\.zip.*damaged"):
        unpack_zip(archive, tmp_path / "new")
    assert [path.name for path in tmp_path.iterdir()] == ["mine.zip"]


def test_what_is_none(tmp_path):
    (tmp_path / "text.zip").write_text("no zip")
    with pytest.raises(UserError, match="not a zip"):
        unpack_zip(tmp_path / "text.zip", tmp_path / "new")
    with pytest.raises(UserError, match="cannot be unpacked"):
        unpack_zip(tmp_path / "none.zip", tmp_path / "new")
    with pytest.raises(UserError, match="nothing in it"):
        unpack_zip(make_zip(tmp_path / "empty.zip", "folder/"), tmp_path / "new")


def test_one_that_would_fill_the_disk(tmp_path, monkeypatch):
    monkeypatch.setattr(unpack, "MAX_BYTES", 13)
    with pytest.raises(UserError, match="unpack it yourself"):
        unpack_zip(make_zip(tmp_path / "mine.zip", "a.jpg", "b.jpg"), tmp_path / "new")


def test_a_password(tmp_path):
    archive = make_zip(tmp_path / "mine.zip", "a.jpg")
    raw = bytearray(archive.read_bytes())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):  # the flags, here and in the directory
        raw[raw.index(signature) + offset] |= 1
    archive.write_bytes(raw)
    with pytest.raises(UserError, match="password"):
        unpack_zip(archive, tmp_path / "new")
