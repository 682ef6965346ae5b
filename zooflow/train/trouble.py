"""A step that went wrong: what it was made from, written down before the training ends."""

from collections.abc import Sequence
from pathlib import Path

import keras
import numpy as np
from keras import ops

from ..errors import TrainingStopped
from ..run.folder import write_json
from .batches import Batches

TROUBLE = "trouble"  # in the run's folder


def stop(
    folder: Path,
    model: keras.Model,
    batches: Batches,
    origins: Sequence[str],
    *,
    phase: int,
    epoch: int,
    steps: range,
    loss: float,
) -> TrainingStopped:
    """Write down the batches after which a loss is not finite, and say what to do.

    RUN/trouble holds step.json and, for each step, a file of its arrays as the model read them.
    The last save lies in the folder still: a resumed run comes to the same step with the same
    weights.

    Args:
        folder: of the run.
        model: that was learning.
        batches: that it learned from.
        origins: where each example comes from.
        phase: number of the phase, from 1.
        epoch: of the phase, from 1.
        steps: of the epoch, from 0, one of which it must have been.
        loss: their mean.

    Returns:
        What to raise.
    """
    place, named, whole = folder / TROUBLE, [], True
    place.mkdir(exist_ok=True)
    for step in steps:
        indices = batches.indices(step)
        batch = batches.fetch(indices), *batches.tell(indices)
        arrays = [ops.convert_to_numpy(each) for each in keras.tree.flatten(batch)]
        whole = whole and all(np.isfinite(each).all() for each in arrays)
        np.savez(place / f"step-{step + 1}.npz", *arrays)
        named += [origins[i] for i in (indices % len(origins)).tolist()]
    learned = all(np.isfinite(ops.convert_to_numpy(each)).all() for each in model.trainable_weights)
    write_json(
        place / "step.json",
        {
            "phase": phase,
            "epoch": epoch,
            "steps": [step + 1 for step in steps],
            "loss": str(loss),
            "seed": batches.seed,
            "examples": named,
            "inputs are finite": bool(whole),
            "weights are finite after it": bool(learned),
        },
    )
    why = "lower the learning rate with --lr, or train in float32"
    if not whole:
        why = "its inputs are not finite: look at the examples in step.json"
    return TrainingStopped(
        f"the loss is {loss} in step {steps.stop} of epoch {epoch} of phase {phase}; what it was "
        f"made from lies in {place}",
        hint=f"{why}; zooflow resume {folder} comes to the same step again",
    )
