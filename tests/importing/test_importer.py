"""The import as a whole: mapping, resuming, and that nothing of the user's is touched or read from elsewhere."""

import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from emo.data.labelme import DEFAULT_LABELS, read_photo
from emo.errors import ConfigError, UserError
from emo.importing.importer import MARKER
from emo.importing.item import safe_name
from tests.importing.conftest import MAP, picture, text

ROOT = Path(__file__).resolve().parents[2]


def files(folder):
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


@pytest.fixture
def source(tmp_path):
    for split in ("train", "val"):
        for label in ("happy", "anger", "fear"):
            picture(tmp_path / "source" / split / label / f"{label}.jpg")
    return tmp_path / "source"


def test_counts_before_and_after(run, source):
    report = run()
    assert report.before == {(s, c): 1 for s in ("train", "val") for c in ("happy", "anger", "fear")}
    assert report.after == {(s, c): 1 for s in ("train", "val") for c in ("happy", "angry")}


def test_a_class_can_become_another_or_a_face(tmp_path, run, source):
    run(map={**MAP, "fear": "sad", "ANGER": "face"})
    emotions = {p.stem: read_photo(p, tmp_path, DEFAULT_LABELS).faces[0].emotion for p in
                (tmp_path / "out").rglob("[!.]*.json")}  # fmt: skip
    assert emotions == {"happy": "happy", "anger": None, "fear": "sad"}


def test_unknown_classes_stop_before_anything_is_written(tmp_path, run, source):
    with pytest.raises(ConfigError, match=r"the classes 'anger', 'fear'.*'\+\+map.anger=drop'"):
        run(map={})
    assert not (tmp_path / "out").exists()


def test_an_entry_for_an_absent_class_counts_for_nothing(run, source):
    with pytest.raises(ConfigError, match="the classes 'anger', which"):
        run(classes=["happy", "sad"], map=MAP)


def test_resuming_writes_what_is_missing_and_touches_nothing(tmp_path, run, source):
    run()
    out = tmp_path / "out"
    whole = files(out)
    (out / "train/happy/happy.json").write_text('{"corrected": 1}')
    (out / "val/happy/happy.json").unlink()  # as if stopped between the image and its labels
    (out / "val/anger/anger.json").unlink()
    (out / "val/anger/anger.jpg").unlink()
    report = run()
    assert report.images == {"written": 2, "there": 2, "dropped": 2}
    assert files(out) == {**whole, "train/happy/happy.json": b'{"corrected": 1}'}


def test_other_settings_need_another_folder(tmp_path, run, source):
    run()
    with pytest.raises(UserError, match="other settings"):
        run(map={**MAP, "fear": "sad"})


def test_a_folder_with_other_files_is_refused(tmp_path, run, source):
    text(tmp_path / "out/mine.txt", "mine")
    with pytest.raises(UserError, match="is not empty"):
        run()
    assert files(tmp_path / "out") == {"mine.txt": b"mine"}


def test_the_source_is_untouched(run, source):
    before = files(source)
    run()
    assert files(source) == before


def test_link_copies_nothing(tmp_path, run, source):
    run(images="link")
    one, other = source / "train/happy/happy.jpg", tmp_path / "out/train/happy/happy.jpg"
    assert os.path.samefile(one, other)


def test_a_full_disk_stops_at_the_first_image_and_names_it(tmp_path, run, source, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(UserError, match=r"out/train/.*jpg: cannot be written \(No space left on device\)$"):
        run()
    assert not list((tmp_path / "out").rglob("*.part"))


def test_in_place_adds_labels_beside_the_images(tmp_path, run, source):
    before = files(source)
    report = run(images="in_place")
    after = files(source)
    added = set(after) - set(before)
    assert added == {MARKER, *(f"{s}/{c}/{c}.json" for s in ("train", "val") for c in ("happy", "anger"))}
    assert {name: after[name] for name in before} == before
    assert report.folder == source
    assert read_photo(source / "val/anger/anger.json", source, DEFAULT_LABELS).faces[0].emotion == "angry"
    assert not (tmp_path / "out").exists()


def test_in_place_is_refused_where_there_are_no_images(tmp_path, run):
    text(tmp_path / "source/fer2013.csv", "emotion,pixels,Usage\n3,1 2 3 4,Training\n")
    with pytest.raises(ConfigError, match="in_place: not with the format fer2013"):
        run(images="in_place")


def test_one_name_with_two_endings_keeps_both(tmp_path, run):
    for end in ("jpg", "png", "bmp"):
        picture(tmp_path / f"source/happy/a.{end}", seed=ord(end[0]))
    run()
    out = tmp_path / "out/happy"
    assert {p.name for p in out.iterdir()} == {
        "a.bmp", "a_2.jpg", "a_3.png", "a.json", "a_2.json", "a_3.json"
    }  # fmt: skip
    assert json.loads((out / "a_3.json").read_text())["imagePath"] == "a_3.png"
    assert run().images == {"there": 3}, "the same names the next time"


def test_links_out_of_the_source_are_not_followed(tmp_path, run, source):
    secret = picture(tmp_path / "secret/x.jpg")
    (source / "train/happy/link.jpg").symlink_to(secret)
    (source / "train/linked").symlink_to(secret.parent)
    report = run()
    assert "leads out of" in report.problems[0]
    assert not any("link" in name for name in files(tmp_path / "out"))


def test_an_image_bomb_is_not_decoded(tmp_path, run):
    picture(tmp_path / "source/happy/good.png")
    header = b"P6 100000 100000 255\n"
    (tmp_path / "source/happy/bomb.ppm").write_bytes(header + b"0" * 100)
    report = run()
    assert "megapixels" in report.problems[0]
    assert report.images == {"written": 1, "problem": 1}


def test_nothing_usable_is_an_error(tmp_path, run):
    text(tmp_path / "source/happy/a.jpg", "no image")
    with pytest.raises(UserError, match="nothing of it can be used"):
        run()


def test_names_cannot_leave_the_folder():
    assert safe_name("/../..//a/./b") == "a/b"
    assert safe_name("..") == "image"
    assert safe_name("c:\\d") == "c__d"


def test_processes_give_the_same_as_one(tmp_path, run):
    for i in range(300):  # as many as two processes are worth
        picture(tmp_path / f"source/{'happy' if i % 2 else 'sad'}/{i}.bmp", (8, 8), seed=i)
    report = run(workers=2)
    assert report.images == {"written": 300}
    assert report.after == {("", "happy"): 150, ("", "sad"): 150}


def test_the_command_ends_in_one_line(tmp_path, source):
    def call(*overrides):
        command = [sys.executable, "-m", "emo.import_data", f"source={source}", *overrides]
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    done = call(f"folder={tmp_path / 'out'}")
    assert done.returncode == 0, done.stderr
    assert "4 images written, 2 dropped by map" in done.stdout
    assert "licence:" in done.stdout
    failed = call(f"folder={tmp_path / 'other'}", "images=move")
    assert failed.returncode == 2
    assert failed.stderr.startswith("error: ")
    assert len(failed.stderr.splitlines()) == 1
