import numpy as np
import pytest

from emo.benchmarking.contender import Contender
from emo.benchmarking.rounds import Measured, measure
from emo.benchmarking.rows import make_rows, peaks


@pytest.mark.slow
def test_contenders_in_processes_of_their_own():
    views = np.zeros((2, 8, 8, 3), np.uint8)
    contenders = [
        Contender("matmul", "int8", "matmul", size=64),
        Contender("OpenVINO", "fp32", "openvino", "no such file"),
        Contender("CUDA", "fp16", reason="no GPU"),
    ]
    product, missing, absent = measure(contenders, views, [1, 4], 0.02, rounds=2)
    assert len(product.times_s[1]) >= 4
    assert list(product.times_s) == [1]  # a product has no batches
    assert product.start_s > 0 < product.memory_mb
    assert missing.reason
    assert absent.reason == "no GPU"


def measured(name, precision, times, answers, **more):
    return Measured(Contender(name, precision, "torch"), times, 1.0, 100.0, answers, **more)


def test_rows_say_how_fast_and_how_far_off():
    product = Measured(Contender("matmul", "fp32", "matmul", size=100), {1: [1e-3] * 20})
    ours = measured("ours", "fp32", {1: [0.01] * 9, 16: [0.08] * 9}, (np.zeros(3),))
    quick = measured("quick", "int8", {1: [0.002, 0.004, 0.003]}, (np.array([0, 0.1, -0.2]),))
    gone = Measured(Contender("gone", "bf16"), reason="no units")
    results = [product, ours, quick, gone]
    reached = peaks(results)
    assert reached == {("cpu", "fp32"): pytest.approx(2e9)}
    one, many, fast, missing = make_rows(results, 1e6, reached)
    assert one["frames_per_second"] == pytest.approx(100)
    assert one["share_of_peak"] == pytest.approx(1e6 * 100 / 2e9)
    assert many["frames_per_second"] == pytest.approx(200)
    assert one["deviation"] == 0
    assert fast["deviation"] == pytest.approx(0.2)
    assert fast["ms"] == pytest.approx(3)
    assert fast["ms_p5"] < 3 < fast["ms_p95"]
    assert fast["share_of_peak"] is None  # nobody knows the peak
    assert missing == {"runtime": "gone", "precision": "bf16", "device": "cpu", "reason": "no units"}
