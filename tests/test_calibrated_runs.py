"""A run that has learned too much by heart is calibrated, in its weights, and always alike."""

import dataclasses
import json

import numpy as np
import pytest
from test_resume import Killer

from zooflow import Classify, Phase, Recipe, Table, finetune, load_run, reproduce, resume
from zooflow.checkpoints import open_checkpoint
from zooflow.judging import Calibration
from zooflow.train import Silence, state, temperature

pytestmark = pytest.mark.heart
WORDS = ("parcel", "late", "refund", "invoice", "cancel", "order", "lamp", "login")


class Told(Silence):
    def __init__(self):
        self.lines = []

    def say(self, line):
        self.lines.append(line)


def write_texts(path, seed, count):
    """Write texts of which three in ten bear the wrong label."""
    random = np.random.default_rng(seed)
    rows = ["text,label"]
    for _ in range(count):
        words = random.choice(WORDS, 6)
        money = ("refund" in words) + ("invoice" in words) > 0
        rows.append(
            f"{' '.join(words)},{('parcel', 'money')[int(money != (random.uniform() < 0.3))]}"
        )
    path.write_text("\n".join(rows) + "\n")
    return str(path)


@pytest.fixture
def overfitting(tiny, tmp_path):
    """A recipe whose head is fitted to a few mislabelled texts until it is sure of each."""
    table = Table(write_texts(tmp_path / "train.csv", 0, 300), text="text", validation=0.6)
    phases = (Phase("head", epochs=12, lr=1.0),)
    return Recipe(tiny("bert"), table, phases=phases, batch=16, task=Classify(dropout=0.0))


def head(run):
    with open_checkpoint(run.folder / "model" / "model.safetensors") as checkpoint:
        return {name: np.array(checkpoint[name]) for name in checkpoint if "classifier" in name}


def test_an_overfitted_run_is_calibrated_and_answers_the_same(overfitting, tmp_path, monkeypatch):
    told = Told()
    run = finetune(overfitting, tmp_path / "run", listener=told)
    found = json.loads((run.folder / "calibration.json").read_text())
    before, after = found["calibration_error"]
    assert found["examples"] == 180
    assert found["temperature"] > 1.2
    assert after <= before / 2
    assert told.lines[-2] == (
        f"temperature {found['temperature']:.4g}: calibration error {before:.3f} -> {after:.3f} "
        "on validation"
    )
    untouched = Calibration(1.0, 180, (0.0, 0.0), (0.0, 0.0), "as a test wants")
    monkeypatch.setattr(temperature, "calibrate", lambda *_: untouched)
    plain = finetune(overfitting, tmp_path / "plain")
    for name, weights in head(plain).items():
        np.testing.assert_allclose(head(run)[name] * found["temperature"], weights, rtol=1e-6)
    new = Table(write_texts(tmp_path / "new.csv", 1, 400), text="text")
    ours, theirs = (load_run(each.folder).evaluate(new) for each in (run, plain))
    assert ours.accuracy == theirs.accuracy
    assert ours.calibration_error < theirs.calibration_error / 2
    assert ours.log_loss < theirs.log_loss


def test_a_calibrated_run_is_made_again_and_resumed_to_the_bit(overfitting, tmp_path, monkeypatch):
    monkeypatch.setattr(state, "SHARE", 0)
    finetune(overfitting, tmp_path / "whole")
    assert not json.loads((tmp_path / "whole" / "calibration.json").read_text())["reason"]
    assert reproduce(tmp_path / "whole").identical
    with pytest.raises(KeyboardInterrupt):
        finetune(overfitting, tmp_path / "run", listener=Killer(3))
    resume(tmp_path / "run")
    for name in ("model/model.safetensors", "calibration.json", "validation.csv"):
        assert (tmp_path / "run" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()


def test_a_run_with_few_validation_examples_says_that_it_is_not_calibrated(text_recipe, tmp_path):
    told = Told()
    made = dataclasses.replace(text_recipe, phases=text_recipe.phases[:1])
    run = finetune(made, tmp_path / "run", listener=told)
    assert told.lines[-2] == "not calibrated: 8 validation examples are too few, 20 are needed"
    assert json.loads((run.folder / "calibration.json").read_text())["temperature"] == 1
