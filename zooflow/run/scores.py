"""How good predictions are, by scikit-learn's metrics."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class LabelScore:
    """How well one label is told.

    Args:
        precision: part of those called so that are so, 0 to 1.
        recall: part of those that are so that were called so, 0 to 1.
        f1: their harmonic mean.
        examples: how many there were.
    """

    precision: float
    recall: float
    f1: float
    examples: int


@dataclass(frozen=True)
class Scores:
    """How well a model answers.

    Args:
        examples: how many it was asked.
        accuracy: part answered rightly, 0 to 1.
        top5: part where the truth is among the first five; None with five labels or fewer.
        macro_f1: mean of the labels' F1.
        log_loss: mean of -log of the truth's probability, in nats.
        labels: scores of each label.
    """

    examples: int
    accuracy: float
    top5: float | None
    macro_f1: float
    log_loss: float
    labels: dict[str, LabelScore]


def score(probabilities: np.ndarray, targets: np.ndarray, labels: tuple[str, ...]) -> Scores:
    """Score predictions.

    Args:
        probabilities: (examples, labels), rows summing to 1.
        targets: class indices, (examples,).
        labels: names of the classes.
    """
    from sklearn import metrics

    every = np.arange(len(labels))
    called = probabilities.argmax(axis=1)
    columns = metrics.precision_recall_fscore_support(
        targets, called, labels=every, zero_division=0.0
    )
    each = {
        label: LabelScore(float(p), float(r), float(f), int(n))
        for label, p, r, f, n in zip(labels, *columns, strict=True)
    }
    top5 = (
        float(metrics.top_k_accuracy_score(targets, probabilities, k=5, labels=every))
        if len(labels) > 5
        else None
    )
    return Scores(
        examples=len(targets),
        accuracy=float(metrics.accuracy_score(targets, called)),
        top5=top5,
        macro_f1=float(
            metrics.f1_score(targets, called, labels=every, average="macro", zero_division=0.0)
        ),
        log_loss=float(metrics.log_loss(targets, probabilities, labels=every)),
        labels=each,
    )
