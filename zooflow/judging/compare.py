"""Which of several models is better, by what they say of the same examples.

Paper: McNemar, Note on the Sampling Error of the Difference between Correlated Proportions or
    Percentages, 1947. Psychometrika 12; exact, by the binomial distribution.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .bootstrap import Interval, interval, sums

SURE = 0.05


@dataclass(frozen=True)
class Behind:
    """How far a model is behind the best.

    Args:
        difference: accuracy of the best less this one's.
        interval: of it, 95 %, by resamples that both are judged on.
        p: of a difference so large, if they were equally good: McNemar's exact test, times the
            number of models that the best is held against (Bonferroni).
    """

    difference: float
    interval: Interval
    p: float


@dataclass(frozen=True)
class Standing:
    """How one of several models stands.

    Args:
        name: of the model.
        accuracy: part answered rightly, 0 to 1.
        interval: of it, 95 %.
        behind: None for the best.
    """

    name: str
    accuracy: float
    interval: Interval
    behind: Behind | None


def compare(names: Sequence[str], right: np.ndarray) -> tuple[Standing, ...]:
    """Hold the best of several models against each of the others.

    Args:
        names: of the models.
        right: whether each answered each example rightly, bool (models, examples).

    Returns:
        The best first.
    """
    order: list[int] = np.argsort(-right.mean(axis=1), kind="stable").tolist()
    right = right[order]
    drawn = sums(right.T.astype("float64")).T / right.shape[1]
    return tuple(
        Standing(
            name=names[order[i]],
            accuracy=float(right[i].mean()),
            interval=interval(drawn[i]),
            behind=Behind(
                difference=float(right[0].mean() - right[i].mean()),
                interval=interval(drawn[0] - drawn[i]),
                p=min(1.0, _by_chance(right[0], right[i]) * (len(names) - 1)),
            )
            if i
            else None,
        )
        for i in range(len(names))
    )


def verdict(standings: Sequence[Standing]) -> str:
    """Say in one sentence whether the best is better than the others."""
    best, *_ = standings
    others = [(each.name, each.behind) for each in standings if each.behind]
    near = [pair for pair in others if pair[1].p >= SURE]
    if not near:
        every = " than all others" if others[1:] else ""
        return f"{best.name} is better{every}: {_lead(*others[0])}"
    if near == others:
        return f"no difference can be told: {best.name} is {_lead(*near[0])}"
    worse = _listed([pair[0] for pair in others if pair not in near])
    alike = _listed([name for name, _ in near])
    return f"{best.name} is better than {worse}, and cannot be told from {alike}: {_lead(*near[0])}"


def _by_chance(one: np.ndarray, other: np.ndarray) -> float:
    """Give McNemar's exact p of two models' right answers."""
    from scipy.stats import binomtest  # half a second, which predicting does without

    won, lost = int(np.sum(one & ~other)), int(np.sum(other & ~one))
    return float(binomtest(won, won + lost).pvalue) if won + lost else 1.0


def _lead(name: str, behind: Behind) -> str:
    low, high = (100 * each for each in behind.interval)
    return (
        f"{100 * behind.difference:+.1f} points over {name}, 95 % {low:.1f} to {high:.1f}, "
        f"p {behind.p:.2g}"
    )


def _listed(names: Sequence[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if names[1:] else names)
