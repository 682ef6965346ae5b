import keras
import numpy as np
import pytest
from keras import layers, ops
from test_backbones import GOLDENS, difference, traced
from test_fold import said

from zooflow.backbones.parts.attention import First, Token
from zooflow.graph import steps
from zooflow.narrow import narrow

pytestmark = pytest.mark.heart
NETWORKS = {  # network: how many of its tokens the last block makes; None for all
    ("vit", "test_vit"): 1,
    ("vit", "test_vit3"): None,
    ("vit", "deit_tiny_distilled_patch16_224"): 2,
    ("beit", "odd-beit-token"): 1,
    ("bert", "bert-tiny"): 1,
    ("albert", "albert-groups"): 1,
    ("modernbert", "modernbert-types"): 1,
    ("siglip_text", "projection"): None,
    ("xcit", "odd-xcit-relu"): 1,
    ("resnet", "test_resnet"): None,
}


def pooling(kind, name, folder):
    """Give a network that says only what it pools, and what it is given."""
    model, inputs, _ = traced(GOLDENS[kind][name], folder)
    return keras.Model(model.input, model.outputs[1]), inputs


def made(model):
    """Say how many tokens are taken."""
    counts = [layer.count for layer in model.layers if isinstance(layer, First)]
    return counts[0] if counts else None


@pytest.mark.parametrize(("kind", "name"), NETWORKS)
def test_a_token_is_what_the_reference_says_without_the_others(kind, name, tmp_path):
    model, inputs = pooling(kind, name, tmp_path)
    narrowed = narrow(model)
    assert made(narrowed) == NETWORKS[kind, name]
    assert (narrowed is model) == (made(narrowed) is None)
    assert difference(said(narrowed, inputs)[0], GOLDENS[kind][name]["pooled"]) <= 1e-4


def test_what_gives_all_tokens_makes_them(tmp_path):
    model, _, _ = traced(GOLDENS["vit"]["test_vit"], tmp_path)
    assert narrow(model) is model


def test_the_last_block_of_a_vit_widens_one_token(tmp_path):
    model, _ = pooling("vit", "test_vit", tmp_path)
    names = [layer.name for layer in model.layers if layer.name.endswith("-mlp-fc1")]
    lengths = {name: model.get_layer(name).output.shape[1] for name in names}
    nodes = {node.operation.name: node for node in steps(narrow(model))}
    narrowed = {name: nodes[name].outputs[0].shape[1] for name in names}
    assert narrowed == {**lengths, max(names): 1}


@pytest.mark.parametrize(("kind", "name"), [("vit", "test_vit"), ("bert", "bert-tiny")])
def test_training_moves_all_weights_to_where_it_did(kind, name, tmp_path):
    model, inputs = pooling(kind, name, tmp_path)
    for layer in model.layers:
        if isinstance(layer, layers.Dropout) or hasattr(layer, "dropout"):
            layer.rate = layer.dropout = 0.0
    start, moved = model.get_weights(), []
    for each in (model, narrow(model)):
        model.set_weights(start)
        each.compile("sgd", "mse", jit_compile=False)
        each.train_on_batch(inputs, ops.zeros(model.output.shape[-1:])[None])
        moved.append(model.get_weights())
    assert any(np.abs(a - b).max() > 1e-4 for a, b in zip(start, moved[0], strict=True))
    for whole, few in zip(*moved, strict=True):
        np.testing.assert_allclose(few, whole, atol=1e-6)


def test_a_token_that_a_layer_reads_with_its_neighbours_needs_them():
    inputs = keras.Input((8, 4))
    x = layers.Dense(4)(layers.Conv1D(4, 3, padding="same")(inputs))
    model = keras.Model(inputs, Token(0)(layers.Activation("relu")(x)))
    narrowed, given = narrow(model), np.random.default_rng(0).normal(size=(2, 8, 4))
    assert made(narrowed) == 1
    np.testing.assert_allclose(said(narrowed, given)[0], said(model, given)[0], atol=1e-6)
