"""Scores are scikit-learn's, and their intervals those of examples drawn again."""

import time

import numpy as np
import pytest
from sklearn import metrics
from sklearn.calibration import calibration_curve

from zooflow.judging import reliability, score
from zooflow.judging.bootstrap import draw, sums
from zooflow.judging.ranks import ranks

PROBLEMS = [
    (seed, labels, missing)
    for seed, (labels, missing) in enumerate(
        [(2, 0), (3, 0), (3, 1), (6, 2), (100, 0), (100, 30), (2, 1)] * 3
    )
][:20]


def problem(seed, labels, missing=0, examples=None):
    """Give probabilities, some of them equal, and targets; some labels have no example."""
    random = np.random.default_rng(seed)
    examples = examples or int(random.integers(60, 400))
    targets = random.integers(labels - missing, size=examples)
    logits = random.normal(size=(examples, labels)).round(1)
    logits[np.arange(examples), targets] += random.uniform(0, 3)
    powers = np.exp(logits)
    names = tuple(f"label {i}" for i in range(labels))
    return powers / powers.sum(axis=1, keepdims=True), targets, names


@pytest.mark.parametrize(("seed", "labels", "missing"), PROBLEMS)
def test_scores_are_those_of_scikit_learn(seed, labels, missing):
    given, targets, names = problem(seed, labels, missing)
    found = score(given, targets, names)
    called, every, present = given.argmax(axis=1), np.arange(labels), np.unique(targets)
    expected = {
        "accuracy": metrics.accuracy_score(targets, called),
        "log_loss": metrics.log_loss(targets, given, labels=every),
        "brier": metrics.brier_score_loss(targets, given, labels=every),
    }
    f1 = metrics.f1_score(targets, called, labels=every, average=None, zero_division=0.0)
    expected["macro_f1"] = f1[present].mean()
    expected["weighted_f1"] = np.average(f1, weights=np.bincount(targets, minlength=labels))
    if labels > 5:
        expected["top5"] = metrics.top_k_accuracy_score(targets, given, k=5, labels=every)
    if len(present) > 1:
        columns = [(targets == label, given[:, label]) for label in present]
        expected["roc_auc"] = np.mean([metrics.roc_auc_score(*each) for each in columns])
        expected["average_precision"] = np.mean(
            [metrics.average_precision_score(*each) for each in columns]
        )
    if len(present) == labels == 2:
        assert found.roc_auc == pytest.approx(metrics.roc_auc_score(targets, given[:, 1]), abs=1e-9)
    elif len(present) == labels:
        ovr = metrics.roc_auc_score(targets, given, multi_class="ovr", average="macro")
        assert found.roc_auc == pytest.approx(ovr, abs=1e-9)
    for name, value in expected.items():
        assert getattr(found, name) == pytest.approx(value, abs=1e-9), name
        low, high = found.intervals[name]
        assert low <= high
    undefined = {"top5": labels <= 5, "roc_auc": len(present) == 1}
    assert all((getattr(found, name) is None) == none for name, none in undefined.items())
    for label, name in enumerate(names):
        each, here = found.labels[name], targets == label
        assert each.examples == here.sum()
        assert each.f1 == pytest.approx(
            f1[label] if here.any() or (called == label).any() else None
        )
        assert each.recall == (
            pytest.approx(np.mean(called[here] == label)) if here.any() else None
        )


@pytest.mark.parametrize("labels", [2, 3, 100])
def test_reliability_is_that_of_scikit_learn(labels):
    given, targets, names = problem(5, labels, examples=500)
    top, right = given.max(axis=1), given.argmax(axis=1) == targets
    bins = reliability(top, right)
    accuracy, confidence = calibration_curve(right, top, n_bins=15)
    np.testing.assert_allclose([each.accuracy for each in bins], accuracy, atol=1e-12)
    np.testing.assert_allclose([each.confidence for each in bins], confidence, atol=1e-12)
    assert all(each.low < each.confidence <= each.high for each in bins)
    error = np.average(np.abs(accuracy - confidence), weights=[each.examples for each in bins])
    assert score(given, targets, names).calibration_error == pytest.approx(error, abs=1e-12)


def test_intervals_are_those_of_scores_of_the_resamples():
    given, targets, names = problem(3, 6, missing=1, examples=80)
    counts = np.concatenate([*draw(80)], axis=1).astype(int)
    again = [np.repeat(np.arange(80), each) for each in counts.T[:300]]
    drawn = {
        "accuracy": [np.mean(given[i].argmax(axis=1) == targets[i]) for i in again],
        "calibration_error": [],
        "macro_f1": [],
        "brier": [],
        "log_loss": [],
    }
    for i in again:
        called, every = given[i].argmax(axis=1), np.arange(6)
        f1 = {"labels": np.unique(targets[i]), "average": "macro", "zero_division": 0.0}
        drawn["macro_f1"].append(metrics.f1_score(targets[i], called, **f1))
        drawn["brier"].append(metrics.brier_score_loss(targets[i], given[i], labels=every))
        drawn["log_loss"].append(metrics.log_loss(targets[i], given[i], labels=every))
        bins = reliability(given[i].max(axis=1), called == targets[i])
        gaps = [each.examples * abs(each.accuracy - each.confidence) for each in bins]
        drawn["calibration_error"].append(sum(gaps) / 80)
    found = score(given, targets, names).intervals
    for name, values in drawn.items():  # of 300 resamples, that of 1,000 is within their noise
        spread = np.std(values)
        np.testing.assert_allclose(
            found[name], np.percentile(values, (2.5, 97.5)), atol=0.6 * spread
        )


def test_sums_count_each_example_as_often_as_it_was_drawn():
    columns = np.random.default_rng(0).normal(size=(30, 2))
    counts = np.concatenate([*draw(30)], axis=1)
    assert counts.shape == (30, 1000)
    assert (counts.sum(axis=0) == 30).all()
    np.testing.assert_allclose(sums(columns), counts.T @ columns)


def test_ranks_of_resamples_are_those_of_scikit_learn():
    given, targets, _ = problem(2, 3, examples=60)
    truth = targets[:, None] == np.arange(3)
    areas, precisions = ranks(truth, given)
    counts = np.concatenate([*draw(60)], axis=1)
    for i in range(0, 1000, 50):
        weights = {"sample_weight": counts[:, i]}
        for ours, theirs in (
            (areas[i], metrics.roc_auc_score(truth, given, **weights)),
            (precisions[i], metrics.average_precision_score(truth, given, **weights)),
        ):
            assert ours == pytest.approx(theirs, abs=1e-9)


def test_many_examples_of_many_labels_are_scored_in_seconds():
    given, targets, names = problem(0, 100, examples=10_000)
    began = time.process_time()
    found = score(given.astype("float32"), targets, names)
    assert time.process_time() - began < 15
    assert set(found.intervals) == {
        *("accuracy", "top5", "macro_f1", "weighted_f1", "roc_auc", "average_precision"),
        *("log_loss", "brier", "calibration_error"),
    }
    for name, (low, high) in found.intervals.items():
        # Examples that come twice raise these two in resamples, as the docstring says.
        if name not in ("calibration_error", "average_precision"):
            assert low <= getattr(found, name) <= high
