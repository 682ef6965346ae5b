import keras
import numpy as np
import pytest
from keras import layers, ops
from test_backbones import GOLDENS, traced

from zooflow.fold import fold

pytestmark = pytest.mark.heart
NETWORKS = {  # kind: network, and how many of its batch normalisations have nowhere to go
    "resnet": ("test_resnet", 0),
    "efficientnet": ("test_efficientnet", 0),
    "convnext": ("test_convnext", 0),
    "vit": ("test_vit", 0),
    "bert": ("bert-tiny", 0),
    "regnet": ("odd-before", 5),
    "densenet": ("odd-densenet-blur", 10),
    "mobilenetv3": ("lcnet_050", 0),
    "repvit": ("odd-repvit", 8),
}


def said(model, inputs):
    compiled = keras.backend.backend() == "jax"
    outputs = model.predict_on_batch(inputs) if compiled else model(inputs, training=False)
    return [ops.convert_to_numpy(output) for output in keras.tree.flatten(outputs)]


def apart(ours, theirs):
    """Say how far outputs are from others, relative to the largest."""
    return [np.abs(a - b).max() / np.abs(b).max() for a, b in zip(ours, theirs, strict=True)]


def spread(ours, theirs):
    """Say how far outputs are from others in the root mean square, relative to theirs."""
    return [np.std(a - b) / np.std(b) for a, b in zip(ours, theirs, strict=True)]


def norms(model):
    return sum(isinstance(layer, layers.BatchNormalization) for layer in model.layers)


def random(*shape):
    return np.random.default_rng(0).normal(size=shape).astype("float32")


def lived(model):
    """Give a model weights and statistics as if it had learned."""
    draw = np.random.default_rng(1)
    for weight in model.weights:
        weight.assign(draw.uniform(0.5, 1.5, weight.shape))
    return model


def convolved(x, **settings):
    return layers.Conv2D(4, 3, use_bias=False, **settings)(x)


@pytest.mark.parametrize("kind", NETWORKS)
def test_a_folded_trunk_says_what_the_trunk_says(kind, tmp_path):
    name, left = NETWORKS[kind]
    model, inputs, _ = traced(GOLDENS[kind][name], tmp_path)
    before = [ops.convert_to_numpy(weight) for weight in model.weights]
    expected = said(model, inputs)
    folded, narrow = fold(model), fold(model, "bfloat16")
    assert max(apart(said(folded, inputs), expected)) <= 1e-5
    assert max(spread(said(narrow, inputs), expected)) <= 0.03
    assert norms(folded) == norms(narrow) == left
    assert not any(isinstance(layer, layers.Dropout) for layer in folded.layers)
    assert not folded.trainable_weights
    for weight, value in zip(model.weights, before, strict=True):
        np.testing.assert_array_equal(ops.convert_to_numpy(weight), value)


@pytest.mark.parametrize(
    "layer",
    [
        layers.Conv1D(6, 3, strides=2, padding="same"),
        layers.Conv1D(6, 3, use_bias=False),
        layers.Dense(6),
        layers.Dense(6, use_bias=False),
    ],
)
@pytest.mark.parametrize("learned", [True, False])
def test_vectors_are_normalised_by_the_layer_below(layer, learned):
    inputs = keras.Input((9, 4))
    copy = type(layer).from_config(layer.get_config())
    norm = layers.BatchNormalization(center=learned, scale=learned, epsilon=0.1)
    model = lived(keras.Model(inputs, norm(copy(inputs))))
    folded = fold(model)
    assert norms(folded) == 0
    assert apart(said(folded, random(2, 9, 4)), said(model, random(2, 9, 4)))[0] <= 1e-5


def test_each_channel_of_a_depthwise_convolution_has_its_own_factors():
    inputs = keras.Input((8, 8, 3))
    x = layers.DepthwiseConv2D(3, depth_multiplier=2, dilation_rate=2, padding="same")(inputs)
    model = lived(keras.Model(inputs, layers.BatchNormalization()(x)))
    folded = fold(model)
    assert norms(folded) == 0
    assert apart(said(folded, random(2, 8, 8, 3)), said(model, random(2, 8, 8, 3)))[0] <= 1e-5


def tapped(x):
    x = convolved(x)
    return [layers.BatchNormalization()(x), x]


def branched(x):
    x = convolved(x)
    return layers.Add()([layers.BatchNormalization()(x), x])


def activated(x):
    return layers.BatchNormalization()(convolved(x, activation="relu"))


def called_twice(x):
    conv, norm = layers.Conv2D(3, 3, padding="same"), layers.BatchNormalization()
    return norm(conv(norm(conv(x))))


def shared_below(x):
    conv = layers.Conv2D(3, 3)
    return [layers.BatchNormalization()(conv(x)), layers.BatchNormalization()(conv(-x))]


def across(x):
    return layers.BatchNormalization(axis=1)(convolved(x))


def padded_between(x):
    return layers.BatchNormalization()(layers.ZeroPadding2D(1)(convolved(x)))


@pytest.mark.parametrize(
    "trace", [tapped, branched, activated, called_twice, shared_below, across, padded_between]
)
def test_what_cannot_be_folded_stays(trace):
    inputs = keras.Input((8, 8, 3))
    model = lived(keras.Model(inputs, trace(inputs)))
    folded = fold(model)
    assert norms(folded) == norms(model)
    assert max(apart(said(folded, random(2, 8, 8, 3)), said(model, random(2, 8, 8, 3)))) <= 1e-5


def test_inputs_by_name_and_several_outputs_stay_what_they_are():
    first, second = keras.Input((4,), name="first"), keras.Input((4,), name="second")
    low, high = ops.split(layers.Dense(6)(first - second), 2, axis=-1)
    inputs = {"first": first, "second": second}
    model = lived(keras.Model(inputs, {"high": layers.Dense(2)(high), "low": low, "as is": second}))
    given = {"first": random(3, 4), "second": 2 * random(3, 4)}
    expected = model.predict_on_batch(given)
    for dtype, tolerance in (("float32", 1e-6), ("bfloat16", 0.02)):
        outputs = fold(model, dtype).predict_on_batch(given)
        assert outputs.keys() == expected.keys()
        for name in outputs:
            assert apart([outputs[name]], [expected[name]])[0] <= tolerance
            assert outputs[name].dtype == "float32"


def test_adapters_are_folded_in():
    inputs = keras.Input((4,))
    adapted = [layers.Dense(5), layers.Dense(3, use_bias=False)]
    x = layers.BatchNormalization()(adapted[0](inputs))
    model = keras.Model(inputs, adapted[1](x))
    for layer in adapted:
        layer.enable_lora(2)
    lived(model)
    folded = fold(model)
    assert len(folded.weights) == 3
    assert apart(said(folded, random(3, 4)), said(model, random(3, 4)))[0] <= 1e-5


def test_the_copy_stays_when_the_original_learns_on():
    inputs = keras.Input((8, 8, 3))
    x = layers.BatchNormalization()(convolved(inputs))
    x = layers.LayerNormalization()(layers.BatchNormalization()(x))
    model = lived(keras.Model(inputs, layers.Dense(2)(x)))
    images = random(4, 8, 8, 3)
    folded = fold(model)
    before = said(folded, images)
    model.compile(optimizer="adam", loss="mse")
    model.fit(images, random(4, 6, 6, 2), verbose=0)
    np.testing.assert_array_equal(said(folded, images), before)
    assert apart(said(model, images), before)[0] > 1e-4


def test_kernels_are_stored_as_they_are_computed_with(tmp_path):
    model, *_ = traced(GOLDENS["vit"]["test_vit"], tmp_path)
    kinds = {weight.path: weight.dtype for weight in fold(model, "bfloat16").weights}
    assert {kind for path, kind in kinds.items() if path.endswith("kernel")} == {"bfloat16"}
    assert {kind for path, kind in kinds.items() if "norm" in path} == {"float32"}
