"""Learning once more, from all examples, once validation has said what does best."""

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..phase import Phase
from .best import score
from .halve import learn_what_fits
from .listener import Listener
from .plan import Plan, plan
from .records import rows

REFIT = "refit"  # folder in that of the run


def refit(ready: Plan, folder: Path, listener: Listener) -> Plan:
    """Train anew from all examples, those held out too, through the phases that did best.

    What this network says of the held-out examples is no measure of it any more; that of the
    first, which has not learned from them, is, and so is the temperature that calibrates it.

    Args:
        ready: what was trained with some examples held out.
        folder: of its run.
        listener: is told how it goes.

    Returns:
        The same plan, with the network that has learned from all.
    """
    recipe = dataclasses.replace(
        ready.recipe,
        phases=chosen(ready.recipe.phases, rows(folder, "metrics")),
        soup=1,
        refit=False,
    )
    every = ready.split.all_to_learn_from()
    listener.say(
        f"once more, from all {len(every.train.targets):,} examples, those held out too: "
        + ", then ".join(f"{each.train} for {each.epochs} epochs" for each in recipe.phases)
    )
    again = plan(recipe, every, clock=ready.clock)
    (folder / REFIT).mkdir(exist_ok=True)
    again, _, _ = learn_what_fits(again, folder / REFIT, _Briefly(listener))
    return dataclasses.replace(ready, backbone=again.backbone, model=again.model)


def chosen(phases: Sequence[Phase], recorded: Sequence[Mapping[str, Any]]) -> tuple[Phase, ...]:
    """Leave out the phases that came after the very best epoch; the others go on to their end.

    So few examples validate too roughly to tell one epoch from the next, and a schedule that comes
    to its end does better than one cut off (measured on intents). But the strength of a regression
    is the one that validated best.

    Args:
        phases: as they were trained.
        recorded: rows of metrics.jsonl.
    """
    best = [
        max((row for row in recorded if row["phase"] == number), key=score)
        for number in range(1, len(phases) + 1)
    ]
    last = max(range(len(phases)), key=lambda i: score(best[i]))
    return tuple(
        dataclasses.replace(
            phase,
            epochs=row["epoch"] if phase.optimizer == "lbfgs" else phase.epochs,
            patience=phase.epochs,
        )
        for phase, row in zip(phases[: last + 1], best, strict=False)
    )


class _Briefly:
    """Passes on how far it is, but no epoch: what it would say of validation is no measure."""

    def __init__(self, listener: Listener):
        self.step = listener.step

    def say(self, line: str) -> None:
        """Keep quiet."""

    def epoch(self, row: Mapping[str, Any]) -> None:
        """Keep quiet."""
