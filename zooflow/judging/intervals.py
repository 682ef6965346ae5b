"""Intervals of all scores: most are sums over examples, so that a resample is one product."""

import numpy as np
from scipy import sparse

from .bootstrap import Interval, intervals_of, sums
from .calibration import BINS, bin_of
from .ranks import ranks


def intervals(
    given: np.ndarray, targets: np.ndarray, called: np.ndarray
) -> tuple[dict[str, Interval], list[dict[str, Interval]]]:
    """Give the 95 % intervals of scores, by their names, and those of each label.

    Args:
        given: probabilities, (examples, labels).
        targets: class indices, (examples,).
        called: labels that were answered, (examples,).
    """
    count, labels = given.shape
    rows = np.arange(count)
    right, top, own = called == targets, given.max(axis=1), given[rows, targets]
    means = {
        "accuracy": right,
        "log_loss": -np.log(np.maximum(own, np.finfo("float64").eps)),
        "brier": (np.sum(given**2, axis=1) - 2 * own + 1) / (2 if labels == 2 else 1),
    }
    if labels > 5:
        means["top5"] = np.sum(given > own[:, None], axis=1) < 5
    gaps = sparse.csr_array((top - right, (rows, bin_of(top))), shape=(count, BINS))
    hits, calls, truths = (
        sparse.csr_array((counts, (rows, index)), shape=(count, labels))
        for counts, index in ((right, called), (np.ones(count), called), (np.ones(count), targets))
    )
    parts = np.stack([*means.values()], axis=1), gaps, hits, calls, truths
    drawn = sums(sparse.hstack(parts, "csr", "float64"))
    mean, gaps, hits, calls, truths = np.split(
        drawn, np.cumsum([part.shape[1] for part in parts])[:-1], axis=1
    )
    with np.errstate(invalid="ignore"):
        of_labels = {
            "precision": hits / calls,
            "recall": hits / truths,
            "f1": 2 * hits / (calls + truths),
        }
    f1 = np.where(truths > 0, of_labels["f1"], 0)
    values = {name: mean[:, i] / count for i, name in enumerate(means)}
    values["calibration_error"] = np.abs(gaps).sum(axis=1) / count
    values["macro_f1"] = f1.sum(axis=1) / (truths > 0).sum(axis=1)
    values["weighted_f1"] = (f1 * truths).sum(axis=1) / count
    present = np.unique(targets)
    if len(present) > 1:
        values["roc_auc"], values["average_precision"] = ranks(
            targets[:, None] == present, given[:, present]
        )
    return intervals_of(values), [
        intervals_of({name: columns[:, i] for name, columns in of_labels.items()})
        for i in range(labels)
    ]
