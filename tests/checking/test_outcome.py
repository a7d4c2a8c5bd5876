"""The command, its report and its page."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from emo.checking.checker import check
from emo.checking.finding import MOST_KEPT, Finding, Findings
from emo.checking.outcome import as_json, check_free
from emo.checking.page import page
from emo.checking.statistics import box_picture, counts, people_counts, people_line
from emo.errors import UserError
from emo.faces import EMOTIONS
from tests.checking.conftest import photo, pixels, save, shape

ROOT = Path(__file__).resolve().parents[2]


def test_the_command(root, tmp_path):
    def call(*overrides):
        command = [sys.executable, "-m", "emo.check", f"data.root={root}", "workers=1", *overrides]
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    sound = call(f"report={tmp_path / 'r.json'}", f"page={tmp_path / 'p.html'}")
    assert sound.returncode == 0, sound.stderr
    assert "0 errors, 0 warnings" in sound.stdout
    assert json.loads((tmp_path / "r.json").read_text())["pictures"] == 60
    photo(root, "p1_bad", shape("hapy"))
    broken = call()
    assert broken.returncode == 1
    assert "unknown labels" in broken.stdout
    with pytest.raises(UserError, match=r"r\.json: exists already"):
        check_free([None, str(tmp_path / "r.json")], overwrite=False)


def checked(root):
    return check(str(root), EMOTIONS, {}, group_pattern=r"^(p\d+)_", workers=1)


def test_the_report_lists_every_finding(root):
    photo(root, "p1_bad", shape("hapy"), shape("sadd"))
    report = as_json(checked(root))
    assert report["errors"] == 2
    assert report["kinds"] == {"label": 2}
    assert report["findings"][1]["text"].startswith("shape 2: unknown label 'sadd'")
    json.dumps(report)


def test_the_page_needs_nothing_else_and_escapes_names(root):
    photo(root, "p1_<script>alert(1)</script>".replace("/", ""), shape(points=((-9, 5), (40, 50))))
    html = page(checked(root))
    assert "<script" not in html
    assert "&lt;script&gt;" in html
    assert not re.search(r'(?:src|href)="(?!data:)', html)
    assert html.count("data:image/jpeg;base64,") == 1
    assert html.count("data:image/png;base64,") == 1, "the picture of box positions"


def test_counts_and_picture(root, tmp_path):
    result = checked(root)
    assert sum(sum(row.values()) for row in counts(result).values()) == 60
    assert box_picture(result).startswith(b"\x89PNG")
    photo(tmp_path / "crops", "a", flags={"happy": True})
    assert box_picture(checked(tmp_path / "crops")) is None


def test_photos_of_each_person_and_session(root):
    photo(root, "train/p77_s1_<b>", shape("sad"))
    photo(root, "train/p77_s2_y")
    save(root / "train/p77_s2_z.png", pixels(5))
    photo(root, "train/p77_s2\udcff_x", shape("sad"))  # names need not be Unicode
    pattern = r"^(p77)_(s[^_]+)_"
    result = check(str(root), EMOTIONS, {}, group_pattern=pattern, workers=1)
    people = {"p77/s1": {"sad": 1}, "p77/s2": {"no face": 1, "unlabelled": 1}, "p77/s2?": {"sad": 1}}
    assert people_counts(result) == as_json(result)["people"] == people
    assert (
        people_line(result)
        == "people: 3 people or sessions with 1 to 2 photos each; 60 photos of nobody known"
    )
    cells = "".join(f"<td>{n}</td>" for n in (0, 0, 0, 0, 0, 1, 1, 2))
    assert f"<tr><td>p77/s2</td>{cells}</tr>".encode() in page(result).encode()
    both = check([str(root), str(root / "train")], EMOTIONS, {}, group_pattern=pattern, workers=1)
    assert len(people_counts(both)) == 6, "people of other folders are others"


def test_findings_are_counted_beyond_what_is_kept():
    findings = Findings()
    findings.add(Finding("stray", str(i), "") for i in range(MOST_KEPT + 5))
    assert findings.counts["stray"] == MOST_KEPT + 5
    assert len(list(findings)) == MOST_KEPT
    assert findings.total("warning") == MOST_KEPT + 5
