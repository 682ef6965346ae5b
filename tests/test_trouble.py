"""Losses that are not finite, and memory that runs out."""

import dataclasses
import json

import keras
import numpy as np
import pytest
from test_finetune import recipe, weights

from zooflow import Classify, Phase, finetune, resume
from zooflow.errors import BadRecipe, TrainingStopped
from zooflow.train import Silence

pytestmark = pytest.mark.heart
WILD = (Phase("head", epochs=1, lr=1e-2), Phase("all", epochs=3, lr=1e30, clip=0.0))


def test_a_loss_that_is_not_finite_is_written_down_and_comes_again(tiny, photos, tmp_path):
    folder = tmp_path / "run"
    with pytest.raises(
        TrainingStopped, match=r"the loss is (nan|inf) in step \d+ of epoch 1"
    ) as told:
        finetune(recipe(tiny, photos, phases=WILD), folder)
    assert f"zooflow resume {folder}" in told.value.hint
    said = json.loads((folder / "trouble" / "step.json").read_text())
    (step,) = said["steps"]
    with np.load(folder / "trouble" / f"step-{step}.npz") as arrays:
        inputs, truth, counts = (arrays[name] for name in arrays.files)
    assert inputs.shape[1:] == (32, 32, 3)
    assert len(truth) == len(counts) == len(inputs) == len(said["examples"])
    assert all(origin.endswith(".png") for origin in said["examples"])
    assert said["inputs are finite"]
    labels = sorted({origin.split("/")[-2] for origin in said["examples"]})
    assert set(np.array(["blue", "green", "red"])[truth.argmax(axis=1)]) == set(labels)
    with pytest.raises(TrainingStopped) as again:
        resume(folder)
    assert str(again.value) == str(told.value)


class Told(Silence):
    def __init__(self):
        self.lines = []

    def say(self, line):
        self.lines.append(line)


@pytest.fixture
def small_memory(monkeypatch):
    """Let memory run out where more than three examples are learned at a time by all layers."""
    fit, sizes = keras.Model.fit, []

    def limited(self, train, **settings):
        sizes.append(batch := getattr(train, "py_dataset", train).batch)
        if batch > 3 and len(self.layers) > 10:
            raise MemoryError("spent")
        return fit(self, train, **settings)

    monkeypatch.setattr(keras.Model, "fit", limited)
    return sizes


def test_memory_that_runs_out_halves_what_is_learned_at_once(tiny, photos, tmp_path, small_memory):
    phases = (Phase("head", epochs=2, lr=1e-2), Phase("all", epochs=2, lr=1e-3))
    told = Told()
    run = finetune(recipe(tiny, photos, phases=phases), tmp_path / "run", listener=told)
    assert small_memory == [8, 8, 4, 2]
    assert [phase.split for phase in run.recipe.phases] == [1, 4]
    assert [line for line in told.lines if "2 examples are learned at a time" in line]
    rows = (run.folder / "metrics.jsonl").read_text().splitlines()
    assert len(rows) == 4


def test_smaller_parts_of_a_batch_teach_what_it_does(tiny, photos, tmp_path):
    phase = Phase("last 1", epochs=2, lr=1e-2, optimizer="sgd")
    made = recipe(tiny, photos, backbone=tiny("vit"), batch=6, task=Classify(dropout=0.0))
    runs = [
        finetune(dataclasses.replace(made, phases=(each,)), tmp_path / f"{each.split}")
        for each in (phase, dataclasses.replace(phase, split=2))
    ]
    one, two = (weights(run.folder) for run in runs)
    for name in one:
        np.testing.assert_allclose(one[name], two[name], atol=1e-5)


def test_a_batch_cannot_be_split_into_nothing():
    with pytest.raises(BadRecipe, match="split is 0"):
        Phase("all", split=0)
