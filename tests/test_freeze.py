import warnings

import keras
import numpy as np
import pytest
from keras import layers, ops
from test_finetune import recipe

from zooflow import Phase, finetune
from zooflow.cards import Card, ImageInput
from zooflow.errors import TrainingStopped, UnknownName
from zooflow.features.cut import cut
from zooflow.freeze import audit, fingerprints, learners, put_pairs, thaw
from zooflow.tasks import Classify
from zooflow.train import Silence, plan
from zooflow.train.optimizer import KINDS, optimizer
from zooflow.zoo import Backbone, load

pytestmark = pytest.mark.heart


@pytest.fixture
def made(tiny):
    def make(family):
        backbone = load(tiny(family))
        return backbone, Classify().attach(backbone, 3)

    return make


def head_of(backbone, model) -> set[str]:
    return {layer.name for layer in model.layers} - {layer.name for layer in backbone.whole.layers}


def learning(model) -> set[str]:
    return {layer.name for layer in model.layers if layer.trainable_weights}


@pytest.mark.parametrize("family", ["resnet", "vit", "bert"])
def test_the_head_alone_learns_in_a_head_phase(made, family):
    backbone, model = made(family)
    thaw(model, backbone, "head")
    assert learning(model) == {backbone.head}


def test_a_block_learns_with_all_that_lies_above_it(made):
    backbone, model = made("vit")
    thaw(model, backbone, "blocks-1")
    names = learning(model)
    assert {"blocks-1-attn-qkv", "blocks-2-mlp-fc2", "norm", "head"} <= names
    assert not any(name.startswith(("blocks-0", "patch_embed")) for name in names)


def test_the_last_blocks_are_the_same_as_the_lowest_of_them_by_name(made):
    backbone, model = made("vit")
    thaw(model, backbone, "blocks-2")
    by_name = learning(model)
    thaw(model, backbone, "last 1")
    assert learning(model) == by_name


def test_a_frozen_batch_normalisation_keeps_its_statistics_and_a_learning_one_adapts(made):
    backbone, model = made("resnet")
    thaw(model, backbone, "layer4")
    tail = cut(model, head_of(backbone, model)).tail
    tail.compile(optimizer="sgd", loss="mse")
    before = fingerprints(model)
    draw = np.random.default_rng(0)
    tail.fit(draw.random((8, 2, 2, 24)), draw.random((8, 3)), verbose=0)
    after = fingerprints(model)
    moved = {path for path in after if "moving" in path and after[path] != before[path]}
    assert moved == {path for path in after if "moving" in path and path.startswith("layer4")}
    assert len(moved) > 2


@pytest.mark.parametrize("part", ["layer4", "last 1", "all"])
def test_norms_and_their_statistics_stay_in_a_phase_without_them(made, part):
    backbone, model = made("resnet")
    thaw(model, backbone, part)
    with_norms = learning(model)
    thaw(model, backbone, "norm")
    norms = learning(model) - {"fc"}
    thaw(model, backbone, f"{part} but norms")
    assert learning(model) == with_norms - norms != with_norms
    tail = cut(model, head_of(backbone, model)).tail
    tail.compile(optimizer="sgd", loss="mse")
    before, draw = fingerprints(model), np.random.default_rng(0)
    shape = [2, *(side or 32 for side in tail.input.shape[1:])]
    tail.train_on_batch(draw.random(shape), draw.random((2, 3)))
    after = fingerprints(model)
    assert {path for path in after if after[path] != before[path]} == learners(
        model, backbone, f"{part} but norms"
    )


def test_norms_and_the_head_learn_in_a_norm_phase(made):
    backbone, model = made("resnet")
    thaw(model, backbone, "norm")
    norms = {n.name for n in model.layers if "bn" in n.name or "-downsample-1" in n.name}
    assert learning(model) == norms | {"fc"}


def test_only_biases_and_the_head_learn_in_a_bias_phase(made):
    backbone, model = made("bert")
    thaw(model, backbone, "bias")
    names = {v.path for v in model.trainable_weights}
    assert all(path.endswith(("/bias", "/beta")) or path.startswith("classifier") for path in names)
    assert len(names) > 10


@pytest.mark.parametrize("first", ["bias", "lora 2"])
def test_kernels_learn_again_after_a_phase_in_which_other_weights_of_their_layers_did(made, first):
    backbone, model = made("vit")
    counted = thaw(model, backbone, "all")
    thaw(model, backbone, first)
    put_pairs(model, backbone, first)
    pairs = sum(int(np.prod(v.shape)) for v in model.weights if v.name.startswith("lora_"))
    assert thaw(model, backbone, "all") == counted + pairs


@pytest.mark.parametrize(
    "words",
    ["layer9", "last 0", "last 99", "Head", "", "head but norms", "layer9 but norms", "but norms"],
)
def test_unknown_parts_are_refused_with_those_that_exist(made, words):
    backbone, model = made("resnet")
    with pytest.raises(UnknownName) as raised:
        thaw(model, backbone, words)
    assert raised.value.hint


@pytest.mark.parametrize(
    ("family", "train"),
    [
        ("resnet", "head"),
        ("resnet", "layer3"),
        ("resnet", "norm"),
        ("vit", "head"),
        ("vit", "last 1"),
        ("vit", "bias"),
        ("bert", "head"),
        ("bert", "encoder-layer-1"),
    ],
)
def test_trunk_and_tail_together_are_the_model(made, family, train):
    backbone, model = made(family)
    thaw(model, backbone, train)
    trunk, tail, given = cut(model, head_of(backbone, model))
    draw = np.random.default_rng(0)
    if family == "bert":
        ids = draw.integers(5, 15, (4, 16)).astype("int32")
        mask = (np.arange(16) < [[16], [9], [3], [12]]).astype("int32")
        x = {"input_ids": ids, "attention_mask": mask, "token_type_ids": ids * 0}
    else:
        x = draw.uniform(0, 255, (4, 32, 32, 3)).astype("float32")
    whole = keras.ops.convert_to_numpy(model.predict_on_batch(x))
    if trunk is None:
        assert train == "bias"
        return
    assert not trunk.trainable_weights
    said = trunk.predict_on_batch(x)
    said = [*(said if isinstance(said, list) else [said]), *(x[name] for name in given)]
    again = tail.predict_on_batch(said if len(said) > 1 else said[0])
    np.testing.assert_allclose(again, whole, rtol=1e-5, atol=1e-5)


def test_padding_is_made_in_the_tail_and_not_kept(made):
    backbone, model = made("resnet")
    thaw(model, backbone, "layer4")
    trunk = cut(model, head_of(backbone, model)).trunk
    assert [tuple(tensor.shape[1:]) for tensor in trunk.outputs] == [(2, 2, 24)]


def test_a_mask_is_made_in_the_tail_and_not_kept(made):
    backbone, model = made("bert")
    thaw(model, backbone, "last 1")
    trunk, _, given = cut(model, head_of(backbone, model))
    assert [tuple(tensor.shape[1:]) for tensor in trunk.outputs] == [(None, 32)]
    assert given == ("attention_mask",)


def stepped(model) -> keras.Optimizer:
    """Let the model take a step on what it is given by chance; give what moved it."""
    draw = np.random.default_rng(0)
    x = draw.uniform(0, 255, (4, 32, 32, 3)).astype("float32")
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    model.train_on_batch(x, np.arange(4) % 3)
    return model.optimizer


def nudge(model, name, which=0):
    variable = model.get_layer(name).weights[which]
    variable.assign(variable + 1)


@pytest.fixture
def step(made):
    """Give what takes a step of a phase and audits it, after a fault was planted or two."""

    def take(train, before=None, after=None, family="resnet"):
        backbone, model = made(family)
        thaw(model, backbone, train)
        put_pairs(model, backbone, train)
        marks = fingerprints(model)
        if before:
            before(model)
        optimizer = stepped(model)
        if after:
            after(model)
        audit(model, backbone, train, marks, optimizer)

    return take


@pytest.mark.parametrize(
    "train", ["head", "last 1", "norm", "bias", "lora 2", "all", "all but norms"]
)
def test_the_audit_passes_when_just_the_learners_have_moved(step, train):
    step(train)


@pytest.mark.parametrize(
    ("train", "layer", "which", "said"),
    [
        ("head", "layer2-0-conv1", 0, "layer2-0-conv1's kernel"),
        ("last 1", "layer1-0-bn1", 2, "layer1-0-bn1's moving_mean"),
        ("lora 2", "layer1-0-bn1", 3, "layer1-0-bn1's moving_variance"),
        ("lora 2", "layer4-0-conv1", 0, "layer4-0-conv1's kernel"),
        ("bias", "layer1-0-bn1", 0, "layer1-0-bn1's gamma"),
        ("bias", "layer1-0-conv2", 0, "layer1-0-conv2's kernel"),
        ("norm", "layer1-0-conv2", 0, "layer1-0-conv2's kernel"),
        ("layer4 but norms", "layer4-0-bn1", 2, "layer4-0-bn1's moving_mean"),
    ],
)
def test_the_audit_names_what_moved_though_frozen(step, train, layer, which, said):
    with pytest.raises(TrainingStopped, match=f"{said} moved, though frozen"):
        step(train, after=lambda model: nudge(model, layer, which))


def test_the_audit_names_a_kernel_that_learned_though_a_pair_stands_for_it(step):
    def learn(model):
        model.get_layer("layer3-0-conv1")._kernel.trainable = True

    with pytest.raises(TrainingStopped, match="layer3-0-conv1's kernel moved, though frozen"):
        step("lora 2", before=learn)


def test_the_audit_names_statistics_that_adapt_in_a_layer_thawed_by_mistake(step):
    def thaw_it(model):
        model.get_layer("layer1-0-bn1").trainable = True

    with pytest.raises(TrainingStopped, match=r"layer1-0-bn1's .*moving_mean.* moved, though"):
        step("head", before=thaw_it)


@pytest.mark.parametrize(("train", "layer"), [("last 1", "fc"), ("last 1", "layer4-0-conv1")])
def test_the_audit_names_what_is_frozen_by_mistake(step, train, layer):
    def freeze(model):
        model.get_layer(layer).trainable = False

    with pytest.raises(TrainingStopped, match=f"{layer}'s .*kernel.* cannot learn, though"):
        step(train, before=freeze)


@pytest.mark.parametrize("half", ["lora_kernel_a", "lora_kernel_b"])
def test_the_audit_names_the_half_of_a_pair_that_is_frozen(step, half):
    def freeze(model):
        getattr(model.get_layer("layer3-0-conv1"), half).trainable = False

    with pytest.raises(TrainingStopped, match=f"layer3-0-conv1's {half} cannot learn"):
        step("lora 2", before=freeze)


@pytest.mark.parametrize("name", KINDS)
def test_the_audit_names_a_layer_that_no_gradient_reaches_though_it_decays(name):
    class Wall(layers.Layer):
        def call(self, x):
            return ops.stop_gradient(x)

    def audited(wall):
        x = inputs = keras.Input((4,))
        x = layers.Dense(4, use_bias=False, kernel_initializer="orthogonal", name="block-0")(x)
        x = Wall(name="wall")(x) if wall else x
        x = layers.Dense(4, name="block-1")(x)
        backbone = Backbone(
            Card("walled", "", "", "", "", input=ImageInput()),
            keras.Model(inputs, x),
            x,
            ("block-0", "block-1"),
        )
        model = keras.Model(inputs, layers.Dense(3, name="top")(x))
        thaw(model, backbone, "all")
        before, phase = fingerprints(model), Phase("all", optimizer=name, weight_decay=0.1, lr=0.1)
        mine = optimizer(phase, model.trainable_variables, steps=3, backbone=backbone)
        model.compile(mine, "mse")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Keras's, of gradients that do not exist
            model.train_on_batch(np.ones((2, 4)), np.ones((2, 3)))
        audit(model, backbone, "all", before, mine)

    audited(wall=False)
    with pytest.raises(TrainingStopped, match="block-0 stands still, though it should learn"):
        audited(wall=True)


def test_the_audit_notices_that_compiling_was_forgotten(made):
    backbone, model = made("resnet")
    thaw(model, backbone, "head")
    optimizer = stepped(model)
    thaw(model, backbone, "last 1")
    before = fingerprints(model)
    x, y = np.ones((4, 32, 32, 3), "float32"), np.arange(4) % 3
    if keras.backend.backend() == "tensorflow":  # the others notice themselves, or go along
        model.train_on_batch(x, y)
        with pytest.raises(TrainingStopped, match=r"layer4-0-.* cannot learn"):
            audit(model, backbone, "last 1", before, optimizer)
    else:
        with pytest.raises(Exception):  # noqa: B017, PT011 (Keras's own, of several kinds)
            model.train_on_batch(x, y)


def test_the_audit_names_a_step_in_which_nothing_moved(made):
    backbone, model = made("resnet")
    thaw(model, backbone, "last 1")
    optimizer = stepped(model)
    with pytest.raises(TrainingStopped, match="layer4-0-conv1 stands still"):
        audit(model, backbone, "last 1", fingerprints(model), optimizer)


def test_a_layer_whose_units_are_all_dead_is_told_and_stops_nothing(made):
    backbone, model = made("resnet")
    thaw(model, backbone, "last 2")
    dead = model.get_layer("layer4-0-bn1")
    dead.beta.assign(dead.beta - 1e4)
    before = fingerprints(model)
    optimizer = stepped(model)
    assert "layer4-0-conv2" in audit(model, backbone, "last 2", before, optimizer)


def test_a_phase_is_audited_when_it_ends_too(tiny, photos, tmp_path):
    """What goes astray after the first step is found, and the run has no model then."""

    class Nudge(Silence):
        def epoch(self, row):
            nudge(ready.model, "layer1-0-conv1")

    ready = plan(recipe(tiny, photos, phases=(Phase("layer4", epochs=2, lr=1e-3),)))
    with pytest.raises(TrainingStopped, match="layer1-0-conv1's kernel moved, though frozen"):
        finetune(ready, tmp_path / "run", listener=Nudge())
    assert not (tmp_path / "run" / "model").exists()
