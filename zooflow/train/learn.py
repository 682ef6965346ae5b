"""Learning, phase by phase: cut the model, ask the trunk once, fit the tail."""

from pathlib import Path
from typing import Any

import keras
import numpy as np

from ..backend import seed
from ..cards import ImageInput
from ..data import Split, Tokenizer
from ..data.feed import ImageFeed
from ..features.ask import Crossing
from ..features.cut import Cut, cut
from ..freeze import fingerprints, thaw
from ..recipe import Recipe
from ..run import probabilities
from ..zoo import Backbone
from .batches import Batches, Fetch
from .clock import Clock
from .inputs import Inputs
from .optimizer import optimizer
from .watch import Best, Listener, Watch

TOGETHER = 16  # brief steps that TensorFlow takes in one call


def learn(
    model: keras.Model,
    backbone: Backbone,
    recipe: Recipe,
    split: Split,
    reader: ImageInput | Tokenizer,
    *,
    record: Path,
    clock: Clock,
    listener: Listener,
) -> tuple[dict[str, Any], np.ndarray]:
    """Train a model through the phases of a recipe, and leave it with the best weights.

    Args:
        model: a head on the backbone.
        backbone: what the model was built on.
        recipe: a complete one.
        split: the data, opened.
        reader: how images are read, or the tokenizer.
        record: metrics.jsonl.
        clock: is stopped when the first step is done.
        listener: is told how it goes.

    Returns:
        The best epoch's row of metrics.jsonl; and what the model then says of the validation
        examples, probabilities (examples, labels).

    Raises:
        TrainingStopped: the audit failed, or the loss is not finite.
    """
    weights = recipe.task.weights(split.train.targets, len(split.labels))
    even = np.ones(len(split.validation.targets), "float32")
    cuts = _cuts(model, backbone, recipe)
    inputs = Inputs(recipe, split, reader, cuts, listener)
    best = Best(model)
    for number, phase in enumerate(recipe.phases, start=1):
        learning = thaw(model, backbone, phase.train)
        tail = cuts[number - 1].tail
        listener.say(
            f"phase {number} of {len(recipe.phases)}: {phase.train} learns, {learning:,} of "
            f"{model.count_params():,} weights"
        )
        fetch, lengths = inputs.of_phase(number - 1)
        clock.lap("features")
        train = Batches(
            fetch[0],
            split.train.targets,
            weights,
            batch=recipe.batch,
            seed=recipe.seed + number,
            views=inputs.views[0],
            begun=sum(each.epochs for each in recipe.phases[: number - 1]),
            lengths=lengths[0],
            ahead=isinstance(fetch[0], ImageFeed),
        )
        check = Batches(
            fetch[1],
            split.validation.targets,
            even,
            batch=recipe.batch,
            lengths=lengths[1],
            ahead=isinstance(fetch[1], ImageFeed),
        )
        tail.compile(
            optimizer=optimizer(phase, tail.trainable_variables, steps=phase.epochs * len(train)),
            loss=recipe.task.loss(),
            weighted_metrics=recipe.task.metrics(),
            steps_per_execution=TOGETHER if _brief(fetch[0]) else 1,
        )
        watch = Watch(
            whole=model,
            before=fingerprints(model),
            best=best,
            phase=number,
            patience=phase.patience,
            examples=len(split.train.targets),
            record=record,
            clock=clock if number == 1 else None,
            listener=listener,
        )
        seed(recipe.seed + number)  # PyTorch's chance is one for all, and has served others since
        tail.fit(train, validation_data=check, epochs=phase.epochs, callbacks=[watch], verbose=0)
        best.restore()
    asked = ((indices, fetch[1](indices)) for indices in check.order)
    return best.row, probabilities(tail, asked, len(even))


def _brief(fetch: Fetch) -> bool:
    """Say whether calling TensorFlow costs more than what a step does."""
    in_memory = isinstance(fetch, Crossing) and fetch.whole is not None
    return in_memory and keras.backend.backend() == "tensorflow"


def _cuts(model: keras.Model, backbone: Backbone, recipe: Recipe) -> list[Cut]:
    """Cut the model for each phase."""
    head = {layer.name for layer in model.layers} - {layer.name for layer in backbone.whole.layers}
    cuts = []
    for phase in recipe.phases:
        thaw(model, backbone, phase.train)
        cuts.append(cut(model, head))
    return cuts
