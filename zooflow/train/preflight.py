"""What a phase will take, told before it is over: memory by its graph, time by its first steps."""

import math
import re
import time
from contextlib import suppress
from pathlib import Path
from statistics import median_low
from typing import Any

import keras

from ..backend import devices
from ..graph import steps
from ..phase import Phase
from .clock import duration
from .listener import Listener

# Times its output, what a step keeps for the backward pass or works in; measured.
KEPT = {"tensorflow": 1.25, "jax": 1.25, "torch": 2.0}
RECTIFIED = {keras.activations.relu, keras.activations.relu6}  # whose backward pass needs no input
SCORES = 3  # tables of what attends to what that attention keeps
# Numbers that an optimizer keeps of each weight.
MOMENTS = {"adamw": 2, "sgd": 1, "lion": 1, "muon": 2, "lbfgs": 0}
GROUP = Path("/sys/fs/cgroup")
FORWARD = 1 / 3  # of the time of a training step, what a step of validation takes
MEASURED = 3  # steps, at least, and
SECONDS = 1.0  # at least so long, before the time is told


def tell_memory(
    tail: keras.Model, phase: Phase, *, batch: int, length: int, listener: Listener
) -> None:
    """Tell how much memory a phase will take, and warn where there is less.

    Args:
        tail: what learns.
        phase: how.
        batch: examples in a step.
        length: of the longest text in tokens.
        listener: is told.
    """
    needed, free = memory(tail, phase, batch=batch, length=length), free_memory()
    beside = f", {_told(free)} is free" if free else ""
    listener.say(f"memory: about {_told(needed)} more{beside}")
    if free and needed > free:
        listener.say(
            "warning: that will not fit; a smaller --batch or a part with fewer blocks may"
        )


def _told(size: int) -> str:
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.0f} MB"


def memory(tail: keras.Model, phase: Phase, *, batch: int, length: int) -> int:
    """Estimate how much memory training takes beside the model itself.

    That is what the steps of the graph keep for the backward pass, the gradients and the
    clipped ones, what the optimizer keeps of them, and the best weights. Measured peaks were 0.8 to
    1.6 times that; of a head alone, which takes 10 to 45 MB for itself, more.

    Args:
        tail: what learns.
        phase: how.
        batch: examples in a step.
        length: of the longest text in tokens.

    Returns:
        Bytes.
    """

    def size(tensor: Any) -> int:
        first, *others = tensor.shape
        sides = (first or batch, *(side or length for side in others))
        return math.prod(sides) * _bytes(tensor.dtype)

    spared = {
        id(tensor)
        for node in steps(tail)
        if isinstance(node.operation, keras.layers.Activation)
        and node.operation.activation in RECTIFIED
        for tensor in node.input_tensors
    }
    said = [each for node in steps(tail) for each in node.outputs if id(each) not in spared]
    kept = KEPT[keras.backend.backend()] * sum(map(size, said))
    scores = sum(SCORES * _scores(node, batch, length) for node in steps(tail))
    extra = (phase.clip > 0) + (phase.gathered > 1) + (phase.ema > 0)
    copies = 2 + extra + MOMENTS[phase.optimizer]
    learning = sum(math.prod(each.shape) * _bytes(each.dtype) for each in tail.trainable_variables)
    return int(kept + scores + copies * learning)


def _bytes(dtype: str) -> int:
    return math.ceil(int(re.sub(r"\D", "", dtype.partition("_")[0]) or 8) / 8)


def _scores(node: Any, batch: int, length: int) -> int:
    """Count the bytes of one table of what attends to what, in all heads; 0 where nothing does."""
    heads = getattr(node.operation, "heads", 0)
    if not heads or len(node.input_tensors) < 2:
        return 0
    query, key = (each.shape for each in node.input_tensors[:2])
    place = 1 if query[-2] == heads else -2  # of the length, where the heads are apart already
    windows = query[1] if len(query) == 4 and place == -2 else 1
    return 4 * batch * windows * heads * (query[place] or length) * (key[place] or length)


def free_memory() -> int | None:
    """Say how many bytes of memory are free for this process; None where that is not known.

    On Linux, where a processor computes; a limit on its group of processes counts.
    """
    if not devices()[0].startswith("CPU"):
        return None
    try:
        said = Path("/proc/meminfo").read_text("utf-8")
        free = int(dict(re.findall(r"(\w+): +(\d+) kB", said))["MemAvailable"]) * 1024
    except (OSError, KeyError):
        return None
    with suppress(OSError, ValueError):  # no group, or no limit: "max"
        limit = int((GROUP / "memory.max").read_text("utf-8"))
        stat = dict(
            line.split() for line in (GROUP / "memory.stat").read_text("utf-8").splitlines()
        )
        used = int((GROUP / "memory.current").read_text("utf-8")) - int(stat["inactive_file"])
        free = min(free, limit - used)
    return free


class Pace(keras.callbacks.Callback):
    """Tell after the first steps of a phase how long its epochs take.

    The first call of an epoch is left out, and of the others the median taken: some compile.

    Args:
        epochs: of the phase, still to come.
        checks: steps of a validation.
        listener: is told.
    """

    def __init__(self, *, epochs: int, checks: int, listener: Listener):
        super().__init__()
        self.epochs, self.checks, self.listener = epochs, checks, listener
        self.paces: list[float] = []  # seconds of a step
        self.told = False

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Leave out what lies between two epochs."""
        self.began = None

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Measure; tell once that is certain, or when the epoch is over."""
        now = time.perf_counter()
        if self.told:
            return
        if self.began is None:
            self.began = now
        else:
            self.paces.append((now - self.last) / (batch - self.batch))
        self.last, self.batch = now, batch
        steps = self.params["steps"]
        certain = len(self.paces) >= MEASURED and now - self.began >= SECONDS
        self.told = certain or batch + 1 >= steps
        if self.told and self.paces:
            epoch = median_low(self.paces) * (steps + self.checks * FORWARD)
            whole = f", {self.epochs} take {duration(self.epochs * epoch)}"
            self.listener.say(
                f"an epoch takes about {duration(epoch)}{whole if self.epochs > 1 else ''}"
            )
