"""What watches a phase while it trains: the audit, the record, the saves."""

import json
import math
import time
from pathlib import Path
from typing import Any

import keras
import numpy as np

from ..backend import seed as sow
from ..errors import TrainingStopped
from ..freeze import audit, fingerprints
from .batches import Batches
from .best import Best
from .listener import Listener
from .moving import Moving
from .plan import Plan
from .state import Stand, State, steps_done
from .trouble import stop


class Watch(keras.callbacks.Callback):
    """Audit first step and last, record epochs, keep the best, stop when nothing gets better.

    Args:
        ready: what the run is made from.
        number: of the phase, from 1.
        train: its batches.
        best: where the best weights are kept.
        state: where the training is saved.
        stand: where the phase stood when it was stopped; None where it begins.
        folder: of the run; metrics.jsonl, losses.jsonl (steps, and the mean loss after each) and
            times.jsonl get a row for each epoch.
        listener: who is told.
    """

    def __init__(
        self,
        *,
        ready: Plan,
        number: int,
        train: Batches,
        best: Best,
        state: State,
        stand: Stand | None,
        folder: Path,
        listener: Listener,
    ):
        super().__init__()
        self.ready, self.number, self.train, self.best = ready, number, train, best
        self.state, self.folder, self.listener = state, folder, listener
        self.patience = ready.recipe.phases[number - 1].patience
        self.first = number == 1 and not stand
        self.before = fingerprints(ready.model)
        self.audited = False
        self.stand = stand or Stand(phase=number)
        self.lowest, self.waited = self.stand.lowest, self.stand.waited

    def on_train_begin(self, logs: Any = None) -> None:
        """Note how often the weights have moved."""
        self.moves = int(self.model.optimizer.iterations)
        self.moving = Moving(self.model)

    def on_test_begin(self, logs: Any = None) -> None:
        """Let validation see the moving average of the weights, where there is one."""
        self.moving.put()

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Start the clock; go on where the epoch was stopped."""
        self.epoch, self.losses = epoch + 1, []
        self.began = self.trained = time.perf_counter()
        if self.stand.step and epoch == self.stand.epoch:
            self.losses = [*self.stand.losses]
            self.began -= self.stand.seconds
            self.state.restore_metrics(self.model)
        self.skipped = self.done

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Seed the chance of the step."""
        if keras.backend.backend() == "torch":  # whose chance is one for all
            seeds = (self.ready.recipe.seed, self.number, self.epoch, self.done)
            sow(int(np.random.SeedSequence(seeds).generate_state(1)[0]))

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Audit the first step that moves the weights; note the loss; tell how far the epoch is."""
        loss = float((logs or {})["loss"])
        # Keras counts steps taken in one call to the end, where the epoch is over before
        steps = range(self.done, min(self.skipped + batch + 1, self.params["steps"]))
        if not math.isfinite(loss):
            raise self._stopped(steps, loss)
        self.losses.append([steps.stop, loss])
        if not self.audited:
            _settle(self.model)
            self.audited = int(self.model.optimizer.iterations) > self.moves
            if self.audited:
                self._audit()
                if self.first:
                    self.ready.clock.lap("step")
                    self.listener.say(str(self.ready.clock))
        self.trained = time.perf_counter()
        if self.done < self.params["steps"] and self.state.due(inside=True):
            _settle(self.model)
            spent = self.trained - self.began
            self._save(self.epoch - 1, losses=self.losses, seconds=spent)
        seen = self.train.count * self.done // self.params["steps"]
        self.listener.step("learning", seen, self.train.count)
        early = self.skipped and self.done == self.params["steps"]
        if early and keras.backend.backend() == "tensorflow":
            # Others see that no batch is left before a step; it does what needs no batch: count
            # the step, draw chance.
            raise StopIteration

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Record the epoch, keep the best weights, stop when it is time."""
        _settle(self.model)
        told = {name: float(value) for name, value in (logs or {}).items()}
        if not math.isfinite(told["val_loss"]):
            raise self._stopped(range(self.done - 1, self.done), told["val_loss"])
        row = {"phase": self.number, "epoch": epoch + 1, **told}
        times = {
            "seconds": round(time.perf_counter() - self.began, 3),
            "examples_per_second": round(self.train.count / (self.trained - self.began), 1),
        }
        self.state.epochs += 1
        for name, said in (("metrics", row), ("losses", self.losses), ("times", times)):
            with (self.folder / f"{name}.jsonl").open("a", encoding="utf-8") as file:
                file.write(json.dumps(said) + "\n")
        self.listener.epoch(row | times)
        self.best.offer(row, self.state.epochs)
        self.moving.take_back()
        if told["val_loss"] < self.lowest:
            self.lowest, self.waited = told["val_loss"], 0
        else:
            self.waited += 1
            self.model.stop_training = self.waited >= self.patience
        ended = self.model.stop_training or epoch + 1 == self.params["epochs"]
        if ended and self.audited and (resting := self._audit()):
            listing = ", ".join(resting)
            self.listener.say(f"no gradient has reached {listing} in phase {self.number}")
        if ended or self.state.due():
            self._save(epoch + 1, ended=ended)

    @property
    def done(self) -> int:
        """How many steps of the epoch are done."""
        return steps_done(self.losses)

    def _save(self, epoch: int, **others: Any) -> None:
        """Save where the phase stands."""
        stand = Stand(
            phase=self.number,
            epoch=epoch,
            epochs=self.state.epochs,
            best={str(each.epoch): each.row for each in self.best.kept},
            lowest=self.lowest,
            waited=self.waited,
            **others,
        )
        self.state.save(stand, self.model, self.best.kept)

    def _audit(self) -> list[str]:
        """Check that just what should learn does; name what no gradient has reached."""
        phase, whole = self.ready.recipe.phases[self.number - 1], self.ready.model
        if phase.optimizer == "lbfgs":  # which writes the head, and nothing else
            return []
        return audit(whole, self.ready.backbone, phase.train, self.before, self.model.optimizer)

    def _stopped(self, steps: range, loss: float) -> TrainingStopped:
        _settle(self.model)
        return stop(
            self.folder,
            self.model,
            self.train,
            self.ready.split.train.origins,
            phase=self.number,
            epoch=self.epoch,
            steps=steps,
            loss=loss,
        )


def _settle(model: keras.Model) -> None:
    """Bring the weights back into the model: while it trains, JAX keeps them elsewhere."""
    if hasattr(model, "jax_state_sync"):
        model.jax_state_sync()
