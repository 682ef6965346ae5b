"""A packed layer says what its rounded kernel says, learns as it would, and takes the room said."""

import weakref

import keras
import numpy as np
import pytest
from keras import layers, ops

from zooflow.adapters import adapt, adapted, merge
from zooflow.backbones.parts.grouped import GroupedConv2D
from zooflow.backbones.parts.std_conv import ScaledStdConv2D
from zooflow.fold import Rows
from zooflow.packed import MOST, encode, pack, packable, unpack

pytestmark = pytest.mark.heart
KINDS = {
    "dense": lambda: layers.Dense(33, activation="gelu"),
    "einsum": lambda: layers.EinsumDense("abcd,de->abce", (None, None, 8), bias_axes="e"),
    "conv1d": lambda: layers.Conv1D(10, 3, padding="same"),
    "conv2d": lambda: layers.Conv2D(24, 3, 2, padding="same", use_bias=False),
    "grouped": lambda: GroupedConv2D(16, 3, groups=4),
    "standardised": lambda: ScaledStdConv2D(16, 3),
    "embedding": lambda: layers.Embedding(50, 21),
}


@pytest.fixture(params=["int8", "int4"])
def kept(request):
    return request.param


@pytest.fixture(params=KINDS)
def made(request):
    """Give a layer, a model of it, and what the model is asked."""
    draw, layer = np.random.default_rng(0), KINDS[request.param]()
    if request.param == "embedding":
        inputs, x = keras.Input((7,), dtype="int32"), draw.integers(0, 50, (4, 7)).astype("int32")
    else:
        shape = (9, 39) if request.param == "conv1d" else (8, 8, 40)
        inputs, x = keras.Input(shape), draw.normal(size=(4, *shape)).astype("float32")
    model = keras.Model(inputs, layer(inputs))
    for weight in layer.weights:
        weight.assign(draw.normal(0, 0.3, weight.shape))
    return layer, model, x


def kernel(layer) -> np.ndarray:
    table = isinstance(layer, layers.Embedding)
    return ops.convert_to_numpy(layer._embeddings if table else layer._kernel)


def test_a_packed_layer_computes_with_the_kernel_as_it_is_kept(made, kept):
    layer, model, x = made
    exact, said = kernel(layer), model.predict(x, verbose=0)
    kind, names = type(layer), [each.name for each in layer.weights]
    pack(layer, kept)
    off = np.abs(kernel(layer) - exact).max() / np.abs(exact).max()
    assert 0 < off <= 0.5 / MOST[kept] * 1.01
    packed = keras.Model(model.inputs, model.outputs).predict(x, verbose=0)
    assert np.abs(packed - said).max() > 0
    unpack(layer)
    assert type(layer) is kind
    assert [each.name for each in layer.weights] == names
    whole = keras.Model(model.inputs, model.outputs).predict(x, verbose=0)
    np.testing.assert_allclose(packed, whole, atol=1e-5 * np.abs(whole).max())


def test_the_floats_are_gone_while_it_is_packed(made, kept):
    layer, _, _ = made
    name = "_embeddings" if isinstance(layer, layers.Embedding) else "_kernel"
    floats, size = weakref.ref(getattr(layer, name)), kernel(layer).size
    pack(layer, kept)
    assert floats() is None
    assert not packable(layer)
    room = sum(ops.convert_to_numpy(part).nbytes for part in (layer.codes, layer.scales))
    assert room <= 4 * size * {"int8": 0.32, "int4": 0.2}[kept]
    assert not layer.codes.trainable
    assert not layer.scales.trainable
    layer.trainable = True
    assert not {"codes", "scales"} & {each.name[-5:] for each in layer.trainable_weights}


def test_pairs_learn_and_gradients_pass_as_with_floats(kept):
    """A step of a network is the same to a float copy of it whose kernels are the rounded ones."""

    def network() -> keras.Model:
        keras.utils.set_random_seed(0)
        x = inputs = keras.Input((8, 8, 3))
        x = layers.Conv2D(8, 3, padding="same", name="below")(x)
        x = layers.Conv2D(8, 3, activation="tanh", name="conv")(x)
        x = GroupedConv2D(8, 3, groups=2, name="grouped")(x)
        x = layers.GlobalAveragePooling2D()(x)
        return keras.Model(inputs, layers.Dense(5, name="dense")(x))

    draw = np.random.default_rng(0)
    x, y = draw.normal(size=(4, 8, 8, 3)).astype("float32"), draw.normal(size=(4, 5))
    ended = []
    for floats in (False, True):
        model = network()
        inside = [model.get_layer(name) for name in ("conv", "grouped", "dense")]
        for layer in inside:
            pack(layer, kept)
        if floats:
            for layer in inside:
                unpack(layer)
        adapt(inside, 2)
        chance = np.random.default_rng(1)
        for half in (
            half for layer in inside for half in (layer.lora_kernel_a, layer.lora_kernel_b)
        ):
            half.assign(chance.normal(0, 0.2, half.shape))
        model.compile(keras.optimizers.SGD(0.1), "mse")
        for _ in range(3):
            model.train_on_batch(x, y)
        assert len(model.trainable_weights) == 2 + 3 * 2
        ended.append([ops.convert_to_numpy(each) for each in model.trainable_weights])
        if not floats:
            said = model.predict(x, verbose=0)
            merge(model)
            assert adapted(model) == inside
            merged = keras.Model(model.inputs, model.outputs).predict(x, verbose=0)
            np.testing.assert_allclose(merged, said, atol=1e-5 * np.abs(said).max())
    start = network().get_layer("below").kernel
    assert np.abs(ended[0][0] - ops.convert_to_numpy(start)).max() > 1e-3
    for one, other in zip(*ended, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)


def test_what_has_ways_of_its_own_is_left():
    class Own(layers.Dense):
        def call(self, inputs, training=None):
            return super().call(inputs) * 2

    for kind in (Own(4), Rows(4), layers.DepthwiseConv2D(3), layers.LayerNormalization()):
        kind.build((2, 8, 8, 3))
        assert not packable(kind)


@pytest.mark.parametrize("numbers", [1, 2, 27, 63, 64, 65, 130, 384])
def test_rows_of_any_length_are_encoded(numbers, kept):
    rows = np.random.default_rng(0).normal(size=(3, numbers)).astype("float32")
    rows[1] = 0
    codes, scales = encode(rows, kept)
    assert codes.shape[:2] == scales.shape == (3, -(-numbers // 64))
    layer = layers.Embedding(3, numbers)
    layer.build()
    layer._embeddings.assign(rows)
    pack(layer, kept)
    back = kernel(layer)
    np.testing.assert_array_equal(back[1], 0)
    step = np.repeat(scales, -(-numbers // scales.shape[1]) + 1, axis=1)[:, :numbers].max()
    assert np.abs(back - rows).max() <= step * 0.5001
