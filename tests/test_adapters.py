import dataclasses

import numpy as np
import pytest
from safetensors import safe_open
from test_finetune import recipe
from test_resume import Killer, results

from zooflow import Phase, finetune, load_run, reproduce, resume
from zooflow.adapters import adapted, load
from zooflow.errors import BadInput
from zooflow.freeze import thaw
from zooflow.tasks import Classify
from zooflow.train import plan, state
from zooflow.zoo import load as load_backbone

pytestmark = pytest.mark.heart
PHASES = (Phase("head", epochs=1, lr=1e-2), Phase("lora 4", epochs=3, lr=1e-2))


@pytest.fixture(params=["resnet", "vit", "bert"])
def kind(request):
    return request.param


@pytest.fixture
def made(tiny, photos, text_recipe, kind):
    base = text_recipe if kind == "bert" else recipe(tiny, photos, backbone=tiny(kind))
    return dataclasses.replace(base, phases=PHASES, cache="float32")


def answers(run, model):
    data = run.recipe.data.open(0).validation
    before = run.model
    object.__setattr__(run, "model", model)
    said = run.predict(data.inputs)
    object.__setattr__(run, "model", before)
    return said


def test_pairs_and_head_learn_and_nothing_else(made, kind, tmp_path):
    run = finetune(made, tmp_path / "run")
    pairs = adapted(run.model)
    assert len(pairs) > 4
    backbone = load_backbone(made.backbone)
    for layer in backbone.whole.layers:
        mine = run.model.get_layer(layer.name)
        plain = [each for each in mine.weights if not each.name.startswith("lora_")]
        for before, after in zip(layer.weights, plain, strict=True):
            same = np.array_equal(np.asarray(before), np.asarray(after))
            assert same == (mine not in pairs or after.name != "kernel"), after.path


def test_what_is_saved_is_merged_and_says_the_same(made, tmp_path):
    run = finetune(made, tmp_path / "run")
    loaded = load_run(run.folder)
    assert not adapted(loaded.model)
    one, other = answers(run, run.model), answers(run, loaded.model)
    assert np.abs(one - other).max() <= 1e-5
    rows = (run.folder / "validation.csv").read_text().splitlines()[1:]
    unmerged = [float(row.rpartition(",")[2]) for row in rows]
    np.testing.assert_allclose(other.max(axis=1), unmerged, atol=1e-5)


def test_the_adapter_brings_it_all_back(made, tmp_path):
    run = finetune(made, tmp_path / "run")
    ready = plan(made)
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


def test_a_phase_of_lora_is_resumed_and_reproduced_to_the_bit(made, tmp_path, monkeypatch):
    monkeypatch.setattr(state, "SHARE", 0)
    finetune(made, tmp_path / "whole")
    for epochs in (1, 2):
        folder = tmp_path / str(epochs)
        with pytest.raises(KeyboardInterrupt):
            finetune(made, folder, listener=Killer(epochs))
        resume(folder)
        assert results(folder) == results(tmp_path / "whole")
    assert reproduce(tmp_path / "whole").identical
