import pytest

from emo.training import fit
from tests.conftest import assert_one_line, tiny


@pytest.mark.parametrize("name", ["simple", "advanced", pytest.param("pytorch", marks=pytest.mark.slow)])
def test_profilers_from_the_command_line(call, photos, tmp_path, name):
    overrides = tiny(photos, tmp_path, f"trainer.profiler={name}", "trainer.max_epochs=1", "name=run")
    code, _, err = call(fit, *overrides, "+trainer.limit_train_batches=2", "model.input_size=32")
    assert code == 0, err
    written = "".join(path.read_text() for path in (tmp_path / "run").glob("fit-profile*.txt"))
    assert "run_training_batch" in written or "training_step" in written


def test_an_unknown_one_is_one_line(call, photos, tmp_path):
    assert_one_line(call(fit, *tiny(photos, tmp_path, "trainer.profiler=magic")), "simple, advanced, pytorch")
