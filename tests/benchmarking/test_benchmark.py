import json

import pytest
import torch

from emo.benchmarking import rounds, run
from emo.benchmarking.models import trained_accuracy
from emo.benchmarking.rounds import Measured
from emo.benchmarking.run import benchmark
from emo.benchmarking.training import _rate
from emo.cli import command
from tests.conftest import assert_one_line
from tests.fakes import GROUP_PATTERN

TINY = [
    "model=mobilenet_v3_small",
    "model.input_size=32",
    "model.hidden=8",
    "seconds=0.05",
    "batches=[1,2]",
]


@pytest.fixture
def start(call, monkeypatch):
    """Run the command; the contenders work in this process, one after the other."""
    monkeypatch.setattr("tests.conftest.command", lambda _: command("benchmark"))
    return lambda *overrides: call(benchmark, *TINY, *overrides)


def test_training_counts_samples(start, photos, tmp_path, monkeypatch, quick_compiler):
    monkeypatch.setattr("emo.benchmarking.training.lacks_compiler", lambda device: "")
    monkeypatch.setattr(
        run, "measure", lambda contenders, *_, **__: [Measured(c, {1: [1.0]}) for c in contenders]
    )
    report = tmp_path / "report.json"
    code, out, err = start(
        "benchmark=training", f"report={report}", f"data.root={photos}", f"data.group_pattern='{GROUP_PATTERN}'",
        "data.workers=0", "data.batch_size=4", "data.copies=2",
    )  # fmt: skip
    assert code == 0, err
    figures = json.loads(report.read_text())["training"]
    for name in (
        "decode",
        "augmentation",
        "loader",
        "step_fp32",
        "loader_over_step",
        "cache_mb",
        "step_fp32_share",
    ):
        assert figures[name] > 0
        assert name in out
    assert len(quick_compiler) == 1
    assert any(name.endswith("_compiled") and rate > 0 for name, rate in figures.items())
    assert_one_line(start("benchmark=training", f"report={report}"), "exists already")


def test_runtimes_make_a_table_and_say_what_is_missing(start, tmp_path, monkeypatch):
    def few(checkpoint, folder, views, emulate):
        return [
            rounds.Contender("PyTorch", "fp32", "torch", str(checkpoint)),
            rounds.Contender("CUDA", "fp16", reason="no CUDA device here"),
        ]

    class Inside(rounds.Worker):
        """The same without a process."""

        def __init__(self, contender, views):
            from emo.benchmarking import worker

            look = worker.OPENERS[contender.opener](contender)
            self.measured = Measured(contender, answers=look(views))
            self.work = lambda batch, seconds: self.measured.times_s.setdefault(batch, []).extend(
                worker._time(look, views[:batch], seconds)
            )

        def close(self):
            self.measured.memory_mb = 1.0

    monkeypatch.setattr(run, "runtime_contenders", few)
    monkeypatch.setattr(run, "peak_contenders", lambda _: [rounds.Contender("", "fp32", "matmul", size=64)])
    monkeypatch.setattr(rounds, "Worker", Inside)
    report = tmp_path / "report.json"
    code, out, err = start("benchmark=runtimes", f"report={report}")
    assert code == 0, err
    assert "CUDA fp16: no CUDA device here" in out
    rows = json.loads(report.read_text())["runtimes"]
    assert [row.get("batch") for row in rows] == [1, 2, None]
    assert rows[0]["deviation"] == 0
    assert rows[0]["share_of_peak"] > 0


def test_wrong_wishes_end_in_a_line(start, tmp_path):
    assert_one_line(start("benchmark=everything"), "must be one of")
    assert_one_line(start("seconds=0"), "seconds")
    assert_one_line(start("report=/no/such/folder/x.json"), "there is no folder")
    assert_one_line(start(f"checkpoint={tmp_path / 'no.ckpt'}"), "no such checkpoint")


def test_accuracy_comes_from_the_newest_run_of_such_a_network(tmp_path):
    for name, backbone, value in (("a", "vgg16", 0.5), ("b", "resnet18", 0.7), ("c", "vgg16", None)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "config.yaml").write_text(f"model: {{backbone: {backbone}, input_size: 64}}")
        figures = {"emotion_balanced_accuracy": {"value": value}} if value else {}
        (tmp_path / name / "metrics.json").write_text(json.dumps({"two_looks": figures}))
    crops = {"one_look": {"emotion_balanced_accuracy": {"value": 0.3}}}
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "config.yaml").write_text("model: {backbone: resnet50, input_size: 48}")
    (tmp_path / "d" / "metrics.json").write_text(json.dumps(crops))
    assert trained_accuracy(tmp_path, "resnet50", 48) == 0.3
    assert trained_accuracy(tmp_path, "vgg16", 64) == 0.5
    assert trained_accuracy(tmp_path, "vgg16", 120) is None
    assert trained_accuracy(tmp_path / "none", "vgg16", 64) is None


def test_random_weights_are_the_same_each_time(tmp_path):
    from emo.model.checkpoint import load_network
    from tests.conftest import config

    first, second = (
        load_network(run._checkpoint(config(*TINY, root="benchmark"), tmp_path)) for _ in range(2)
    )
    for one, other in zip(first.parameters(), second.parameters(), strict=True):
        assert torch.equal(one, other)


def test_a_rate_counts_at_least_so_many_turns():
    source = iter(range(10))
    assert _rate(source, 4, 0.0, least=3) > 0
    assert next(source) == 3
