"""Learning, phase by phase: cut the model, ask the trunk once, fit the tail."""

import warnings
from pathlib import Path
from typing import Any

import keras
import numpy as np

from ..backend import out_of_memory, seed
from ..data.feed import ImageFeed
from ..features.ask import Crossing
from ..features.cut import Cut, cut
from ..freeze import head_of, keep_short, put_pairs, thaw
from ..phase import Phase
from ..recipe import Recipe
from ..run import ask
from ..zoo import Backbone
from . import closed_form
from .batches import Batches, Fetch
from .best import Best
from .inputs import Inputs
from .listener import Listener
from .optimizer import optimizer
from .plan import Plan
from .preflight import Pace, tell_memory
from .state import Stand, State
from .tf_data import untuned
from .truth import Truth
from .watch import Watch

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
        examples, logits (examples, labels).

    Raises:
        TrainingStopped: the audit failed, or the loss is not finite.
        TooLarge: a batch does not fit into memory.
    """
    training = Training(ready, folder, listener)
    stand = training.state.saved.stand if training.state.saved else None
    _shorten(folder, stand.epochs if stand else 0)
    for number, phase in enumerate(ready.recipe.phases, start=1):
        if not stand or number > stand.phase:
            training.learn(number, phase, None)
        elif number == stand.phase:
            listener.say(f"going on after {stand}")
            training.learn(number, phase, stand)
        else:
            training.prepare(number, phase)
    return training.answer()


class TooLarge(Exception):
    """A batch of a phase, whose number it says, does not fit into memory."""

    def __init__(self, number: int):
        self.number = number


class Training:
    """A model in training: how its phases cut it, what they read, and the best it has come to.

    Args:
        ready: the model and all that it learns from.
        folder: of the run.
        listener: is told how it goes.
    """

    def __init__(self, ready: Plan, folder: Path, listener: Listener):
        self.ready, self.folder, self.listener = ready, folder, listener
        recipe, split = ready.recipe, ready.split
        labels = len(split.labels)
        self.targets = [split.train.targets, split.validation.targets]
        ones = np.ones(labels, "float32")
        self.weights = [recipe.task.weights(self.targets[0], labels), ones]
        self.total = ready.model.count_params()
        # While kernels can learn, and stand for pairs.
        self.cuts = _cuts(ready.model, ready.backbone, recipe)
        trains = (phase.train for phase in recipe.phases)
        if kept := keep_short(ready.model, ready.backbone, trains):
            listener.say(kept)
        self.inputs = Inputs(recipe, split, ready.reader, self.cuts, listener)
        layers = {id(layer): layer for each in self.cuts for layer in each.tail.layers}
        self.best = Best([*layers.values()], recipe.soup)
        self.state = State(folder / "state", [*layers.values()])
        if self.state.saved:
            self.best.kept = [*self.state.saved.best]

    def prepare(self, number: int, phase: Phase) -> int:
        """Make the model ready for a phase, counted from 1; count the weights that learn."""
        model, backbone = self.ready.model, self.ready.backbone
        learning = thaw(model, backbone, phase.train)
        seed(self.ready.recipe.seed + number)
        put_pairs(model, backbone, phase.train)
        return learning

    def learn(self, number: int, phase: Phase, stand: Stand | None) -> None:
        """Go through a phase, or go on with it, and leave the model with the best weights so far.

        Args:
            number: of the phase, from 1.
            phase: what learns, and how.
            stand: where it stood when it was stopped; None where it begins.
        """
        recipe = self.ready.recipe
        learning = self.prepare(number, phase)
        if stand:
            self.state.restore()
        self.listener.say(
            f"phase {number} of {len(recipe.phases)}: {phase.train} learns, {learning:,} of "
            f"{self.total:,} weights"
        )
        tail, epochs = self.cuts[number - 1].tail, range(stand.epoch if stand else 0, phase.epochs)
        train, check = self.batches(number, epochs.start, stand.step if stand else 0)
        length = self.inputs.longest
        tell_memory(tail, phase, batch=train.batch, length=length, listener=self.listener)
        self.last = number, check
        self.ready.clock.lap("features")
        tail.compile(
            optimizer=optimizer(
                phase,
                tail.trainable_variables,
                steps=phase.epochs * train.steps,
                backbone=self.ready.backbone,
            ),
            loss=recipe.task.loss(),
            weighted_metrics=recipe.task.metrics(),
            steps_per_execution=TOGETHER if _brief(train.fetch) else 1,
        )
        watch = Watch(
            ready=self.ready,
            number=number,
            train=train,
            best=self.best,
            state=self.state,
            stand=stand,
            folder=self.folder,
            listener=self.listener,
        )
        pace = Pace(epochs=len(epochs), checks=len(check), listener=self.listener)
        if stand:
            self.state.restore_optimizer(tail.optimizer)
            if stand.step:  # whose metrics are brought back; TensorFlow makes them when asked
                tail.test_on_batch(*train[0])
        ended = stand is not None and stand.ended
        if phase.optimizer == "lbfgs" and not ended:
            closed_form.fit(tail, train, check, watch, epochs)
        elif not ended:
            try:
                with warnings.catch_warnings():  # that an epoch is short which goes on
                    warnings.filterwarnings("ignore", "Your input ran out of data")
                    tail.fit(
                        untuned(train),
                        validation_data=untuned(check),
                        initial_epoch=epochs.start,
                        epochs=epochs.stop,
                        callbacks=[pace, watch],
                        shuffle=False,  # the batches are, by their own seed
                        verbose=0,
                    )
            except Exception as error:
                if train.batch == 1 or not out_of_memory(error):
                    raise
                raise TooLarge(number) from error
        self.best.restore()

    def batches(self, number: int, epoch: int, done: int = 0) -> tuple[Batches, Batches]:
        """Deal the examples of a phase, to learn from and to validate.

        Args:
            number: of the phase, from 1.
            epoch: the first to deal, from 0.
            done: steps of that one that were dealt before.
        """
        recipe = self.ready.recipe
        batch = recipe.micro(number)
        fetch, lengths = self.inputs.of_phase(number - 1)
        feeds = self.inputs.feeds(number - 1)
        tell = [Truth(*e) for e in zip(feeds, self.targets, self.weights, strict=True)]
        train = Batches(
            fetch[0],
            tell[0],
            len(self.targets[0]),
            batch=batch,
            seed=recipe.seed + number,
            balance=self.targets[0] if recipe.task.sampling == "balanced" else None,
            epoch=epoch,
            done=done,
            views=self.inputs.views(number - 1)[0],
            begun=sum(each.epochs for each in recipe.phases[: number - 1]),
            lengths=lengths[0],
            ahead=isinstance(fetch[0], ImageFeed),
        )
        check = Batches(
            fetch[1],
            tell[1],
            len(self.targets[1]),
            batch=batch,
            lengths=lengths[1],
            ahead=isinstance(fetch[1], ImageFeed),
        )
        return train, check

    def answer(self) -> tuple[dict[str, Any], np.ndarray]:
        """Put the best weights in place, or their average, and ask about the validation examples.

        Returns:
            The row of metrics.jsonl that these weights come to, and logits (examples, labels).
        """
        widest = max(range(len(self.cuts)), key=lambda i: len(self.cuts[i].tail.layers))
        tail = self.cuts[widest].tail  # its trunk is one that no phase has changed
        number, check = self.last
        if number != widest + 1:
            _, check = self.batches(widest + 1, 0)
        task, row, kept = self.ready.recipe.task, self.best.row, len(self.best.kept)
        tail.compile(loss=task.loss(), weighted_metrics=task.metrics())
        if kept > 1:
            row, epochs = self.best.average(lambda: _judge(tail, check))
            self.listener.say(
                f"the average of {len(epochs)} of the best {kept} epochs: val accuracy "
                f"{row['val_accuracy']:.4f}, that of the best alone "
                f"{self.best.row['val_accuracy']:.4f}"
            )
        asked = ((indices, check.fetch(indices)) for indices in check.order)
        return row, ask(tail, asked, check.count)


def _judge(tail: keras.Model, check: Batches) -> dict[str, float]:
    told = tail.evaluate(untuned(check), verbose=0, return_dict=True)
    return {f"val_{name}": float(value) for name, value in told.items()}


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
