"""How well probabilities rank examples, in many resamples of them at once."""

import numpy as np

from .bootstrap import RESAMPLES, draw

WORK = 2 * 10**8  # most examples times labels times resamples
FEWEST = 100  # resamples, however many examples and labels there are


def rank_resamples(examples: int, labels: int) -> int:
    """Say how many resamples ranks are counted for, each of which reads all scores in order."""
    return min(RESAMPLES, max(FEWEST, WORK // (examples * labels)))


def ranks(truth: np.ndarray, probabilities: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Find how well labels rank the examples of each resample, one label against the rest.

    Args:
        truth: whether an example has a label, bool (examples, labels).
        probabilities: (examples, labels).

    Returns:
        Area under the receiver's curve and average precision, the mean of the labels that a
        resample has, each (resamples,); NaN where it has one label alone.
    """
    found = []
    for counts in draw(len(truth), rank_resamples(*truth.shape)):
        each = [_ranked(*column, counts) for column in zip(truth.T, probabilities.T, strict=True)]
        areas, precisions = np.array(each).transpose(1, 0, 2)
        several = np.isfinite(areas).sum(axis=0) > 1
        found.append([_mean(values, several) for values in (areas, precisions)])
    areas, precisions = np.concatenate(found, axis=1)
    return areas, precisions


def _mean(values: np.ndarray, where: np.ndarray) -> np.ndarray:
    """Average over labels, those that are not NaN: (labels, resamples) -> (resamples,)."""
    known = np.isfinite(values)
    total = np.where(known, values, 0).sum(axis=0)
    return np.divide(total, known.sum(axis=0), out=np.full(len(where), np.nan), where=where)


def _ranked(
    truth: np.ndarray, scores: np.ndarray, counts: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Rank examples by one label's scores in each resample; equal scores are one rank.

    Args:
        truth: whether an example has the label, (examples,).
        scores: of the label, (examples,).
        counts: how often each example is in each resample, (examples, resamples).

    Returns:
        Area under the receiver's curve and average precision, (resamples,); NaN where a resample
        has no example of the label, or no other.
    """
    order = np.argsort(-scores, kind="stable")
    truth, scores = truth[order], scores[order]
    edges = np.flatnonzero(np.r_[True, scores[1:] != scores[:-1], True])  # of ranks
    rank = np.searchsorted(edges, np.flatnonzero(truth), side="right") - 1
    rank, first = np.unique(rank, return_index=True)  # those that hold examples of the label
    through = np.zeros((len(truth) + 1, counts.shape[1]))
    np.cumsum(counts[order], axis=0, out=through[1:])
    above, upto = through[edges[rank]], through[edges[rank + 1]]
    hits = np.add.reduceat(counts[order[truth]], first, axis=0)
    found = np.cumsum(hits, axis=0)
    mine, others = found[-1], len(truth) - found[-1]
    tied = upto - above - hits
    below = others - (upto - found)
    with np.errstate(invalid="ignore"):
        area = np.sum(hits * (below + tied / 2), axis=0) / (mine * others)
        precision = np.sum(hits * found / np.maximum(upto, 1), axis=0) / mine
    return area, np.where(others > 0, precision, np.nan)
