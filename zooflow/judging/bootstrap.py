"""How far a score may be from that of other examples of the same kind: the percentile bootstrap.

Where a model makes no mistake no resample has one, and the interval is of no width: it then says
nothing of mistakes that are rarer than the examples are many. Average precision and calibration
error are higher in resamples, by a little, as examples come more than once; where they are small
the interval may lie above the score.

Paper: Efron, Bootstrap Methods: Another Look at the Jackknife, 1979. Annals of Statistics 7(1).
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from scipy import sparse

RESAMPLES = 1000
AT_ONCE = 50  # resamples that are held in memory

Interval = tuple[float, float]


def draw(examples: int, resamples: int = RESAMPLES) -> Iterator[np.ndarray]:
    """Draw examples with replacement, the same each time.

    Args:
        examples: how many there are, and how many are in each resample.
        resamples: how many.

    Yields:
        How often each example is in each of some resamples, float64 (examples, up to 50).
    """
    random = np.random.default_rng(0)
    for first in range(0, resamples, AT_ONCE):
        drawn = [
            np.bincount(random.integers(examples, size=examples), minlength=examples)
            for _ in range(min(AT_ONCE, resamples - first))
        ]
        yield np.stack(drawn, axis=1).astype("float64")


def sums(columns: "np.ndarray | sparse.csr_array") -> np.ndarray:
    """Sum columns over the examples of each resample.

    Args:
        columns: (examples, columns).

    Returns:
        (1000, columns).
    """
    drawn = draw(columns.shape[0])
    return np.concatenate([(columns.T @ counts).T for counts in drawn])


def interval(values: np.ndarray) -> Interval:
    """Give the range of the middle 95 % of a score in all resamples."""
    low, high = np.percentile(values, (2.5, 97.5))
    return float(low), float(high)


def intervals_of(scores: dict[str, np.ndarray]) -> dict[str, Interval]:
    """Give the interval of each score, of the resamples in which it is not NaN, if any."""
    known = {name: values[~np.isnan(values)] for name, values in scores.items()}
    return {name: interval(values) for name, values in known.items() if len(values)}
