"""Training a run again from its folder, and comparing the two."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..backend import devices
from ..checkpoints import open_checkpoint
from ..fresh import read_json
from ..recipe import recipe_of
from ..run.lock import sha256
from ..zoo import Backbone
from .finetune import check_unchanged, finetune
from .listener import Listener, Silence
from .plan import Plan, plan
from .records import rows

BITS, CLOSE = "to the bit", "accuracy within a point"
POINT = 0.01  # of accuracy


@dataclass(frozen=True)
class Verdict:
    """How a run compares with the same training done again.

    Args:
        identical: whether all steps and all weights are, to the bit.
        steps: compared.
        first: where they part first; "" where they do not.
        apart: largest difference of a weight, relative to the largest of its tensor.
        accuracy: best validation accuracy then and now.
        causes: what differs between the two in versions and machine.
        promised: what can be: "to the bit" on processors; "accuracy within a point" on
            accelerators, whose kernels may add in another order each time.
    """

    identical: bool
    steps: int
    first: str
    apart: float
    accuracy: tuple[float, float]
    causes: tuple[str, ...]
    promised: str

    @property
    def kept(self) -> bool:
        """Whether what can be promised is so."""
        then, now = self.accuracy
        return self.identical or (self.promised != BITS and abs(then - now) <= POINT)


def reproduce(
    run: str | Path,
    ready: Plan | None = None,
    *,
    backbone: Backbone | None = None,
    listener: Listener | None = None,
) -> Verdict:
    """Train a run again from its folder, and say whether the same comes out.

    Args:
        run: a finished run.
        ready: the plan of its recipe, where that is made already.
        backbone: the one that its recipe names, where no name finds it.
        listener: is told how it goes.

    Raises:
        BadInput: it is not finished; or its data, the backbone's weights or the backend are not
            those that it was made with.
    """
    out = Path(run).expanduser()
    read_json(out, "model/config.json")  # says so where it is not finished
    ready = ready or plan(recipe_of(out), backbone=backbone)
    causes = check_unchanged(out, ready, "be done again")
    with tempfile.TemporaryDirectory(prefix=f".{out.name}.", dir=out.parent) as folder:
        again = Path(folder, "run")
        finetune(ready, again, listener=listener or Silence())
        first, steps = _first_difference(out, again)
        files = [each / "model" / "model.safetensors" for each in (out, again)]
        same = sha256(files[0]) == sha256(files[1])
        return Verdict(
            identical=same and not first,
            steps=steps,
            first=first or ("" if same else "the weights that were saved"),
            apart=0.0 if same else _apart(*files),
            accuracy=(_accuracy(out), _accuracy(again)),
            causes=tuple(causes),
            promised=BITS if all("CPU" in each for each in devices()) else CLOSE,
        )


def _first_difference(before: Path, after: Path) -> tuple[str, int]:
    """Say in which step two runs part, "" where in none; and how many were compared."""
    steps = 0
    names = (before, "metrics"), (before, "losses"), (after, "losses")
    for row, then, now in zip(*(rows(*name) for name in names), strict=False):
        if then != now:
            pairs = zip(then, now, strict=False)
            (step, was), (_, loss) = next(pair for pair in pairs if pair[0] != pair[1])
            return (
                f"step {step} of epoch {row['epoch']} of phase {row['phase']}, or just before: "
                f"loss {was!r} then, {loss!r} now"
            ), steps
        steps += then[-1][0]
    if rows(before, "metrics") != rows(after, "metrics"):
        return "what validation says", steps
    return "", steps


def _apart(one: Path, other: Path) -> float:
    """Give the largest difference of two files' weights, relative to the largest of the tensor."""
    with open_checkpoint(one) as then, open_checkpoint(other) as now:
        return max(
            float(np.max(np.abs(then[name] - now[name])) / max(np.max(np.abs(then[name])), 1e-30))
            for name in then
            if then[name].size
        )


def _accuracy(run: Path) -> float:
    return max(row["val_accuracy"] for row in rows(run, "metrics"))
