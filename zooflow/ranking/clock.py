"""The budget: a candidate's time is estimated from its own first batches, and held to."""

import time

import numpy as np

from ..features.ask import BATCH

FIRST = 3  # batches by which the rest is estimated, after one that compiles


class NoTime(Exception):
    """What is left of the budget is too short; says why."""


class Clock:
    """Measures a pass over examples, and ends it where it would not fit.

    Args:
        lengths: of the examples, in the order of the pass: what each costs beside the others.
        end: when the budget is spent, by `time.monotonic`.
        after: seconds that are needed when the pass is done.
    """

    def __init__(self, lengths: np.ndarray, end: float, after: float):
        self.work = np.cumsum(lengths)
        self.end, self.after = end, after
        self.began = self.now = 0.0
        self.first = self.done = 0  # examples

    def __call__(self, done: int) -> None:
        """Take in that so many examples are done.

        Raises:
            NoTime: the others will take longer than there is.
        """
        now = time.monotonic()
        if not self.first:
            self.began, self.first = now, done
        self.done, self.now = done, now
        if done - self.first >= min(FIRST * BATCH, len(self.work) - self.first) > 0:
            start, here, all_ = (self.work[i - 1] for i in (self.first, done, len(self.work)))
            check((now - self.began) / (here - start) * (all_ - here) + self.after, self.end)

    @property
    def pace(self) -> float | None:
        """Examples per second but for the first batch; None where less than a batch came after."""
        timed = self.done - self.first
        return timed / (self.now - self.began) if timed >= BATCH else None


def check(needed: float, end: float) -> None:
    """Hold what is needed against what is left.

    Args:
        needed: seconds.
        end: when the budget is spent, by `time.monotonic`.

    Raises:
        NoTime: it is more.
    """
    left = end - time.monotonic()
    if left <= 0:
        raise NoTime("the budget is spent")
    if needed > left:
        raise NoTime(f"would take {needed:,.0f} s more, and {left:,.0f} s of the budget are left")
