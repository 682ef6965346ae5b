"""Whom a run tells how it goes."""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol


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
