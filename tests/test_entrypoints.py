"""Entry points are doorbells: short, without a branch, and each answers --help."""

import ast
import subprocess
import sys

import pytest

from tests.conftest import ROOT


def is_doorbell(path):
    return "@command(" in path.read_text(encoding="utf-8")


DOORBELLS = sorted(
    str(path.relative_to(ROOT))
    for path in [*ROOT.glob("*.py"), *ROOT.glob("emo/*.py")]
    if is_doorbell(path) and path.name != "cli.py"
)
CHOICES = (ast.If, ast.IfExp, ast.For, ast.While, ast.Try, ast.Match)


def test_there_are_doorbells():
    assert {"train.py", "emo/draw.py"} <= set(DOORBELLS)


@pytest.mark.parametrize("name", DOORBELLS)
def test_a_doorbell_is_short_and_decides_nothing(name):
    source = (ROOT / name).read_text(encoding="utf-8")
    assert len(source.splitlines()) < 25
    tree = ast.parse(source)
    assert ast.get_docstring(tree)
    choices = [node for node in ast.walk(tree) if isinstance(node, CHOICES)]
    assert [ast.unparse(node.test) for node in choices if isinstance(node, ast.If)] == [
        "__name__ == '__main__'"
    ]
    assert len(choices) == 1
    assert isinstance(tree.body[-1], ast.If)


@pytest.mark.parametrize("name", DOORBELLS)
def test_help(name, tmp_path):
    module = ["-m", name[:-3].replace("/", ".")] if "/" in name else [str(ROOT / name)]
    done = subprocess.run(
        [sys.executable, *module, "--help"], cwd=ROOT, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert len(done.stdout.splitlines()) > 5


@pytest.mark.parametrize("name", DOORBELLS)
def test_a_misspelt_setting_is_one_line(name):
    module = ["-m", name[:-3].replace("/", ".")] if "/" in name else [str(ROOT / name)]
    done = subprocess.run(
        [sys.executable, *module, "no_such_setting=1"], cwd=ROOT, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("error: ")
    assert done.stderr.count("\n") == 1
    assert "no_such_setting" in done.stderr
