import dataclasses

import keras
import numpy as np
import pytest
from safetensors import safe_open
from test_finetune import recipe
from test_resume import Killer, results

from zooflow import ImageFolder, Phase, Recipe, Table, finetune, load_run, reproduce, resume
from zooflow.adapters import adapted, load
from zooflow.errors import BadInput, BadRecipe, UnknownName
from zooflow.freeze import keep_short, put_pairs, thaw
from zooflow.packed import packed_layers
from zooflow.tasks import Classify
from zooflow.train import Silence, plan, state
from zooflow.train.optimizer import optimizer
from zooflow.zoo import load as load_backbone

pytestmark = pytest.mark.heart
PHASES = (Phase("head", epochs=1, lr=1e-2), Phase("lora 4", epochs=3, lr=1e-2))
KINDS = {
    **{kind: (kind, "lora 4") for kind in ("resnet", "vit", "bert")},
    "resnet int8": ("resnet", "lora 4 int8"),
    "bert int8": ("bert", "lora 4 int8"),
    "bert int4": ("bert", "lora 4 int4"),
}


@pytest.fixture(scope="module")
def make(tiny, photos, texts):
    def recipe_of(kind):
        family, words = KINDS[kind]
        data = Table(texts, text="text") if family == "bert" else ImageFolder(photos)
        phases = PHASES[0], dataclasses.replace(PHASES[1], train=words)
        return Recipe(tiny(family), data, phases=phases, batch=8, cache="float32")

    return recipe_of


@pytest.fixture(scope="module", params=KINDS)
def run(request, make, tmp_path_factory):
    return finetune(make(request.param), tmp_path_factory.mktemp("runs") / "run")


def answers(run, model):
    data = run.recipe.data.open(0).validation
    before = run.model
    object.__setattr__(run, "model", model)
    said = run.predict(data.inputs)
    object.__setattr__(run, "model", before)
    return said


def test_pairs_and_head_learn_and_nothing_else(run):
    pairs = adapted(run.model)
    assert len(pairs) > 4
    assert not packed_layers(run.model)
    backbone = load_backbone(run.recipe.backbone)
    words = run.recipe.phases[1].train
    if "int" in words:
        whole = Classify().attach(backbone, 2)
        keep_short(whole, backbone, [words])
        packed = {layer.name for layer in packed_layers(whole)}
        assert {each.name for each in pairs} <= packed
        check_rounded(backbone, run.model, packed)
        return
    for layer in backbone.whole.layers:
        mine = run.model.get_layer(layer.name)
        plain = [each for each in mine.weights if not each.name.startswith("lora_")]
        for before, after in zip(layer.weights, plain, strict=True):
            same = np.array_equal(np.asarray(before), np.asarray(after))
            assert same == (mine not in pairs or after.name != "kernel"), after.path


def check_rounded(backbone, model, packed):
    """Check that a model holds the weights of a packed backbone, but for what pairs have added."""
    for layer in backbone.whole.layers:
        mine = model.get_layer(layer.name)
        plain = [each for each in mine.weights if not each.name.startswith("lora_")]
        theirs = [each for each in layer.weights if each.name[-6:] not in ("_codes", "scales")]
        if layer.name not in packed:
            assert len(plain) == len(theirs)
            for before, after in zip(theirs, plain, strict=True):
                assert np.array_equal(np.asarray(before), np.asarray(after)), after.path
        elif isinstance(layer, keras.layers.Embedding):
            np.testing.assert_array_equal(
                keras.ops.convert_to_numpy(layer._embeddings), np.asarray(plain[0])
            )
        else:
            before = keras.ops.convert_to_numpy(layer._kernel)
            assert mine.lora_enabled
            assert np.abs(before - keras.ops.convert_to_numpy(mine._kernel)).max() > 0


def test_what_is_saved_is_merged_and_says_the_same(run):
    loaded = load_run(run.folder)
    assert not adapted(loaded.model)
    one, other = answers(run, run.model), answers(run, loaded.model)
    assert np.abs(one - other).max() <= 1e-5
    rows = (run.folder / "validation.csv").read_text().splitlines()[1:]
    unmerged = [float(row.rpartition(",")[2]) for row in rows]
    np.testing.assert_allclose(other.max(axis=1), unmerged, atol=1e-5)


def test_the_adapter_brings_it_all_back(run):
    ready = plan(run.recipe)
    path = run.folder / "model" / "adapter.safetensors"
    load(ready.model, path)
    with safe_open(path, "numpy") as file:
        for layer in adapted(ready.model):
            assert file.get_tensor(f"{layer.name}/lora_kernel_b").any()
    assert np.abs(answers(run, ready.model) - answers(run, run.model)).max() <= 1e-5
    assert path.stat().st_size < (run.folder / "model" / "model.safetensors").stat().st_size


def test_an_adapter_of_another_network_is_refused(tiny, photos, tmp_path):
    run = finetune(recipe(tiny, photos, phases=PHASES), tmp_path / "run")
    other = plan(recipe(tiny, photos, phases=PHASES, backbone=tiny("vit")))
    with pytest.raises(BadInput, match=r"adapts .*, which .* does not have"):
        load(other.model, run.folder / "model" / "adapter.safetensors")


def test_the_count_is_that_of_what_learns(tiny):
    backbone = load_backbone(tiny("vit"))
    model = Classify().attach(backbone, 3)
    width = backbone.pooled.shape[-1]
    counted = thaw(model, backbone, "lora 4") - (width + 1) * 3
    kernels = [w for layer in backbone.whole.layers for w in layer.weights if w.name == "kernel"]
    assert counted == sum(4 * (np.prod(k.shape[:-1]) + k.shape[-1]) for k in kernels)


@pytest.mark.parametrize("kind", ["resnet", "vit", "bert", "bert int8"])
def test_a_phase_of_lora_is_resumed_and_reproduced_to_the_bit(make, kind, tmp_path, monkeypatch):
    monkeypatch.setattr(state, "SHARE", 0)
    made = make(kind)
    finetune(made, tmp_path / "whole")
    for epochs in (1, 2):
        folder = tmp_path / str(epochs)
        with pytest.raises(KeyboardInterrupt):
            finetune(made, folder, listener=Killer(epochs))
        resume(folder)
        assert results(folder) == results(tmp_path / "whole")
    assert reproduce(tmp_path / "whole").identical


@pytest.mark.parametrize(
    ("words", "most"), [("lora 8 int8", 0.4), ("lora 8 int4", 0.25), ("lora 8", 1.1)]
)
def test_weights_of_a_kept_minilm_take_little_room(words, most):
    backbone = load_backbone("all-minilm-l6-v2", pretrained=False)
    model = Classify().attach(backbone, 20)
    before = room(model.variables)
    keep_short(model, backbone, [words])
    thaw(model, backbone, words)
    put_pairs(model, backbone, words)
    mine = optimizer(Phase(words), model.trainable_variables, steps=9, backbone=backbone)
    part = room([*model.variables, *mine.variables]) / before
    assert most / 2 < part <= most


def room(variables) -> int:
    return sum(keras.ops.convert_to_numpy(each).nbytes for each in variables)


def test_the_run_says_what_is_kept_and_how(tiny, photos, tmp_path):
    lines = []
    listener = Silence()
    listener.say = lines.append  # type: ignore[method-assign]
    phases = (dataclasses.replace(PHASES[1], train="lora 4 int8 layer3|layer4", epochs=1),)
    run = finetune(recipe(tiny, photos, phases=phases), tmp_path / "run", listener=listener)
    (kept,) = (line for line in lines if "int8," in line)
    assert "kernels and 0 tables are kept in int8" in kept
    assert "the rest in float32" in kept
    assert any("lora 4 int8 layer3|layer4 learns" in line for line in lines)
    assert {each.name[:6] for each in adapted(run.model)} == {"layer3", "layer4"}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("lora 4", "lora 8"), "'lora 4' and 'lora 8' share their pairs"),
        (("lora 4", "head", "lora 4 int8"), "'lora 4' and 'lora 4 int8' share their pairs"),
        (("lora 4 int8", "lora 4 int4 query"), "share their pairs"),
        (("head", "all", "lora 4 int8"), "'all' trains kernels, and 'lora 4 int8' keeps them in"),
        (("lora 4 int4", "last 2"), "'last 2' trains kernels"),
        (("lora 4 (query",), r"'\(query' in 'lora 4 \(query' is no pattern"),
    ],
)
def test_phases_that_contradict_each_other_are_refused(words, said):
    with pytest.raises(BadRecipe, match=said):
        Recipe("b", ImageFolder("p"), phases=tuple(map(Phase, words)))


def test_phases_of_one_rank_and_type_may_differ_in_targets_and_stand_beside_others():
    words = ("head", "lora 4 int8 query", "norm", "lora 4 int8", "bias")
    Recipe("b", ImageFolder("p"), phases=tuple(map(Phase, words)))
    Recipe("b", ImageFolder("p"), phases=tuple(map(Phase, ("all", "lora 4", "last 1"))))


def test_pairs_stand_beside_the_kernels_that_a_pattern_names(tiny):
    backbone = load_backbone(tiny("bert"))
    model = Classify().attach(backbone, 3)
    everywhere = thaw(model, backbone, "lora 4")
    counted = thaw(model, backbone, "lora 4 query|value$")
    put_pairs(model, backbone, "lora 4 query|value$")
    names = {each.name for each in adapted(model)}
    assert names == {
        f"encoder-layer-{i}-attention-self-{part}" for i in (0, 1) for part in ("query", "value")
    }
    assert counted == 4 * 4 * (32 + 32) + 33 * 3 < everywhere
    assert {each.name for each in model.trainable_weights} == {
        *("lora_kernel_a", "lora_kernel_b", "kernel", "bias")
    }


@pytest.mark.parametrize(
    ("words", "hint"),
    [("lora 4 quary", "did you mean query"), ("lora 4 int7", "pooler-dense|pattern of names")],
)
def test_a_pattern_that_names_no_layer_is_refused_with_near_ones(tiny, words, hint):
    backbone = load_backbone(tiny("bert"))
    with pytest.raises(UnknownName, match="no layer for LoRA named") as raised:
        thaw(Classify().attach(backbone, 3), backbone, words)
    assert any(part in raised.value.hint for part in hint.split("|"))
