"""What watches a phase while it trains: the audit, the best weights, the record, the listener."""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import keras
import numpy as np
from keras import ops

from ..backend import seed as sow
from ..errors import TrainingStopped
from .clock import Clock
from .state import Stand, State


class Listener(Protocol):
    """Whom a run tells how it goes; the command line's is in `zooflow.cli.show`."""

    def say(self, line: str) -> None:
        """Tell a line."""

    def step(self, doing: str, done: int, total: int) -> None:
        """Tell how far a long piece of work is; `done == total` ends it."""

    def epoch(self, row: Mapping[str, Any]) -> None:
        """Tell what an epoch has come to: a row of metrics.jsonl."""


class Silence:
    """A listener that keeps quiet."""

    def say(self, line: str) -> None:
        """Keep quiet."""

    def step(self, doing: str, done: int, total: int) -> None:
        """Keep quiet."""

    def epoch(self, row: Mapping[str, Any]) -> None:
        """Keep quiet."""


class Log:
    """A listener that writes down what is said, and passes everything on.

    Args:
        path: of the log.
        listener: whom it passes things on to.
    """

    def __init__(self, path: Path, listener: Listener):
        self.path, self.step, self.listener = path, listener.step, listener

    def say(self, line: str) -> None:
        """Write the line down and pass it on."""
        self._write(line)
        self.listener.say(line)

    def epoch(self, row: Mapping[str, Any]) -> None:
        """Write the epoch down and pass it on."""
        self._write("  ".join(f"{name} {value}" for name, value in row.items()))
        self.listener.epoch(row)

    def _write(self, line: str) -> None:
        with self.path.open("a", encoding="utf-8") as file:
            file.write(f"{time.strftime('%Y-%m-%d %H:%M:%S')}  {line}\n")


class Best:
    """The best weights so far, over all phases: by validation accuracy, then by loss.

    Args:
        layers: that the phases change.
    """

    def __init__(self, layers: Sequence[keras.Layer]):
        self.layers = layers
        self.row: dict[str, Any] = {}
        self.epoch = 0  # among those of all phases
        self.weights: dict[str, np.ndarray] = {}  # by path

    def offer(self, row: dict[str, Any], epoch: int) -> None:
        """Keep the weights if the row of an epoch beats what is kept."""
        if not self.row or _score(row) > _score(self.row):
            self.row, self.epoch = row, epoch
            self.weights = {each.path: ops.convert_to_numpy(each) for each in self._variables}

    def restore(self) -> None:
        """Put the best weights back."""
        for variable in self._variables:  # a pair of LoRA that came later says nothing
            blank = np.zeros(variable.shape, "float32")
            variable.assign(self.weights.get(variable.path, blank))

    @property
    def _variables(self) -> list[keras.Variable]:
        return [variable for layer in self.layers for variable in layer.weights]


def _score(row: Mapping[str, Any]) -> tuple[float, float]:
    return row["val_accuracy"], -row["val_loss"]


class Watch(keras.callbacks.Callback):
    """Audit first step and last, record epochs, keep the best, stop when nothing gets better.

    Args:
        audit: checks, by the optimizer too, that just what should learn does; names what rests.
        best: where the best weights are kept.
        phase: number of the phase, from 1.
        seed: of the run.
        patience: epochs without a better validation loss.
        examples: in an epoch.
        folder: of the run; metrics.jsonl, losses.jsonl (steps, and the mean loss after each) and
            times.jsonl get a row for each epoch.
        clock: runs since the work began, in the first phase.
        listener: who is told.
        state: where the training is saved.
        stand: where the phase stood when it was stopped; None where it begins.
        epochs: done in all phases.
    """

    def __init__(
        self,
        *,
        audit: Callable[[keras.Optimizer], list[str]],
        best: Best,
        phase: int,
        seed: int,
        patience: int,
        examples: int,
        folder: Path,
        clock: Clock | None,
        listener: Listener,
        state: State,
        stand: Stand | None,
        epochs: int,
    ):
        super().__init__()
        self.audit, self.best = audit, best
        self.phase, self.patience, self.examples = phase, patience, examples
        self.folder, self.clock, self.listener = folder, clock, listener
        self.state, self.epochs = state, epochs
        self.chance = seed, phase
        self.audited = False
        self.lowest, self.waited = (stand.lowest, stand.waited) if stand else (float("inf"), 0)

    def on_train_begin(self, logs: Any = None) -> None:
        """Note how often the weights have moved."""
        self.moves = int(self.model.optimizer.iterations)

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Start the clock, and chance."""
        if keras.backend.backend() == "torch":  # whose chance is one for all
            sow(int(np.random.SeedSequence((*self.chance, epoch)).generate_state(1)[0]))
        self.began = time.perf_counter()
        self.trained, self.losses = self.began, []

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Audit the first step that moves the weights; note the loss; tell how far the epoch is."""
        self.losses.append([batch + 1, (logs or {})["loss"]])
        if not self.audited:
            _settle(self.model)
            self.audited = int(self.model.optimizer.iterations) > self.moves
            if self.audited:
                self.audit(self.model.optimizer)
                if self.clock:
                    self.clock.lap("step")
                    self.listener.say(str(self.clock))
        self.trained = time.perf_counter()
        done = self.examples * (batch + 1) // self.params["steps"]
        self.listener.step("learning", done, self.examples)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Record the epoch, keep the best weights, stop when it is time."""
        _settle(self.model)
        told = {name: float(value) for name, value in (logs or {}).items()}
        if not np.isfinite([told["loss"], told["val_loss"]]).all():
            raise TrainingStopped(
                f"the loss is {told['loss']} after epoch {epoch + 1} of phase {self.phase}",
                hint="lower the learning rate with --lr, or train in float32",
            )
        row = {"phase": self.phase, "epoch": epoch + 1, **told}
        times = {
            "seconds": round(time.perf_counter() - self.began, 3),
            "examples_per_second": round(self.examples / (self.trained - self.began), 1),
        }
        self.epochs += 1
        for name, said in (("metrics", row), ("losses", self.losses), ("times", times)):
            with (self.folder / f"{name}.jsonl").open("a", encoding="utf-8") as file:
                file.write(json.dumps(said) + "\n")
        self.listener.epoch(row | times)
        self.best.offer(row, self.epochs)
        if told["val_loss"] < self.lowest:
            self.lowest, self.waited = told["val_loss"], 0
        else:
            self.waited += 1
            self.model.stop_training = self.waited >= self.patience
        stand = Stand(
            phase=self.phase,
            epoch=epoch + 1,
            ended=self.model.stop_training or epoch + 1 == self.params["epochs"],
            epochs=self.epochs,
            best=self.best.row,
            best_epoch=self.best.epoch,
            lowest=self.lowest,
            waited=self.waited,
        )
        if stand.ended and self.audited and (resting := self.audit(self.model.optimizer)):
            self.listener.say(f"no gradient has reached {', '.join(resting)} in phase {self.phase}")
        self.state.save(stand, self.model.optimizer, self.best.weights)


def _settle(model: keras.Model) -> None:
    """Bring the weights back into the model: while it trains, JAX keeps them elsewhere."""
    if hasattr(model, "jax_state_sync"):
        model.jax_state_sync()
