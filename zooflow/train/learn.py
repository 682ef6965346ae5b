"""Learning, phase by phase: cut the model, ask the trunk once, fit the tail."""

from functools import partial
from pathlib import Path
from typing import Any

import keras
import numpy as np

from ..backend import seed
from ..data.feed import ImageFeed
from ..features.ask import Crossing
from ..features.cut import Cut, cut
from ..freeze import audit, fingerprints, head_of, keep_short, put_pairs, thaw
from ..recipe import Recipe
from ..run import probabilities
from ..zoo import Backbone
from .batches import Batches, Fetch
from .inputs import Inputs
from .optimizer import optimizer
from .plan import Plan
from .state import State
from .watch import Best, Listener, Watch

TOGETHER = 16  # brief steps that TensorFlow takes in one call


def learn(ready: Plan, folder: Path, listener: Listener) -> tuple[dict[str, Any], np.ndarray]:
    """Train a model through the phases of its recipe, and leave it with the best weights.

    Where the folder holds a save of this training, it goes on from there.

    Args:
        ready: the model and all that it learns from.
        folder: of the run.
        listener: is told how it goes.

    Returns:
        The best epoch's row of metrics.jsonl; and what the model then says of the validation
        examples, probabilities (examples, labels).

    Raises:
        TrainingStopped: the audit failed, or the loss is not finite.
    """
    model, recipe, split = ready.model, ready.recipe, ready.split
    total = model.count_params()
    weights = recipe.task.weights(split.train.targets, len(split.labels))
    even = np.ones(len(split.validation.targets), "float32")
    cuts = _cuts(model, ready.backbone, recipe)  # while kernels can learn, and stand for pairs
    if kept := keep_short(model, ready.backbone, (phase.train for phase in recipe.phases)):
        listener.say(kept)
    inputs = Inputs(recipe, split, ready.reader, cuts, listener)
    changing = [*{id(layer): layer for each in cuts for layer in each.tail.layers}.values()]
    best, state = Best(changing), State(folder / "state", changing)
    stand = state.saved.stand if state.saved else None
    if stand:
        listener.say(f"going on after epoch {stand.epoch} of phase {stand.phase}")
        best.row, best.epoch, best.weights = stand.best, stand.best_epoch, state.best()
    done = stand.epochs if stand else 0
    _shorten(folder, done)
    for number, phase in enumerate(recipe.phases, start=1):
        learning = thaw(model, ready.backbone, phase.train)
        seed(recipe.seed + number)
        put_pairs(model, ready.backbone, phase.train)
        if stand and number < stand.phase:
            continue
        here = stand if stand and number == stand.phase else None
        if here:
            state.restore()
        tail = cuts[number - 1].tail
        listener.say(
            f"phase {number} of {len(recipe.phases)}: {phase.train} learns, {learning:,} of "
            f"{total:,} weights"
        )
        fetch, lengths = inputs.of_phase(number - 1)
        ready.clock.lap("features")
        train = Batches(
            fetch[0],
            split.train.targets,
            weights,
            batch=recipe.batch,
            seed=recipe.seed + number,
            epoch=here.epoch if here else 0,
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
            optimizer=optimizer(
                phase,
                tail.trainable_variables,
                steps=phase.epochs * len(train),
                backbone=ready.backbone,
            ),
            loss=recipe.task.loss(),
            weighted_metrics=recipe.task.metrics(),
            steps_per_execution=TOGETHER if _brief(fetch[0]) else 1,
        )
        watch = Watch(
            audit=partial(audit, model, ready.backbone, phase.train, fingerprints(model)),
            best=best,
            phase=number,
            seed=recipe.seed,
            patience=phase.patience,
            examples=len(split.train.targets),
            folder=folder,
            clock=ready.clock if number == 1 and not here else None,
            listener=listener,
            state=state,
            stand=here,
            epochs=done,
        )
        if here:
            state.restore_optimizer(tail.optimizer)
        if not (here and here.ended):
            tail.fit(
                train,
                validation_data=check,
                initial_epoch=here.epoch if here else 0,
                epochs=phase.epochs,
                callbacks=[watch],
                shuffle=False,  # the batches are, by their own seed
                verbose=0,
            )
        done = watch.epochs
        best.restore()
    asked = ((indices, fetch[1](indices)) for indices in check.order)
    return best.row, probabilities(tail, asked, len(even))


def _shorten(folder: Path, epochs: int) -> None:
    """Forget what was recorded after the save from which a training goes on."""
    for path in (folder / f"{name}.jsonl" for name in ("metrics", "losses", "times")):
        rows = path.read_text("utf-8").splitlines(keepends=True) if path.exists() else []
        if rows:
            path.write_text("".join(rows[:epochs]), "utf-8")


def _brief(fetch: Fetch) -> bool:
    """Say whether calling TensorFlow costs more than what a step does."""
    in_memory = isinstance(fetch, Crossing) and fetch.whole is not None
    return in_memory and keras.backend.backend() == "tensorflow"


def _cuts(model: keras.Model, backbone: Backbone, recipe: Recipe) -> list[Cut]:
    """Cut the model for each phase."""
    head = head_of(model, backbone)
    cuts = []
    for phase in recipe.phases:
        thaw(model, backbone, phase.train)
        cuts.append(cut(model, head))
    return cuts
