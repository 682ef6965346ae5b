import pytest

from zooflow.errors import TrainingStopped, UnknownName
from zooflow.features.cut import cut
from zooflow.freeze import audit, fingerprints, thaw
from zooflow.tasks import Classify
from zooflow.zoo import load

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
    import numpy as np

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


@pytest.mark.parametrize("words", ["layer9", "last 0", "last 99", "Head", ""])
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
    import keras
    import numpy as np

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


def nudge(model, name):
    variable = model.get_layer(name).weights[0]
    variable.assign(variable + 1)


def test_the_audit_passes_when_just_the_learners_have_moved(made):
    backbone, model = made("resnet")
    thaw(model, backbone, "head")
    before = fingerprints(model)
    nudge(model, "fc")
    audit(model, before)


def test_the_audit_names_a_frozen_layer_that_moved(made):
    backbone, model = made("resnet")
    thaw(model, backbone, "head")
    before = fingerprints(model)
    nudge(model, "fc")
    nudge(model, "layer2-0-conv1")
    with pytest.raises(TrainingStopped, match="layer2-0-conv1's kernel moved, though frozen"):
        audit(model, before)


def test_the_audit_names_statistics_that_moved(made):
    backbone, model = made("resnet")
    thaw(model, backbone, "last 1")
    before = fingerprints(model)
    for layer in model.layers:
        if layer.trainable_weights:
            nudge(model, layer.name)
    statistics = model.get_layer("layer1-0-bn1").moving_mean
    statistics.assign(statistics + 1)
    with pytest.raises(TrainingStopped, match="layer1-0-bn1's moving_mean moved, though frozen"):
        audit(model, before)


def test_the_audit_names_a_learner_that_stands_still(made):
    backbone, model = made("resnet")
    thaw(model, backbone, "head")
    with pytest.raises(TrainingStopped, match="fc stands still"):
        audit(model, fingerprints(model))
