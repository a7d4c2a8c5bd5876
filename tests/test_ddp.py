"""Two processes on the CPU give the figures of one."""

import json
import multiprocessing
import os
import subprocess
import sys

import pytest
import torch
import torch.distributed as dist
import torch.multiprocessing as mp

from emo.data.sampler import EvalSampler
from emo.metrics import Predictions, PredictionTable
from tests.conftest import ROOT, tiny
from tests.fakes import write_fakes
from tests.test_metrics import assert_same_tables, batches, table


def collect(rank, world, count, folder):
    """One process: update with its share of the photos, as EvalSampler divides them, and save what it computes."""
    os.environ |= {"MASTER_ADDR": "127.0.0.1", "GLOO_SOCKET_IFNAME": "lo"}
    torch.set_num_threads(1)
    dist.init_process_group("gloo", init_method=f"file://{folder}/meeting", rank=rank, world_size=world)
    for case in count:
        mine = table(case, 3).rows(torch.tensor([key.photo for key in EvalSampler(case, 1, rank, world)]))
        collector = PredictionTable()
        for sighting, batch in batches(mine, size=4):
            collector.update(sighting, batch)
        torch.save(tuple(collector.predictions()), f"{folder}/{rank}_{case}.pt")
    dist.destroy_process_group()


def test_the_table_of_two_processes_is_that_of_one(tmp_path):
    """With even and uneven shares, and with too few photos for both."""
    counts = [10, 9, 5, 1]
    multiprocessing.set_forkserver_preload([__name__])  # imported once for both
    mp.start_processes(collect, args=(2, counts, str(tmp_path)), nprocs=2, start_method="forkserver")
    for count in counts:
        for rank in range(2):
            found = Predictions(*torch.load(tmp_path / f"{rank}_{count}.pt"))
            assert_same_tables(found, table(count, 3))


def train(photos, logs, *overrides):
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [
            sys.executable,
            str(ROOT / "train.py"),
            *tiny(photos, logs),
            "model.backbone=squeezenet1_1",
            *overrides,
        ],
        env=environment,
        capture_output=True,
        text=True,
        timeout=500,
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    folder = logs / "version_0"
    assert [path.name for path in logs.iterdir()] == ["version_0"]  # one run, not one for each process
    weights = torch.load(folder / "last.ckpt", weights_only=True)["state_dict"]
    return weights, json.loads((folder / "metrics.json").read_text()), done.stdout


@pytest.mark.slow
@pytest.mark.parametrize("more", [(), ("frozen_epochs=1",)])
def test_two_processes_train_as_one(tmp_path, more):
    photos = write_fakes(tmp_path / "photos", people=5)  # 7 or so in val and in test: uneven shares
    common = ("data.eval_batch_size=2", *more)
    one, figures, _ = train(photos, tmp_path / "one", *common)
    two, shared, out = train(
        photos,
        tmp_path / "two",
        "trainer=ddp_cpu",
        "trainer.max_epochs=2",
        "trainer.precision=32-true",
        *common,
    )
    assert out.count("test photos") == 1
    assert out.count("computing on") == 1
    for name, value in one.items():
        torch.testing.assert_close(two[name], value, atol=1e-4, rtol=1e-3, msg=name)
    assert {k: figures[k] for k in ("photos", "groups", "split")} == {
        k: shared[k] for k in ("photos", "groups", "split")
    }
    for part in ("one_look", "two_looks"):
        for name, figure in figures[part].items():
            assert shared[part][name]["value"] == pytest.approx(figure["value"], abs=2e-3), (part, name)
