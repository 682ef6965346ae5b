"""How good answers are: scikit-learn's metrics, each with a bootstrap interval."""

from dataclasses import dataclass

import numpy as np

from .bootstrap import Interval
from .calibration import calibration_error

TITLES = {  # of the scores, for people
    "accuracy": "accuracy",
    "top5": "top-5",
    "macro_f1": "macro F1",
    "weighted_f1": "weighted F1",
    "roc_auc": "ROC AUC",
    "average_precision": "average precision",
    "log_loss": "log loss",
    "brier": "Brier score",
    "calibration_error": "calibration error",
}


@dataclass(frozen=True)
class LabelScore:
    """How well one label is told; None where that has no meaning.

    Args:
        precision: part of those called so that are so, 0 to 1; None where none is called so.
        recall: part of those that are so that were called so, 0 to 1; None where none is so.
        f1: their harmonic mean; None where both are None.
        examples: how many there were.
        intervals: 95 % intervals, by the name of the score.
    """

    precision: float | None
    recall: float | None
    f1: float | None
    examples: int
    intervals: dict[str, Interval]


@dataclass(frozen=True)
class Scores:
    """How well a model answers.

    A mean of labels is that of the labels that the examples have: of one that none has, nothing
    can be said.

    Args:
        examples: how many it was asked.
        accuracy: part answered rightly, 0 to 1.
        top5: part where the truth is among the first five; None with five labels or fewer.
        macro_f1: mean of the labels' F1.
        weighted_f1: mean of the labels' F1, weighed by their examples.
        roc_auc: area under the receiver's curve, one label against the rest, the mean of the
            labels, 0 to 1; None where the examples have one label alone.
        average_precision: area under precision over recall, likewise.
        log_loss: mean of -log of the truth's probability, in nats.
        brier: mean of the squared distance from the truth, 0 to 2; of two labels 0 to 1.
        calibration_error: see `calibration_error`.
        labels: scores of each label.
        intervals: 95 % intervals, by the name of the score: of 1,000 resamples, or of as few as 100
            for roc_auc and average_precision, where the examples times the labels are many.
        notes: sentences worth saying of the examples.
    """

    examples: int
    accuracy: float
    top5: float | None
    macro_f1: float
    weighted_f1: float
    roc_auc: float | None
    average_precision: float | None
    log_loss: float
    brier: float
    calibration_error: float
    labels: dict[str, LabelScore]
    intervals: dict[str, Interval]
    notes: tuple[str, ...] = ()


def score(
    probabilities: np.ndarray,
    targets: np.ndarray,
    labels: tuple[str, ...],
    notes: tuple[str, ...] = (),
) -> Scores:
    """Score predictions.

    Args:
        probabilities: (examples, labels), rows summing to 1 but for rounding.
        targets: class indices, (examples,).
        labels: names of the classes.
        notes: sentences worth saying of the examples.
    """
    from sklearn import metrics  # a second, which predicting does without

    from .intervals import intervals

    given = probabilities.astype("float64")
    whole = given / given.sum(axis=1, keepdims=True)  # which would part ranks that are equal
    every, present = np.arange(len(labels)), np.unique(targets)
    called = given.argmax(axis=1)
    f1 = {
        mean: float(
            metrics.f1_score(targets, called, labels=present, average=mean, zero_division=0.0)
        )
        for mean in ("macro", "weighted")
    }
    several = len(present) > 1
    truth = targets[:, None] == present
    of_all, of_labels = intervals(given, targets, called)
    columns = metrics.precision_recall_fscore_support(
        targets, called, labels=every, zero_division=np.nan
    )
    each = {
        label: LabelScore(_known(p), _known(r), _known(f), int(n), within)
        for label, p, r, f, n, within in zip(labels, *columns, of_labels, strict=True)
    }
    return Scores(
        examples=len(targets),
        accuracy=float(metrics.accuracy_score(targets, called)),
        top5=float(metrics.top_k_accuracy_score(targets, given, k=5, labels=every))
        if len(labels) > 5
        else None,
        macro_f1=f1["macro"],
        weighted_f1=f1["weighted"],
        roc_auc=float(metrics.roc_auc_score(truth, given[:, present])) if several else None,
        average_precision=float(metrics.average_precision_score(truth, given[:, present]))
        if several
        else None,
        log_loss=float(metrics.log_loss(targets, whole, labels=every)),
        brier=float(metrics.brier_score_loss(targets, whole, labels=every)),
        calibration_error=calibration_error(given.max(axis=1), called == targets),
        labels=each,
        intervals=of_all,
        notes=notes,
    )


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
