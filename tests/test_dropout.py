"""Residuals left out: which, of which networks, and that nothing else changes."""

from pathlib import Path

import keras
import numpy as np
import pytest
from keras import ops
from test_finetune import recipe

from zooflow import Phase, finetune, load, load_run
from zooflow.dropout import residuals, with_dropout
from zooflow.errors import BadRecipe

pytestmark = pytest.mark.heart


def said(model, inputs, *, training):
    return ops.convert_to_numpy(model(inputs, training=training))


@pytest.mark.parametrize("rates", [{"depth": 0.9}, {"residual": 0.5}])
@pytest.mark.parametrize("family", ["vit", "bert"])
def test_a_network_at_rest_says_the_same_and_learning_leaves_residuals_out(tiny, family, rates):
    backbone = load(tiny(family))
    made = with_dropout(backbone, **rates)
    if family == "bert":
        ids = np.arange(1, 13, dtype="int32").reshape(2, 6)
        inputs = {name: np.ones_like(ids) for name in ("attention_mask", "token_type_ids")}
        inputs = {"input_ids": ids, **inputs}
    else:
        inputs = np.random.default_rng(0).integers(256, size=(8, 32, 32, 3)).astype("float32")
    one, two = (
        ops.convert_to_numpy(each.model(inputs, training=False)) for each in (backbone, made)
    )
    np.testing.assert_array_equal(one, two)
    one, two = (said(made.model, inputs, training=True) for _ in range(2))
    assert np.abs(one - two).max() > 1e-3
    assert made.blocks == backbone.blocks
    ours = {v.path: np.array(v) for v in made.whole.weights}
    for variable in backbone.whole.weights:
        np.testing.assert_array_equal(ours[variable.path], np.array(variable))


def test_rates_rise_evenly_and_the_shortcut_stays(tiny):
    made = with_dropout(load(tiny("vit")), depth=0.6)
    drops = [layer for layer in made.whole.layers if layer.name.endswith("-depth")]
    assert [layer.rate for layer in drops] == pytest.approx([0.1, 0.2, 0.3, 0.4, 0.5, 0.6])
    found = residuals(load(tiny("vit")).whole)
    assert len(found) == 6
    assert set(found.values()) == {0}


def test_residuals_are_all_or_nothing_for_an_example(tiny):
    keras.utils.set_random_seed(0)
    made = with_dropout(load(tiny("vit")), depth=0.5)
    drop = next(each for each in made.whole.layers[::-1] if each.name.endswith("1-depth"))
    said = np.array(drop(np.ones((64, 5, 32), "float32"), training=True)).reshape(64, -1)
    assert set(np.unique(said)) == {0.0, 2.0}
    assert (said.min(axis=1) == said.max(axis=1)).all()


def test_every_residual_loses_the_same_part_of_its_numbers(tiny):
    keras.utils.set_random_seed(0)
    made = with_dropout(load(tiny("vit")), residual=0.25)
    drops = [layer for layer in made.whole.layers if layer.name.endswith("-dropout")]
    assert [layer.rate for layer in drops] == [0.25] * 6
    said = np.array(drops[-1](np.ones((64, 5, 32), "float32"), training=True))
    assert set(np.unique(said)) == {0.0, np.float32(1 / 0.75)}
    assert np.mean(said == 0) == pytest.approx(0.25, abs=0.02)


def test_a_run_with_depth_answers_as_it_was_trained(tiny, photos, tmp_path):
    phases = (Phase("all", epochs=2, lr=1e-3),)
    made = recipe(
        tiny, photos, backbone=tiny("vit"), depth=0.3, residual_dropout=0.1, phases=phases
    )
    run = finetune(made, tmp_path / "run")
    paths = sorted(Path(photos).rglob("*.png"))[:5]
    np.testing.assert_array_equal(run.predict(paths), load_run(run.folder).predict(paths))


def test_a_network_without_identical_shortcuts_is_refused(tiny):
    with pytest.raises(BadRecipe, match="no residuals"):
        with_dropout(load(tiny("resnet")), depth=0.1)


def test_every_block_of_a_deep_network_is_found():
    backbone = load("resnet50.a1_in1k", pretrained=False)
    assert len(residuals(backbone.whole)) == 16 - 4  # but for those that change the width
