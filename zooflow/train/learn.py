"""Learning, phase by phase: cut the model, ask the trunk once, fit the tail."""

from pathlib import Path
from typing import Any

import keras
import numpy as np

from ..cards import ImageInput
from ..data import Feed, Split, Tokenizer, feed
from ..features import bytes_each, cut, remember
from ..freeze import fingerprints, thaw
from ..recipe import Recipe
from ..zoo import Backbone
from .batches import Batches, Fetch
from .optimizer import optimizer
from .watch import Best, Listener, Watch

MEMORY = 4 * 2**30  # bytes of features that are kept; beyond, the trunk is asked every epoch


def learn(
    model: keras.Model,
    backbone: Backbone,
    recipe: Recipe,
    split: Split,
    reader: ImageInput | Tokenizer,
    *,
    record: Path,
    listener: Listener,
) -> dict[str, Any]:
    """Train a model through the phases of a recipe, and leave it with the best weights.

    Args:
        model: a head on the backbone.
        backbone: what the model was built on.
        recipe: a complete one.
        split: the data, opened.
        reader: how images are read, or the tokenizer.
        record: metrics.jsonl.
        listener: is told how it goes.

    Returns:
        The best epoch's row of metrics.jsonl.

    Raises:
        TrainingStopped: the audit failed, or the loss is not finite.
    """
    below = {layer.name for layer in backbone.whole.layers}
    head = {layer.name for layer in model.layers} - below
    weights = recipe.task.weights(split.train.targets, len(split.labels))
    even = np.ones(len(split.validation.targets), "float32")
    feeds = [feed(part.inputs, reader) for part in (split.train, split.validation)]
    best = Best(model)
    for number, phase in enumerate(recipe.phases, start=1):
        learning = thaw(model, backbone, phase.train)
        trunk, tail = cut(model, head)
        listener.say(
            f"phase {number} of {len(recipe.phases)}: {phase.train} learns, {learning:,} of "
            f"{model.count_params():,} weights"
        )
        fetch = _fetches(trunk, feeds, recipe.batch, listener)
        train = Batches(
            fetch[0],
            split.train.targets,
            weights,
            batch=recipe.batch,
            seed=recipe.seed + number,
        )
        check = Batches(fetch[1], split.validation.targets, even, batch=recipe.batch)
        tail.compile(
            optimizer=optimizer(phase, tail.trainable_variables, steps=phase.epochs * len(train)),
            loss=recipe.task.loss(),
            weighted_metrics=recipe.task.metrics(),
        )
        watch = Watch(
            whole=model,
            before=fingerprints(model),
            best=best,
            phase=number,
            patience=phase.patience,
            examples=len(split.train.targets),
            record=record,
            listener=listener,
        )
        tail.fit(train, validation_data=check, epochs=phase.epochs, callbacks=[watch], verbose=0)
        best.restore()
    return best.row


def _fetches(
    trunk: keras.Model | None, feeds: list[Feed], batch: int, listener: Listener
) -> list[Fetch]:
    """Say for training and validation how the tail's inputs are had: kept, or made each time."""
    if trunk is None:
        return list(feeds)
    if sum(bytes_each(trunk, each.length) * len(each) for each in feeds) > MEMORY:
        listener.say("the features do not fit in memory: the frozen part runs every epoch")
        return [_asked(trunk, each) for each in feeds]
    total, done = sum(len(each) for each in feeds), 0
    whole = any(None in tensor.shape[1:] for tensor in trunk.outputs)
    fetches: list[Fetch] = []
    for each in feeds:

        def told(each: Feed = each):
            nonlocal done
            for indices, arrays in each.in_order(batch, whole=whole):
                yield indices, arrays
                done += len(indices)
                listener.step("asking the frozen part", done, total)

        kept = remember(trunk, told(), len(each))
        fetches.append(_pick(kept))
    return fetches


def _asked(trunk: keras.Model, each: Feed) -> Fetch:
    return lambda indices: trunk.predict_on_batch(each(indices))


def _pick(kept: list[np.ndarray]) -> Fetch:
    if len(kept) == 1:
        return lambda indices: kept[0][indices]
    return lambda indices: tuple(array[indices] for array in kept)
