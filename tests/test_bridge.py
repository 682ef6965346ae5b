"""Any Keras model is a backbone: Sequential, Functional, of keras.applications, and nested."""

import json
from pathlib import Path

import keras
import numpy as np
import pytest
from keras import layers

from zooflow import (
    ImageFolder,
    ImageInput,
    Phase,
    Recipe,
    Table,
    TextInput,
    export,
    finetune,
    from_keras,
    load_run,
)
from zooflow.data import decode_all
from zooflow.errors import BadInput, BadRecipe, UnknownName
from zooflow.zoo.families import families, family

pytestmark = pytest.mark.heart
SMALL = ImageInput(size=(32, 32), crop=1.0, mean=(0.5, 0.5, 0.5), std=(0.5, 0.5, 0.5))
PHASES = (Phase("head", epochs=2, lr=3e-2), Phase("last 1", epochs=1, lr=1e-3))


def sequential() -> keras.Model:
    return keras.Sequential(
        [
            keras.Input((32, 32, 3)),
            layers.SeparableConv2D(8, 3, strides=2, name="wide"),
            layers.BatchNormalization(name="even"),
            layers.ReLU(name="bent"),
            layers.Conv2D(12, 3, strides=2, name="deep"),
        ],
        name="stack",
    )


def functional() -> keras.Model:
    x = images = keras.Input((None, None, 3))
    x = layers.Conv2D(8, 3, padding="same", name="first")(x)
    y = layers.Conv2D(8, 3, padding="same", activation="relu", name="aside")(x)
    x = layers.Add(name="joined")([x, y])
    x = keras.ops.tanh(x)
    return keras.Model(images, layers.Conv2D(6, 3, name="second")(x), name="graph")


def nested() -> keras.Model:
    inner = keras.Sequential([functional(), layers.ReLU(name="bent")], name="inner")
    return keras.Sequential([inner, layers.GlobalMaxPooling2D(name="most")], name="nest")


def twice() -> keras.Model:
    x = images = keras.Input((32, 32, 3))
    for stage in ("low", "high"):
        part = [keras.Input(x.shape[1:]), layers.Conv2D(4, 3, name="same"), layers.ReLU(name="r")]
        x = keras.Sequential(part, name=stage)(x)
    return keras.Model(images, x, name="twice")


def application() -> keras.Model:
    return keras.applications.MobileNetV2((32, 32, 3), 0.35, include_top=False, weights=None)


MODELS = {
    "sequential": (sequential, ("wide", "even", "deep")),
    "functional": (functional, ("first", "joined", "second")),
    "nested": (nested, ("first", "joined", "second")),
}


def recipe(photos: str, name: str, **changes) -> Recipe:
    settings = {"backbone": name, "data": ImageFolder(photos), "phases": PHASES, "batch": 8}
    return Recipe(**{**settings, **changes})


@pytest.mark.parametrize("kind", MODELS)
def test_the_blocks_are_where_a_graph_narrows_to_one_tensor(kind):
    make, blocks = MODELS[kind]
    assert from_keras(make(), input=SMALL).blocks == blocks


@pytest.mark.parametrize("make", [sequential, functional, nested, application])
def test_a_backbone_says_what_its_model_says_of_pixels_scaled(make):
    model = make()
    backbone = from_keras(model, input=SMALL)
    pixels = np.random.default_rng(0).integers(0, 256, (2, 32, 32, 3)).astype("float32")
    ours = backbone.model.predict_on_batch(pixels)
    theirs = model.predict_on_batch(pixels / 127.5 - 1)
    np.testing.assert_allclose(ours, theirs, atol=1e-5)


@pytest.mark.parametrize("make", [sequential, functional, nested, application])
def test_a_keras_model_is_tuned_saved_and_loaded_to_the_bit(make, photos, tmp_path):
    backbone = from_keras(make(), input=SMALL, name="mine")
    made = recipe(photos, "mine", cache="float32")  # an untrained MobileNet says next to nothing
    run = finetune(made, tmp_path / "run", backbone=backbone)
    paths = sorted(Path(photos).glob("*/*.png"))[:7]
    keras.backend.clear_session()
    again = load_run(tmp_path / "run")
    x = decode_all(paths, run.reader)
    ours, theirs = (
        keras.ops.convert_to_numpy(each.model.predict_on_batch(x)) for each in (run, again)
    )
    assert (ours == theirs).all()
    assert again.card.blocks == run.card.blocks


def test_texts_reach_a_keras_model_under_its_own_names(tiny, texts, tmp_path):
    ids = keras.Input((None,), dtype="int32", name="input_ids")
    mask = keras.Input((None,), dtype="int32", name="attention_mask")
    x = layers.Embedding(40, 8, name="words")(ids)
    x = layers.MultiHeadAttention(2, 4, name="mix")(x, x, attention_mask=mask[:, None])
    model = keras.Model([ids, mask], x, name="reader")
    backbone = from_keras(model, input=TextInput(length=16), tokenizer=tiny("bert"))
    assert backbone.blocks == ("words", "mix")
    made = Recipe("reader", Table(texts, text="text"), phases=PHASES[:1], batch=8)
    run = finetune(made, tmp_path / "run", backbone=backbone)
    said = ["my refund please", "the lamp is broken", ""]
    assert (load_run(run.folder).predict(said) == run.predict(said)).all()


@pytest.mark.parametrize(
    ("make", "given", "message"),
    [
        (sequential, {"input": ImageInput()}, r"takes \(32, 32, 3\), and its input is \(224"),
        (sequential, {"input": TextInput()}, "takes 'keras_tensor"),
        (lambda: keras.Sequential([layers.Dense(3)]), {}, "has no graph of layers"),
        (twice, {}, "twice has two layers named 'same'"),
        (lambda: keras.Sequential([keras.Input((32, 32, 3)), layers.ReLU()]), {}, "no weights"),
        (
            lambda: keras.Model(x := keras.Input((32, 32, 3)), [layers.Conv2D(3, 3)(x), x]),
            {},
            "gives 2 tensors; a backbone gives one",
        ),
        (
            lambda: keras.Sequential([keras.Input((32, 32, 3)), layers.Conv2D(3, 3),
                                      layers.Reshape((2, 5, 9, 30))]),
            {},
            "are no map, tokens or vector",
        ),
    ],
)  # fmt: skip
def test_what_is_no_backbone_is_refused(make, given, message):
    with pytest.raises(BadInput, match=message):
        from_keras(make(), **{"input": SMALL, **given})


def test_a_block_that_is_no_layer_is_refused():
    with pytest.raises(UnknownName, match="no layer named 'deap'"):
        from_keras(sequential(), input=SMALL, blocks=("wide", "deap"))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"backbone": "other"}, "the recipe's backbone is 'other', and that of the backbone given"),
        ({"precision": "mixed_bfloat16"}, "the recipe's precision is 'mixed_bfloat16'"),
        ({"size": 64}, "the recipe's size is 64"),
    ],
)
def test_a_recipe_that_says_otherwise_is_refused(photos, tmp_path, changes, message):
    backbone = from_keras(sequential(), input=SMALL)
    with pytest.raises(BadRecipe, match=message):
        finetune(recipe(photos, "stack", **changes), tmp_path / "run", backbone=backbone)
    assert not any(tmp_path.iterdir())


def test_a_graph_that_was_tampered_with_is_refused(photos, tmp_path):
    backbone = from_keras(sequential(), input=SMALL)
    made = recipe(photos, "stack", phases=PHASES[:1])
    run = finetune(made, tmp_path / "run", backbone=backbone)
    file = run.folder / "model" / "graph.json"
    graph = json.loads(file.read_text())
    bent = next(each for each in graph["config"]["layers"] if each["name"] == "bent")
    bent |= {"module": "os", "class_name": "system", "registered_name": None}
    file.write_text(json.dumps(graph))
    with pytest.raises(BadInput, match=r"graph\.json is no graph that Keras can trace"):
        load_run(run.folder)


def test_a_run_on_a_keras_model_is_exported_nowhere(photos, tmp_path):
    backbone = from_keras(sequential(), input=SMALL)
    made = recipe(photos, "stack", phases=PHASES[:1])
    run = finetune(made, tmp_path / "run", backbone=backbone)
    with pytest.raises(BadInput, match="stack is a Keras model of yours"):
        export(run, "timm", tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_no_two_layers_bear_one_name_for_keras():
    for kind in families():
        family(kind)
    below, found = [keras.layers.Layer], set()
    while below:
        under = below.pop().__subclasses__()
        below += under
        found |= {each for each in under if each.__module__.startswith("zooflow.backbones.")}
    names = [each.__name__ for each in found]
    assert len(names) > 50
    assert [name for name in names if names.count(name) > 1] == []
