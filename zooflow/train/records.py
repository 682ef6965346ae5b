"""What a run has recorded of its course."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any


def rows(run: Path, name: str) -> list[Any]:
    """Read the rows of a run's "metrics", "losses" or "times", one for each epoch."""
    return [json.loads(line) for line in (run / f"{name}.jsonl").read_text("utf-8").splitlines()]


def losses(means: list[list[float]]) -> Iterator[tuple[int, float]]:
    """Give the loss of the steps of an epoch.

    Args:
        means: a row of "losses": steps, and the mean loss of all of them.

    Yields:
        How many steps are done, and the mean loss of those since the last.
    """
    done, total = 0, 0.0
    for step, mean in means:
        yield int(step), (step * mean - total) / (step - done)
        done, total = step, step * mean
