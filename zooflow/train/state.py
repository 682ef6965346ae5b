"""Where a training stands: saved whole or not at all, after epochs and inside long ones.

NNNNN-NNNNNNN (epochs, and steps of the next one) .safetensors holds all numbers that training has
changed, .json the rest and the hashes of the files that belong to it; it appears last. A save that
is torn is passed over for the one before.
"""

import json
import math
import os
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import ops
from safetensors.numpy import load_file

from ..checkpoints import save_safetensors
from ..run.lock import sha256
from .best import Kept

KEPT = 2  # saves
SHARE = 50  # times as long as saving takes, training goes on before the next save
PAUSE = 30  # seconds without a save before one inside an epoch


@dataclass(frozen=True)
class Stand:
    """Where a training stands after an epoch, or after a step of one.

    Args:
        phase: number of the phase, from 1.
        epoch: epochs of it that are done.
        epochs: done in all phases.
        best: rows of metrics.jsonl of the best epochs, the best first, by their number among those
            of all phases, from 1.
        lowest: validation loss so far in the phase.
        waited: epochs since then.
        ended: whether the phase is over.
        losses: of the next epoch so far, as a row of losses.jsonl.
        seconds: that it has taken.
    """

    phase: int
    epoch: int = 0
    epochs: int = 0
    best: dict[str, dict[str, Any]] = field(default_factory=dict)
    lowest: float = math.inf
    waited: int = 0
    ended: bool = False
    losses: list[list[float]] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def step(self) -> int:
        """How many steps of the next epoch are done."""
        return steps_done(self.losses)

    def __str__(self) -> str:
        place = (
            f"step {self.step} of epoch {self.epoch + 1}" if self.step else f"epoch {self.epoch}"
        )
        return f"{place} of phase {self.phase}"


def steps_done(losses: Sequence[Sequence[float]]) -> int:
    """Count the steps of an epoch that its row of losses.jsonl tells of."""
    return int(losses[-1][0]) if losses else 0


@dataclass(frozen=True)
class Saved:
    """A save.

    Args:
        stand: where the training stood.
        now: numbers of the model, the optimizer and the metrics as they were.
        best: the best epochs so far.
    """

    stand: Stand
    now: dict[str, np.ndarray]
    best: Sequence[Kept]


def save(folder: Path, saved: Saved) -> None:
    """Save where a training stands, and forget the saves but for the last `KEPT`.

    Args:
        folder: for saves alone; is made.
        saved: what to keep.

    Raises:
        ZooflowError: it cannot be written.
    """
    folder.mkdir(exist_ok=True)
    number = f"{saved.stand.epochs:05}-{saved.stand.step:07}"
    now, facts = (folder / f"{number}.{kind}" for kind in ("safetensors", "json"))
    best = [folder / f"best-{each.epoch:05}.safetensors" for each in saved.best]
    for each, path in zip(saved.best, best, strict=True):
        if not path.exists():
            save_safetensors(each.weights, path)
    save_safetensors(saved.now, now)
    files = {file.name: sha256(file) for file in (now, *best)}
    part = facts.with_suffix(".part")
    part.write_text(json.dumps({"stand": asdict(saved.stand), "files": files}), "utf-8")
    os.replace(part, facts)
    _forget(folder, sorted(folder.glob("*.json"))[-KEPT:])


def latest(folder: Path) -> Saved | None:
    """Find the last save that is whole, and remove what does not belong to it; None without any."""
    for facts in sorted(folder.glob("*.json"), reverse=True):
        with suppress(OSError, ValueError, KeyError, TypeError):  # torn: the one before will do
            said = json.loads(facts.read_text("utf-8"))
            if all(sha256(folder / name) == mark for name, mark in said["files"].items()):
                _forget(folder, [facts])
                now, *best = (load_file(folder / name) for name in said["files"])
                stand = Stand(**said["stand"])
                kept = [
                    Kept(int(epoch), row, weights)
                    for (epoch, row), weights in zip(stand.best.items(), best, strict=True)
                ]
                return Saved(stand, now, kept)
    _forget(folder, [])
    return None


def _forget(folder: Path, kept: list[Path]) -> None:
    """Remove all files but some saves and what belongs to them; what says of others goes first."""
    said = [json.loads(facts.read_text("utf-8")) for facts in kept]
    names = {facts.name for facts in kept} | {name for each in said for name in each["files"]}
    others = [file for file in folder.glob("*") if file.name not in names]
    for file in sorted(others, key=lambda file: file.suffix != ".json"):
        file.unlink(missing_ok=True)


class State:
    """The numbers that a training changes, saved and brought back.

    Args:
        folder: for saves alone.
        layers: all that the phases change.
    """

    def __init__(self, folder: Path, layers: Sequence[keras.Layer]):
        self.folder, self.layers = folder, layers
        self.last, self.next = time.monotonic(), 0.0  # save; when to save again
        self.saved = latest(folder) if folder.is_dir() else None
        self.epochs = self.saved.stand.epochs if self.saved else 0  # done in all phases

    def due(self, *, inside: bool = False) -> bool:
        """Say whether it is time to save again, after an epoch or inside one."""
        return time.monotonic() >= max(self.next, self.last + PAUSE * inside)

    def save(self, stand: Stand, tail: keras.Model, best: Sequence[Kept]) -> None:
        """Save where a training stands.

        Args:
            stand: where it stands.
            tail: what learns, compiled.
            best: the best epochs so far.
        """
        began = time.monotonic()
        now = _named("model", self._variables) | _named("optimizer", tail.optimizer.variables)
        if stand.step:
            now |= _named("metrics", tail.metrics_variables)
        save(self.folder, Saved(stand, now, best))
        self.last = time.monotonic()
        self.next = self.last + SHARE * (self.last - began)

    def restore(self) -> None:
        """Bring back what phases change."""
        self._fill("model", self._variables)

    def restore_optimizer(self, optimizer: keras.Optimizer) -> None:
        """Bring back what the phase's optimizer holds."""
        self._fill("optimizer", optimizer.variables)

    def restore_metrics(self, tail: keras.Model) -> None:
        """Bring back what the metrics of an epoch have summed up."""
        self._fill("metrics", tail.metrics_variables)

    @property
    def _variables(self) -> list[keras.Variable]:
        return [variable for layer in self.layers for variable in layer.variables]

    def _fill(self, what: str, variables: Sequence[keras.Variable]) -> None:
        assert self.saved
        for i, variable in enumerate(variables):
            variable.assign(self.saved.now.pop(f"{what}.{i}"))  # which nobody needs twice


def _named(what: str, variables: Sequence[keras.Variable]) -> dict[str, np.ndarray]:
    return {f"{what}.{i}": ops.convert_to_numpy(each) for i, each in enumerate(variables)}
