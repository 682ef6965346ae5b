import keras
import numpy as np
import pytest

from zooflow.features.ask import Trunk

pytestmark = pytest.mark.heart
INPUTS = np.random.default_rng(0).normal(size=(45, 6)).astype("float32")


class OutOfMemoryError(RuntimeError):
    """What PyTorch calls it."""


@pytest.fixture
def trunk():
    inputs = keras.Input((6,))
    return keras.Model(inputs, keras.layers.Dense(3)(inputs))


def limited(trunk, most, error):
    """Let a trunk fail on batches of more than so many examples; list the batches it is given."""
    asked, answer = [], trunk.model.predict_on_batch

    def predict_on_batch(inputs):
        asked.append(len(inputs))
        if len(inputs) > most:
            raise error
        return answer(inputs)

    trunk.model.predict_on_batch = predict_on_batch
    return asked


def test_examples_are_asked_about_in_full_batches(trunk):
    fast = Trunk(trunk, None, "float32")
    asked = limited(fast, 1000, None)
    (said,) = fast(INPUTS)
    np.testing.assert_allclose(said, trunk.predict_on_batch(INPUTS), rtol=1e-5, atol=1e-6)
    assert set(asked) == {fast.batch}


def test_batches_halve_where_memory_runs_out(trunk):
    fast = Trunk(trunk, None, "float32")
    fast.batch = 32
    asked = limited(fast, 10, OutOfMemoryError("CUDA out of memory"))
    (said,) = fast(INPUTS)
    np.testing.assert_allclose(said, trunk.predict_on_batch(INPUTS), rtol=1e-5, atol=1e-6)
    assert asked == [32, 16] + [8] * 6
    fast(INPUTS[:8])
    assert asked[-1] == 8


@pytest.mark.parametrize(
    ("most", "error"), [(0, MemoryError()), (10, ValueError("a shape is wrong"))]
)
def test_other_faults_and_no_memory_at_all_are_raised(trunk, most, error):
    fast = Trunk(trunk, None, "float32")
    limited(fast, most, error)
    with pytest.raises(type(error)):
        fast(INPUTS)
