"""Layers and the optimizer that learn through kernels of their own learn what Keras's learn."""

import keras
import numpy as np
import pytest
from keras import layers, ops

from zooflow.backbones.parts import gelu
from zooflow.backbones.parts.batch_norm import BatchNorm
from zooflow.backbones.parts.depthwise import DepthwiseConv
from zooflow.phase import Phase
from zooflow.train.optimizer import optimizer

LAYERS = {
    "batch norm": (BatchNorm, layers.BatchNormalization, {"momentum": 0.9, "epsilon": 1e-5}),
    "5x5": (DepthwiseConv, layers.DepthwiseConv2D, {"kernel_size": 5, "padding": "same"}),
    "7x7": (DepthwiseConv, layers.DepthwiseConv2D, {"kernel_size": 7, "use_bias": False}),
    "4x4": (DepthwiseConv, layers.DepthwiseConv2D, {"kernel_size": 4, "padding": "same"}),
    "strided": (DepthwiseConv, layers.DepthwiseConv2D, {"kernel_size": 5, "strides": 2}),
}


@pytest.mark.parametrize("name", LAYERS)
def test_a_layer_learns_what_keras_would(name):
    ours, theirs, settings = LAYERS[name]
    one, other = learned(ours, settings), learned(theirs, settings)
    for a, b in zip(one, other, strict=True):
        np.testing.assert_allclose(a, b, atol=2e-5)


def test_the_gelu_is_as_steep_as_that_of_keras():
    x = np.linspace(-6, 6, 97).astype("float32")[None]
    slopes = []
    for function in (gelu, lambda x: ops.gelu(x, approximate=False)):
        inputs = keras.Input((97,))
        scaled = layers.EinsumDense("bi,i->bi", 97, kernel_initializer="ones")(inputs)
        model = keras.Model(inputs, layers.Activation(function)(scaled))
        model.compile(keras.optimizers.SGD(1.0), lambda _, said: ops.sum(said, -1))
        model.train_on_batch(x, x)
        slopes.append(1 - model.get_weights()[0])
    np.testing.assert_allclose(*slopes, atol=2e-6)


@pytest.mark.parametrize("name", LAYERS)
def test_a_layer_says_what_keras_would_when_called_to_learn(name):
    ours, theirs, settings = LAYERS[name]
    one, other = ours(**settings), theirs(**settings)
    x = np.random.default_rng(0).normal(size=(4, 9, 8, 6)).astype("float32")
    one.build(x.shape)
    other.build(x.shape)
    other.set_weights(one.get_weights())
    said, true = (ops.convert_to_numpy(layer(x, training=True)) for layer in (one, other))
    np.testing.assert_allclose(said, true, atol=1e-5)


def learned(kind: type, settings: dict) -> list[np.ndarray]:
    """Give the weights of a layer, and of one below it, after two steps."""
    draw = np.random.default_rng(0)
    x, y = draw.normal(1, 2, (4, 9, 8, 6)), draw.normal(size=(4, 6))
    pixels = keras.Input((9, 8, 6))
    features = kind(**settings)(layers.Dense(6)(pixels))
    model = keras.Model(pixels, layers.GlobalAveragePooling2D()(ops.sin(features)))
    for weight in model.trainable_weights:
        weight.assign(draw.normal(1, 0.3, weight.shape))
    model.compile(keras.optimizers.SGD(0.1), "mse")
    for _ in range(2):
        model.train_on_batch(x.astype("float32"), y.astype("float32"))
    return model.get_weights()


def test_the_optimizer_sums_what_a_token_learns_in_all_its_places():
    draw = np.random.default_rng(0)
    ids = keras.Input((3,), dtype="int32")
    model = keras.Model(ids, layers.Flatten()(layers.Embedding(2, 1)(ids)))
    table = model.weights[0]
    table.assign(draw.normal(size=table.shape))
    start = ops.convert_to_numpy(table)
    phase = Phase("all", lr=0.1, weight_decay=0.5, warmup=0)
    model.compile(optimizer(phase, model.trainable_variables, steps=2), "mse")
    x, y = np.array([[0, 0, 1]], "int32"), np.array([[1, -1, 2]], "float32")
    expected, first, second = start.astype("float64"), 0.0, 0.0
    for step, lr in ((1, 0.1), (2, 0.05)):
        gradient = 2 / 3 * np.array([2 * expected[0], expected[1] - 2])
        gradient /= max(1, np.linalg.norm(gradient))
        first = 0.9 * first + 0.1 * gradient
        second = 0.999 * second + 0.001 * gradient**2
        rate = lr * np.sqrt(1 - 0.999**step) / (1 - 0.9**step)
        expected = expected * (1 - 0.5 * lr) - rate * first / (np.sqrt(second) + 1e-7)
        model.train_on_batch(x, y)
    np.testing.assert_allclose(ops.convert_to_numpy(table), expected, atol=1e-5)
