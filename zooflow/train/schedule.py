"""How the learning rate of a phase rises and falls."""

from collections.abc import Callable
from typing import Any

from keras import ops
from keras.optimizers.schedules import CosineDecay, LearningRateSchedule

from ..phase import Phase

FLOOR = 0.1  # part of the rate from which one-cycle rises, and to which it falls back
RISE = 0.45  # part of the steps in which it rises, and again in which it falls; then it falls to 0


class Schedule(LearningRateSchedule):
    """A rate by the number of times that the weights have moved.

    Args:
        rate: gives the rate of a step, counted from 0.
        every: batches in a step.
    """

    def __init__(self, rate: Callable[[Any], Any], every: int):
        self.rate, self.every = rate, every

    def __call__(self, batch: Any) -> Any:
        """Give the rate after so many batches."""
        return self.rate(ops.floor_divide(batch, self.every))


def schedule(phase: Phase, steps: int) -> Schedule:
    """Make the schedule of a phase.

    Paper: Smith, A disciplined approach to neural network hyper-parameters: Part 1, 2018.
    arXiv:1803.09820 (one-cycle)

    Args:
        phase: its rate, schedule, warm-up, and how many batches make a step.
        steps: of the whole phase, in each of which the weights move once.
    """
    warmup = round(phase.warmup * steps)
    after = max(1, steps - warmup)

    def warm(step: Any) -> Any:
        return ops.minimum(1.0, (ops.cast(step, "float32") + 1) / (warmup + 1))

    def constant(step: Any) -> Any:
        return phase.lr * warm(step)

    def fall(step: Any) -> Any:
        thirds = ops.floor_divide(3 * ops.maximum(0, step - warmup), after)
        return phase.lr * warm(step) * 0.1 ** ops.cast(thirds, "float32")

    def one_cycle(step: Any) -> Any:
        part = ops.cast(step, "float32") / steps
        near = ops.minimum(part, 2 * RISE - part) / RISE  # to the top: 0, then 1, then 0 again
        last = FLOOR * (1 - part) / (1 - 2 * RISE)
        return phase.lr * ops.where(part < 2 * RISE, FLOOR + (1 - FLOOR) * near, last)

    cosine = CosineDecay(
        phase.lr / (warmup + 1),
        decay_steps=after,
        warmup_target=phase.lr if warmup else None,
        warmup_steps=warmup,
    )
    rates = {"cosine": cosine, "constant": constant, "step": fall, "one-cycle": one_cycle}
    return Schedule(rates[phase.schedule], phase.gathered)
