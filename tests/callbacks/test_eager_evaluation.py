"""torch.compile is for training alone."""

import pytest
import torch

from emo.callbacks.eager_evaluation import EagerEvaluation


@pytest.fixture
def compiled():
    """A compiled layer, and the sizes that it was compiled for."""
    torch.compiler.reset()
    sizes = []

    def backend(graph, inputs):
        sizes.append([tuple(value.shape) for value in inputs if isinstance(value, torch.Tensor)][-1])
        return graph.forward

    layer = torch.nn.Linear(3, 2)
    layer.compile(backend=backend, dynamic=False)
    yield layer, sizes
    torch.compiler.set_stance("default")
    torch.compiler.reset()


@pytest.mark.parametrize("stage", ["validation", "test"])
def test_an_evaluation_is_not_compiled(compiled, stage):
    layer, sizes = compiled
    callback = EagerEvaluation()
    layer(torch.ones(4, 3))
    assert len(sizes) == 1
    getattr(callback, f"on_{stage}_start")(None, None)
    layer(torch.ones(5, 3))
    layer.eval()(torch.ones(6, 3))
    assert len(sizes) == 1
    getattr(callback, f"on_{stage}_end")(None, None)
    layer.train()(torch.ones(4, 3))
    assert len(sizes) == 1  # what was compiled is not compiled again
    layer(torch.ones(5, 3))
    assert len(sizes) == 2


def test_a_crash_leaves_the_compiler_on(compiled):
    layer, sizes = compiled
    callback = EagerEvaluation()
    callback.on_validation_start(None, None)
    callback.on_exception(None, None, KeyboardInterrupt())
    layer(torch.ones(4, 3))
    assert len(sizes) == 1
