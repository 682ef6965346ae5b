"""Temperatures, thresholds and comparisons, apart from any model."""

import csv

import numpy as np
import pytest
from scipy.special import softmax
from scipy.stats import binomtest

from zooflow.errors import BadInput
from zooflow.judging import (
    abstain,
    calibrate,
    calibration_error,
    compare,
    find_threshold,
    read_validation,
    verdict,
)


def drawn(seed, examples=2000, labels=4):
    """Give logits, and targets drawn by the probabilities that they say."""
    random = np.random.default_rng(seed)
    logits = random.normal(scale=2.0, size=(examples, labels))
    each = softmax(logits, axis=1).cumsum(axis=1)
    return logits, np.argmax(each > random.uniform(size=(examples, 1)), axis=1)


@pytest.mark.parametrize("times", [0.4, 1.0, 3.0])
def test_the_temperature_is_found_by_which_logits_were_multiplied(times):
    logits, targets = drawn(0)
    found = calibrate((times * logits).astype("float32"), targets)
    assert found.temperature == pytest.approx(times, rel=0.1)
    if times != 1:
        assert found.calibration_error[1] < found.calibration_error[0] / 2
        assert found.log_loss[1] < found.log_loss[0]
        other, truth = drawn(1)
        errors = [
            calibration_error(said.max(axis=1), said.argmax(axis=1) == truth)
            for said in (softmax(times * other / t, axis=1) for t in (1, found.temperature))
        ]
        assert errors[1] < errors[0] / 2


def test_a_temperature_that_cannot_be_found_is_one():
    logits, targets = drawn(0)
    right = logits.argmax(axis=1) == targets
    four_wrong = np.r_[np.flatnonzero(right)[:99], np.flatnonzero(~right)[:4]]
    cooled = logits / calibrate(logits, targets).temperature
    for given, chosen, reason in (
        (logits, slice(0, 19), "19 validation examples are too few, 20 are needed"),
        (logits, right, "0 wrong answers to validation examples are too few, 5 are needed"),
        (logits, four_wrong, "4 wrong answers to validation examples are too few, 5 are needed"),
        (cooled, ..., "no temperature lowers the log loss of examples that it was not found by"),
    ):
        found = calibrate(given[chosen], targets[chosen])
        assert (found.temperature, found.reason) == (1.0, reason)
        assert found.log_loss[0] == found.log_loss[1]


def write_answers(folder, answers, origins=None):
    """Write what a run said: truth, answer and probability of each example."""
    folder.mkdir(exist_ok=True)
    origins = origins or [f"{i}.png" for i in range(len(answers))]
    with (folder / "validation.csv").open("w", newline="") as file:
        rows = [(o, t, c, f"{p:.6f}") for o, (t, c, p) in zip(origins, answers, strict=True)]
        csv.writer(file).writerows([("origin", "label", "prediction", "probability"), *rows])
    with (folder / "examples.csv").open("w", newline="") as file:
        rows = [
            ("validation", o, a[0], f"hash {i}")
            for i, (o, a) in enumerate(zip(origins, answers, strict=True))
        ]
        rows.append(("train", "other.png", "a", "hash of another"))
        csv.writer(file).writerows([("part", "origin", "label", "sha256"), *rows])
    return folder


ANSWERS = [
    ("a", "a", 0.9), ("a", "a", 0.8), ("b", "a", 0.7), ("b", "b", 0.7), ("a", "a", 0.6),
    ("a", "b", 0.5),
]  # fmt: skip


@pytest.mark.parametrize(
    ("target", "probability", "counted"),
    [(0.99, 0.8, 2), (0.81, 0.8, 2), (0.8, 0.6, 5), (0.7, 0.6, 5), (0.6, 0.5, 6)],
)
def test_the_threshold_is_the_lowest_that_is_precise_enough(tmp_path, target, probability, counted):
    found = find_threshold(write_answers(tmp_path / "run", ANSWERS), target)
    assert (found.probability, found.counted, found.examples) == (probability, counted, 6)
    assert found.precision >= target
    assert f"of {counted} validation answers (of 6) are right" in str(found)


def test_a_precision_out_of_reach_is_refused_with_the_best(tmp_path):
    run = write_answers(tmp_path / "run", [("b", "a", 0.9), ("a", "a", 0.8), ("a", "a", 0.7)])
    with pytest.raises(BadInput, match=r"the best is 0\.6667, on 3 of them"):
        find_threshold(run, 0.9)


def test_answers_below_the_threshold_do_not_count(tmp_path):
    threshold = find_threshold(write_answers(tmp_path / "run", ANSWERS), 0.95)
    top = np.array([0.8, 0.7999996, 0.7999, 0.99])
    said = np.stack([top, 1 - top], axis=1).astype("float32")
    assert threshold.sure(said).tolist() == [True, True, False, True]
    kept = abstain(said, np.array([0, 1, 0, 0]), threshold)
    assert (kept.coverage, kept.precision) == (0.75, pytest.approx(2 / 3))
    assert kept.intervals["coverage"][0] < 0.75 < kept.intervals["coverage"][1]
    assert abstain(said[2:3], np.array([0]), threshold).precision is None


def test_answers_are_read_or_said_to_be_missing(tmp_path):
    said = read_validation(write_answers(tmp_path / "run", ANSWERS))
    assert said.right.tolist() == [True, True, False, True, True, False]
    assert said.hashes[1] == "hash 1"
    (tmp_path / "run" / "examples.csv").write_text("part,origin\nvalidation,0.png\n")
    with pytest.raises(BadInput, match=r"is damaged: validation.csv and examples.csv do not fit"):
        read_validation(tmp_path / "run")
    (tmp_path / "run" / "validation.csv").unlink()
    with pytest.raises(BadInput, match=r"validation.csv does not exist"):
        read_validation(tmp_path / "run")


def answers(seed, *accuracies, examples=1000):
    """Give whether models are right that find the same examples hard."""
    hard = np.random.default_rng(seed).uniform(size=examples)
    noise = np.random.default_rng(seed + 1).normal(scale=0.05, size=(len(accuracies), examples))
    return np.array([hard + each < a for each, a in zip(noise, accuracies, strict=True)])


def test_two_models_are_told_apart_by_the_examples_on_which_they_differ():
    right = answers(0, 0.80, 0.86)
    best, other = compare(("a", "b"), right)
    assert (best.name, best.behind, other.name) == ("b", None, "a")
    won, lost = np.sum(right[1] & ~right[0]), np.sum(right[0] & ~right[1])
    assert other.behind.p == pytest.approx(binomtest(won, won + lost).pvalue)
    assert other.behind.difference == pytest.approx(right[1].mean() - right[0].mean())
    low, high = other.behind.interval
    # Closer than if each had been judged on examples of its own.
    spread = np.sqrt(sum(r.mean() * (1 - r.mean()) for r in right) / 1000)
    assert 0 < low < other.behind.difference < high
    assert high - low < 2 * 1.96 * spread * 0.8
    assert verdict((best, other)).startswith("b is better: +")


def test_models_that_cannot_be_told_apart_are_said_to_be_so():
    right = answers(0, 0.80, 0.805, 0.70)
    told = verdict(compare(("a", "b", "c"), right))
    assert told.startswith("b is better than c, and cannot be told from a: +")
    other = right[0].copy()
    other[:13] = ~other[:13]
    told = verdict(compare(("a", "b"), np.stack([right[0], other])))
    assert told.startswith("no difference can be told: a is +")
    same = compare(("a", "b"), right[[0, 0]])
    assert [each.name for each in same] == ["a", "b"]
    assert same[1].behind.p == 1
    far = verdict(compare(("a", "b", "c"), answers(0, 0.9, 0.8, 0.7)))
    assert far.startswith("a is better than all others: +")


def test_a_model_held_against_many_must_win_by_more():
    right = answers(3, 0.80, 0.83, 0.70, 0.70)
    two = {each.name: each.behind for each in compare(("a", "b"), right[:2])}
    four = {each.name: each.behind for each in compare(("a", "b", "c", "d"), right)}
    assert four["a"].p == pytest.approx(min(1, 3 * two["a"].p))
