"""Averages of weights, and the head in closed form."""

import dataclasses

import keras
import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from test_finetune import recipe, weights

from zooflow import Classify, Phase, finetune
from zooflow.errors import BadRecipe
from zooflow.train.best import Best
from zooflow.train.closed_form import solve
from zooflow.train.moving import Moving
from zooflow.train.optimizer import optimizer

pytestmark = pytest.mark.heart


def net(seed=0):
    keras.utils.set_random_seed(seed)
    return keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, name="head")])


@pytest.mark.parametrize("accumulate", [1, 2])
def test_the_moving_average_is_the_one_of_its_definition(accumulate):
    model, draw = net(), np.random.default_rng(0)
    x, y = draw.normal(size=(48, 4)).astype("float32"), np.eye(3)[draw.integers(3, size=48)]
    phase = Phase("head", lr=0.1, ema=0.8, schedule="constant", accumulate=accumulate)
    model.compile(optimizer(phase, model.trainable_variables, steps=12), Classify().loss())
    seen, mean = [], None
    for step in range(12):
        model.train_on_batch(x[4 * step : 4 * step + 4], y[4 * step : 4 * step + 4])
        if step % accumulate == accumulate - 1:
            seen.append(np.array(model.layers[0].kernel))
    for each in seen:
        mean = each if mean is None else 0.8 * mean + 0.2 * each
    if accumulate > 1:  # the first batches, before the weights moved, are in Keras's average
        return
    moving = Moving(model)
    moving.put()
    np.testing.assert_allclose(np.array(model.layers[0].kernel), mean, rtol=1e-5, atol=1e-7)
    moving.take_back()
    np.testing.assert_array_equal(np.array(model.layers[0].kernel), seen[-1])


def test_what_is_kept_is_what_was_validated(tiny, photos, tmp_path):
    phases = (Phase("layer4", epochs=3, lr=3e-3, ema=0.7),)
    run = finetune(recipe(tiny, photos, phases=phases), tmp_path / "run")
    without = (dataclasses.replace(phases[0], ema=0.0),)
    plain = finetune(recipe(tiny, photos, phases=without), tmp_path / "plain")
    one, two = weights(run.folder), weights(plain.folder)
    assert any((one[name] != two[name]).any() for name in one)
    rows = (run.folder / "metrics.jsonl").read_text().splitlines()
    best = max(float(row.split('"val_accuracy": ')[1].split(",")[0]) for row in rows)
    said = (run.folder / "validation.csv").read_text().splitlines()[1:]
    right = [line.split(",")[1] == line.split(",")[2] for line in said]
    assert np.mean(right) == pytest.approx(best)


def test_an_average_takes_only_what_does_not_harm():
    model = net()
    (layer,) = model.layers
    best = Best([layer], 3)
    points = {1: 1.0, 2: 3.0, 3: 90.0}
    for epoch, value in points.items():
        layer.kernel.assign(np.full((4, 3), value))
        best.offer({"val_accuracy": 1 - epoch / 10, "val_loss": 1.0}, epoch)

    def judge():
        value = float(np.array(layer.kernel)[0, 0])
        return {"val_accuracy": 0.95 if value == 2.0 else 0.1, "val_loss": 0.5}

    row, epochs = best.average(judge)
    assert epochs == [1, 2]
    assert row == {"val_accuracy": 0.95, "val_loss": 0.5}
    np.testing.assert_array_equal(np.array(layer.kernel), np.full((4, 3), 2.0))


def test_the_best_epochs_are_kept_in_order_and_no_more():
    (layer,) = net().layers
    best = Best([layer], 2)
    for epoch, accuracy in enumerate((0.5, 0.9, 0.7, 0.9), start=1):
        best.offer({"val_accuracy": accuracy, "val_loss": 1.0}, epoch)
    assert [each.epoch for each in best.kept] == [2, 4]


def test_a_soup_says_what_is_in_it_and_answers_so(tiny, photos, tmp_path):
    phases = (Phase("head", epochs=4, lr=1e-2), Phase("layer4", epochs=3, lr=1e-3))
    run = finetune(recipe(tiny, photos, phases=phases, soup=3), tmp_path / "run")
    assert "of the best 3 epochs: val accuracy" in (run.folder / "log.txt").read_text()


@pytest.mark.parametrize("labels", [2, 5])
def test_the_closed_form_is_logistic_regression_of_scikit_learn(labels):
    draw = np.random.default_rng(0)
    targets = draw.integers(labels, size=300)
    features = (3 + draw.normal(size=(300, 7)) + targets[:, None] * draw.normal(size=7)).astype(
        "float32"
    )
    kernel, bias = solve(features, np.eye(labels)[targets], np.ones(300), 0.1)
    logits = features @ kernel + bias
    ours = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    theirs = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=300))
    np.testing.assert_allclose(
        ours, theirs.fit(features, targets).predict_proba(features), atol=1e-4
    )


def test_the_closed_form_counts_what_is_partly_two_labels_for_each():
    draw = np.random.default_rng(0)
    features = draw.normal(size=(60, 3)).astype("float32")
    truth = draw.dirichlet(np.ones(3), size=60)
    kernel, bias = solve(features, truth, np.ones(60), 1e6)
    logits = features @ kernel + bias
    said = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(said.mean(axis=0), truth.mean(axis=0), atol=1e-3)


def test_a_head_in_closed_form_trains_a_run_and_then_all_of_it(tiny, photos, tmp_path):
    phases = (Phase("head", epochs=3, optimizer="lbfgs"), Phase("layer4", epochs=2, lr=1e-3))
    run = finetune(recipe(tiny, photos, phases=phases), tmp_path / "run")
    assert len((run.folder / "metrics.jsonl").read_text().splitlines()) == 5
    with pytest.raises(BadRecipe, match="head alone"):
        Phase("all", optimizer="lbfgs")
