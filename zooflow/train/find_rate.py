"""Finding a learning rate: it rises from step to step, and the loss tells where it is too high."""

import dataclasses
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import ops

from ..errors import BadRecipe
from .batches import Batches
from .learn import Training, learn
from .listener import Listener, Silence
from .optimizer import optimizer
from .plan import Plan
from .schedule import Schedule

LOW, HIGH = 1e-7, 10.0
STEPS = 100
KEPT = 0.95  # of the smoothed loss, from a step to the next
WORSE = 4.0  # times the lowest smoothed loss, from where on it is lost


@dataclass(frozen=True)
class Rates:
    """What a rising learning rate does to the loss.

    Args:
        rates: of the steps that were taken.
        losses: of the same steps, smoothed.
        suggestion: a rate to learn at.
    """

    rates: tuple[float, ...]
    losses: tuple[float, ...]
    suggestion: float


def find_rate(ready: Plan, *, listener: Listener | None = None) -> Rates:
    """Find a learning rate for the last phase of a recipe.

    The phases before it are trained as usual; then the rate rises exponentially, until the loss is
    four times its lowest. The rates of lower blocks keep their ratio to it; the head learns at it,
    too, whatever the recipe says of its own. The plan's model is spent by this: to train it, make
    another plan.

    Paper: Smith, Cyclical Learning Rates for Training Neural Networks, 2015. arXiv:1506.01186

    Args:
        ready: the model and all that it learns from.
        listener: is told how it goes.

    Raises:
        BadRecipe: the last phase has no rate.
        TrainingStopped: a phase before the last failed.
    """
    listener = listener or Silence()
    *before, phase = ready.recipe.phases
    if phase.optimizer == "lbfgs":
        raise BadRecipe("lbfgs has no rate to find", hint="choose another --optimizer or strategy")
    with tempfile.TemporaryDirectory() as folder:
        if before:
            listener.say(f"first, as usual: {', then '.join(each.train for each in before)}")
            quiet = Silence()
            quiet.step = listener.step  # type: ignore[method-assign]
            first = dataclasses.replace(ready.recipe, phases=tuple(before))
            learn(dataclasses.replace(ready, recipe=first), Path(folder), quiet)
        tail, batches = _begin(ready, Path(folder, "last"), listener)
    listener.say(f"{phase.train} learns at a rate that rises from {LOW:g} to {HIGH:g}")
    rates, losses = [], []
    for step in range(STEPS):
        rates.append(float(_rise(step)))
        taken = [_take(tail, next(batches)) for _ in range(phase.gathered)]
        losses.append(float(np.mean(taken)))
        smoothed = smooth(losses)
        listener.step("trying rates", step + 1, STEPS)
        if not smoothed[-1] <= WORSE * min(smoothed):
            break
    return Rates(tuple(rates), tuple(smoothed), suggest(rates, smoothed))


def _begin(ready: Plan, folder: Path, listener: Listener) -> tuple[keras.Model, Iterator[Any]]:
    """Give what learns in the last phase, ready to, and its batches without end."""
    phase = dataclasses.replace(ready.recipe.phases[-1], head_lr=None)
    alone = dataclasses.replace(ready.recipe, phases=(phase,))
    training = Training(dataclasses.replace(ready, recipe=alone), folder, listener)
    training.prepare(1, phase)
    tail = training.cuts[0].tail
    train, _ = training.batches(1, 0)
    weights, steps = tail.trainable_variables, STEPS * phase.gathered
    moves = optimizer(phase, weights, steps=steps, backbone=ready.backbone)
    moves.learning_rate = Schedule(_rise, phase.gathered)
    tail.compile(optimizer=moves, loss=ready.recipe.task.loss())
    return tail, _without_end(train)


def _rise(step: Any) -> Any:
    """Give the rate of a step, counted from 0."""
    return LOW * (HIGH / LOW) ** (ops.cast(step, "float32") / (STEPS - 1))


def _without_end(batches: Batches) -> Iterator[Any]:
    batches.on_epoch_begin()
    while True:
        yield from (batches[step] for step in range(len(batches)))
        batches.on_epoch_end()


def _take(tail: keras.Model, batch: Any) -> float:
    """Take a step, and give the loss of its batch."""
    inputs, targets, weights = batch
    told = tail.train_on_batch(inputs, targets, sample_weight=weights, return_dict=True)
    return float(told["loss"])


def smooth(losses: Sequence[float]) -> list[float]:
    """Give to each step the mean of its loss and those before, the later ones weighing more."""
    smoothed, total, weight = [], 0.0, 0.0
    for loss in losses:
        total, weight = total * KEPT + loss, weight * KEPT + 1
        smoothed.append(total / weight)
    return smoothed


def suggest(rates: Sequence[float], smoothed: Sequence[float]) -> float:
    """Suggest a rate: a tenth of that at which the smoothed loss is lowest.

    Of the usual rules this came nearest to the best of a grid, on digits and on intents: within a
    factor 2.5 for each of three seeds, where the valley was 3.6 off and the steepest descent 2.7.
    """
    return rates[int(np.nanargmin(smoothed))] / 10
