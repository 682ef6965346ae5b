"""What froze and what learned, and what that took."""

import re
from collections.abc import Sequence
from pathlib import Path

from ..phase import Phase
from ..train.clock import duration
from ..train.records import rows
from .html import Html, table, tag

LEARNING = re.compile(r"phase (\d+) of \d+: .* learns, ([\d,]+) of ([\d,]+) weights")
COST = re.compile(r"(memory: |first step after |an epoch takes |saved ).*")
STAMP = re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d  ")


def course(folder: Path, phases: Sequence[Phase]) -> list[Html]:
    """Tell phase by phase what learned, at which rate, and what it came to.

    Args:
        folder: of the run.
        phases: of its recipe.
    """
    metrics, times, weights = rows(folder, "metrics"), rows(folder, "times"), _weights(folder)
    told = []
    for number, phase in enumerate(phases, start=1):
        own = [i for i, row in enumerate(metrics) if row["phase"] == number]
        if not own:
            continue
        learn, frozen = weights.get(number, ("-", "-"))
        told.append(
            (
                f"{number}",
                phase.train,
                learn,
                frozen,
                f"{len(own)} of {phase.epochs}",
                f"{phase.lr:g}",
                phase.optimizer,
                f"{max(metrics[i]['val_accuracy'] for i in own):.4f}",
                duration(sum(times[i]["seconds"] for i in own)),
            )
        )
    titles = (">phase", "learns", ">weights that learn", ">frozen", ">epochs", ">rate", "optimizer",
              ">best val accuracy", ">time")  # fmt: skip
    return [table(titles, told)]


def _weights(folder: Path) -> dict[int, tuple[str, str]]:
    """Read in the log how many weights learned in each phase, and how many were frozen."""
    found = {}
    for line in _log(folder):
        if said := LEARNING.match(line):
            number, learn, all_ = (int(each.replace(",", "")) for each in said.groups())
            found[number] = f"{learn:,}", f"{all_ - learn:,}"
    return found


def spent(folder: Path) -> list[Html]:
    """Tell what a run took, by its own measure and in the words of its log."""
    seconds = sum(row["seconds"] for row in rows(folder, "times"))
    lines = [line for line in _log(folder) if COST.match(line)]
    return [
        tag("p", f"Its epochs took {duration(seconds)}, validation included."),
        tag("ul", *(tag("li", line) for line in lines)),
    ]


def _log(folder: Path) -> list[str]:
    """Read the lines of the log, without their time."""
    lines = (folder / "log.txt").read_text("utf-8", "replace").splitlines()
    return [STAMP.sub("", line) for line in lines]
