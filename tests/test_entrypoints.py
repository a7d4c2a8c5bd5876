"""Entry points are doorbells: short, without a branch, and each answers --help."""

import ast
import runpy
import subprocess
import sys

import pytest
from hydra.core.global_hydra import GlobalHydra
from hydra.core.hydra_config import HydraConfig

from tests.conftest import ROOT


def is_doorbell(path):
    return "@command(" in path.read_text(encoding="utf-8")


DOORBELLS = sorted(
    str(path.relative_to(ROOT))
    for path in [*ROOT.glob("*.py"), *ROOT.glob("emo/**/*.py")]
    if is_doorbell(path) and path.name != "cli.py"
)
CHOICES = (ast.If, ast.IfExp, ast.For, ast.While, ast.Try, ast.Match)


def test_there_are_doorbells():
    assert {"train.py", "emo/draw.py", "emo/live/bench.py"} <= set(DOORBELLS)


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


@pytest.fixture
def ring(monkeypatch, capsys):
    """Run a doorbell as a program, but in this process, which has loaded everything already."""

    def ring(name, *arguments):
        HydraConfig.instance().cfg = None
        GlobalHydra.instance().clear()
        monkeypatch.setattr(sys, "argv", [str(ROOT / name), *arguments])
        with pytest.raises(SystemExit) as ended:
            runpy.run_path(str(ROOT / name), run_name="__main__")
        said = capsys.readouterr()
        return ended.value.code or 0, said.out, said.err

    yield ring
    HydraConfig.instance().cfg = None
    GlobalHydra.instance().clear()


def ring_outside(name, argument):
    """The same in a process of its own."""
    module = ["-m", name[:-3].replace("/", ".")] if "/" in name else [str(ROOT / name)]
    done = subprocess.run(
        [sys.executable, *module, argument], cwd=ROOT, capture_output=True, text=True, timeout=300
    )
    return done.returncode, done.stdout, done.stderr


def assert_help(code, out, err):
    assert (code, err) == (0, "")
    assert len(out.splitlines()) > 5


def assert_misspelt(code, out, err):
    assert (code, out) == (2, "")
    assert err.startswith("error: ")
    assert err.count("\n") == 1
    assert "no_such_setting" in err


@pytest.mark.parametrize("name", DOORBELLS)
def test_help(ring, name):
    assert_help(*ring(name, "--help"))


@pytest.mark.parametrize("name", DOORBELLS)
def test_a_misspelt_setting_is_one_line(ring, name):
    assert_misspelt(*ring(name, "no_such_setting=1"))


NONSENSE = [
    ("demo.py", "threshold.presence=2", "threshold.presence"),
    ("demo.py", "threshold.emotion=abc", "threshold"),
    ("demo.py", "threshold.emotion=-1", "threshold"),
    ("demo.py", "tracker.smoothing_s=-1", "negative"),
    ("demo.py", "tracker.smoothing_s=abc", "tracker.smoothing_s"),
    ("demo.py", "predictor.zoom=nein", "predictor.zoom"),
    ("demo.py", "checkpoint=[1]", "checkpoint"),
    ("demo.py", "overwrite=maybe", "overwrite"),
    ("demo.py", "mirror=3", "mirror"),
    ("demo.py", "output=a.avi", "a.avi"),
    ("emo/live/bench.py", "fps=0", "fps"),
    ("emo/live/bench.py", "seconds=-1", "seconds"),
    ("emo/live/bench.py", "minutes=many", "minutes"),
    ("emo/draw.py", "people=-1", "people"),
    ("emo/draw.py", "people=many", "people"),
    ("emo/draw.py", "seed=-3", "seed"),
    ("emo/draw.py", "size=[640]", "size"),
    ("emo/draw.py", "size=[640,2]", "size"),
]


@pytest.mark.parametrize(("name", "nonsense", "word"), NONSENSE)
def test_a_setting_that_makes_no_sense_is_one_line_before_any_work(ring, tmp_path, name, nonsense, word):
    usual = [f"folder={tmp_path / 'drawn'}"] if name == "emo/draw.py" else []
    code, out, err = ring(name, *usual, nonsense)
    assert (code, out) == (2, "")
    assert err.startswith("error: ")
    assert err.count("\n") == 1
    assert word in err
    assert not list(tmp_path.iterdir())


def test_the_same_in_processes_of_their_own():
    assert_help(*ring_outside("train.py", "--help"))
    assert_misspelt(*ring_outside("emo/check.py", "no_such_setting=1"))
