"""Learning once more from all examples: for as long as was best, and exact like the rest."""

import dataclasses

import pytest
from test_bridge import SMALL, sequential
from test_finetune import recipe, weights
from test_resume import RESULTS

from zooflow import ImageFolder, Phase, Recipe, finetune, from_keras, resume
from zooflow.errors import BadRecipe
from zooflow.train import Silence, state
from zooflow.train.plan import plan
from zooflow.train.records import rows
from zooflow.train.refit import chosen

PHASES = (Phase("head", epochs=2, lr=1e-2), Phase("layer4", epochs=3, lr=1e-3))


class Counter(Silence):
    """Counts how often learning is told, and ends it as a kill does after so many times."""

    def __init__(self, most=None):
        self.most, self.told, self.before = most, 0, 0

    def say(self, line):
        if "once more" in line:
            self.before = self.told

    def step(self, doing, done, total):
        self.told += doing == "learning"
        if self.told == self.most:
            raise KeyboardInterrupt


def row(phase, epoch, accuracy, loss):
    return {"phase": phase, "epoch": epoch, "val_accuracy": accuracy, "val_loss": loss}


def test_no_phase_follows_the_very_best_and_a_regression_keeps_its_strength():
    solved = dataclasses.replace(PHASES[0], optimizer="lbfgs", epochs=4)
    recorded = [row(1, 1, 0.5, 1.0), row(1, 2, 0.5, 0.9), row(2, 1, 0.7, 0.8), row(2, 2, 0.6, 0.1)]
    for phases, epochs in ((PHASES, [2, 3]), ((solved, PHASES[1]), [2, 3])):
        kept = chosen(phases, recorded)
        assert [each.epochs for each in kept] == epochs
        assert [each.lr for each in kept] == [each.lr for each in phases]
    worse = [*recorded[:2], row(2, 1, 0.4, 0.2)]
    assert [each.train for each in chosen(PHASES, worse)] == ["head"]


@pytest.mark.heart
def test_all_examples_are_learned_from_and_validation_stays_what_it_was(tiny, photos, tmp_path):
    made = recipe(tiny, photos, phases=PHASES, batch=4)
    plain = finetune(made, tmp_path / "plain")
    more = finetune(dataclasses.replace(made, refit=True), tmp_path / "more")
    split = made.open()
    learned, held = len(split.train.targets), len(split.validation.targets)
    counts = [rows(folder, "losses")[0][-1][0] for folder in (more.folder, more.folder / "refit")]
    assert counts == [-(-learned // 4), -(-(learned + held) // 4)]
    for name in ("metrics.jsonl", "validation.csv", "examples.csv"):
        assert (more.folder / name).read_bytes() == (plain.folder / name).read_bytes()
    one, two = weights(plain.folder), weights(more.folder)
    assert any((one[name] != two[name]).any() for name in one)


@pytest.mark.heart
def test_a_run_stopped_while_it_learns_once_more_goes_on_there(tiny, photos, tmp_path, monkeypatch):
    monkeypatch.setattr(state, "SHARE", 0)
    made = recipe(tiny, photos, phases=PHASES, batch=4, refit=True)
    counter = Counter()
    whole = finetune(made, tmp_path / "whole", listener=counter).folder
    for told in (counter.before + 1, counter.told):
        folder = tmp_path / str(told)
        with pytest.raises(KeyboardInterrupt):
            finetune(made, folder, listener=Counter(told))
        assert (folder / "refit").exists()
        resume(folder)
        for name in (*RESULTS, "refit/metrics.jsonl", "refit/losses.jsonl"):
            assert (folder / name).read_bytes() == (whole / name).read_bytes()
        assert not (folder / "refit" / "state").exists()


def test_auto_learns_once_more_where_examples_are_few_and_none_were_given(tiny, photos, tmp_path):
    made = recipe(tiny, photos, phases=())
    assert plan(made).recipe.refit
    assert not plan(dataclasses.replace(made, strategy="full")).recipe.refit
    assert not plan(dataclasses.replace(made, refit=False)).recipe.refit
    given = dataclasses.replace(plan(made).split, held_out=False)
    assert not plan(made, given).recipe.refit


def test_a_model_of_the_users_own_is_not_trained_anew(photos):
    backbone = from_keras(sequential(), input=SMALL, name="mine")
    made = Recipe("mine", ImageFolder(photos), phases=PHASES[:1], refit=True)
    with pytest.raises(BadRecipe, match="refit begins anew"):
        plan(made, backbone=backbone)
