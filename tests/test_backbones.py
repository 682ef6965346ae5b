"""Each variant computes what the library that it comes from computes.

The goldens are timm's and transformers' words on grown weights; scripts/make_golden.py writes them.
Of a family the few that differ in kind are tested, and the first of these on every backend;
ZOOFLOW_ALL=1 tests all.
"""

import gc
import hashlib
import json
import os
import re
from pathlib import Path

import keras
import numpy as np
import pytest
from grown import grow, image, sample, tokens

from zooflow.backbones.parts.initializers import hollow
from zooflow.cards import Card, ImageInput
from zooflow.convert import drain, pour
from zooflow.spelling import Spelling
from zooflow.zoo import build, spelling
from zooflow.zoo.configs import card_from_folder
from zooflow.zoo.families import family

FOLDER = Path(__file__).parent / "golden"
GOLDENS = {file.stem: json.loads(file.read_text("utf-8")) for file in FOLDER.glob("*.json")}
LEFT_OUT = {name: golden.pop("left out") for name, golden in GOLDENS.items()}
QUICK = {name: golden.pop("quick") for name, golden in GOLDENS.items()}
ALL = bool(os.environ.get("ZOOFLOW_ALL"))
CHOSEN = [
    pytest.param(
        kind, name, id=name, marks=pytest.mark.heart if ALL or name == QUICK[kind][0] else ()
    )
    for kind, goldens in GOLDENS.items()
    for name in goldens
    if ALL or name in QUICK[kind]
]
if keras.backend.backend() == "jax":
    import jax
gc.freeze()  # what was imported need not be looked through after each network


@pytest.mark.parametrize(("kind", "name"), CHOSEN)
def test_features_equal_the_reference(kind, name, tmp_path):
    golden = GOLDENS[kind][name]
    try:
        inventory, features, pooled = computed(golden, tmp_path)
    finally:
        keras.backend.clear_session()
        if keras.backend.backend() == "jax":
            jax.clear_caches()  # else a thousand compiled networks stay in memory
    assert len(inventory) == golden["tensors"]
    assert hashed(inventory) == golden["inventory"]
    assert difference(features, golden["features"]) <= 1e-4
    assert difference(pooled, golden["pooled"]) <= 1e-4


@pytest.mark.parametrize("kind", GOLDENS)
def test_what_is_left_out_is_not_claimed(kind):
    assert not set(LEFT_OUT[kind]) & set(family(kind).VARIANTS)
    assert set(family(kind).VARIANTS) <= set(GOLDENS[kind]), "a variant without a golden"


@pytest.mark.parametrize("kind", GOLDENS)
def test_the_classifier_of_a_checkpoint_is_skipped(kind):
    assert re.fullmatch(family(kind).SKIP, f"{family(kind).HEAD}.weight")


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("_conv_stem.weight", "conv_stem.weight"),
        ("_bn0.bias", "bn1.bias"),
        ("_blocks.0._depthwise_conv.weight", "blocks.0.0.conv_dw.weight"),
        ("_blocks.0._bn1.running_mean", "blocks.0.0.bn1.running_mean"),
        ("_blocks.0._bn2.weight", "blocks.0.0.bn2.weight"),
        ("_blocks.1._bn0.weight", "blocks.1.0.bn1.weight"),
        ("_blocks.10._se_reduce.bias", "blocks.4.2.se.conv_reduce.bias"),
        ("_blocks.15._project_conv.weight", "blocks.6.0.conv_pwl.weight"),
        ("_bn1.running_var", "bn2.running_var"),
        ("_fc.weight", "classifier.weight"),
    ],
)
def test_efficientnet_pytorch_spells_tensors_otherwise(theirs, ours):
    kind = family("efficientnet")
    lukemelas = kind.SPELLINGS["lukemelas"](kind.VARIANTS["tf_efficientnet_b0"])
    tensor = np.zeros(1)
    assert list(lukemelas.read({theirs: tensor})) == [ours]
    assert list(lukemelas.write({ours: tensor})) == [theirs]


@pytest.mark.parametrize("kind", ["resnet", "efficientnet"])
def test_blocks_follow_each_other_by_name(kind):
    variant = {"resnet": "resnet18", "efficientnet": "tf_efficientnet_lite0"}[kind]
    card = Card(kind, kind, kind, variant, "", input=ImageInput(size=(64, 64)))
    backbone = build(card)
    frozen = keras.Model(backbone.model.input, backbone.model.get_layer(backbone.blocks[-2]).output)
    rest = {layer.name for layer in backbone.model.layers} - {layer.name for layer in frozen.layers}
    last = backbone.blocks[-1]
    inside = {"top", "conv_head", "bn2"} if last == "top" else set()
    assert {name for name in rest if not name.startswith(last)} <= inside
    assert backbone.blocks[0] == "stem"


def computed(golden, folder):
    """Give the sorted inventory, the features and the pooled features that zooflow computes."""
    model, inputs, shapes = traced(golden, folder)
    compiled = keras.backend.backend() == "jax"  # step by step it compiles each step on its own
    outputs = model.predict_on_batch(inputs) if compiled else model(inputs, training=False)
    features, pooled = map(keras.ops.convert_to_numpy, outputs)
    return sorted(f"{name} {shape}" for name, shape in shapes.items()), features, pooled


def traced(golden, folder):
    """Give the network with grown weights, what it is given, and the shapes of its tensors."""
    (folder / "config.json").write_text(json.dumps(golden["config"]), "utf-8")
    card = card_from_folder(folder, name="grown", source="grown")
    with hollow():
        backbone = build(card)
    model = keras.Model(backbone.model.input, [backbone.features, backbone.pooled])
    spelled = spelling(card) or Spelling()
    shapes = {name: tensor.shape for name, tensor in spelled.write(drain(model)).items()}
    pour({name: grow(name, shape) for name, shape in shapes.items()}, model, spelling=spelled)
    given = golden["given"]
    return model, image(**given) if "size" in given else tokens(**given), shapes


def difference(output, expected):
    """Say how far an output is from the reference, relative to its largest value."""
    assert list(output.shape) == expected["shape"]
    values = np.array(expected["values"])
    return np.abs(sample(output, len(values)) - values).max() / expected["max"]


def hashed(inventory):
    return hashlib.sha256("\n".join(inventory).encode()).hexdigest()
