"""The one sink of output: data to stdout, everything else to stderr."""

import json
import os
import shutil
import sys
import time
from collections.abc import Mapping, Sequence
from typing import Any

PAUSE = 30.0  # seconds between two lines on long work where there is no terminal
COLUMNS = {  # of the table of epochs: title -> (key in metrics.jsonl, width, format)
    "epoch": ("epoch", 7, "d"),
    "loss": ("loss", 8, ".4f"),
    "accuracy": ("accuracy", 10, ".4f"),
    "val loss": ("val_loss", 10, ".4f"),
    "val accuracy": ("val_accuracy", 14, ".4f"),
}


class Show:
    """Who tells people how work goes: a `Listener` of `zooflow.train`.

    Use it in a `with` block, which leaves the terminal as it was whatever happens.

    Args:
        quiet: tell nothing.
        unit: what is counted: "images", "texts", "bytes".
    """

    def __init__(self, *, quiet: bool = False, unit: str = "examples"):
        self.quiet, self.unit = quiet, unit
        self.terminal = sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
        self.bar: Any = None
        self.doing = ""
        self.began = self.told = 0.0  # seconds
        self.first = 0  # what was done when its first step was told
        self.rows: list[Mapping[str, Any]] = []

    def __enter__(self) -> "Show":
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def say(self, line: str) -> None:
        """Tell a line."""
        self._end()
        if not self.quiet:
            print(line, file=sys.stderr, flush=True)

    def epoch(self, row: Mapping[str, Any]) -> None:
        """Tell what an epoch has come to, as a row of the table under its phase."""
        self.rows.append(row)
        if row["epoch"] == 1:
            titles = "".join(f"{title:>{width}}" for title, (_, width, _) in COLUMNS.items())
            self.say(f"{titles}{self.unit + '/s':>12}")
        cells = "".join(f"{row[key]:>{width}{form}}" for key, width, form in COLUMNS.values())
        self.say(f"{cells}{row['examples_per_second']:>12,.0f}")

    def step(self, doing: str, done: int, total: int) -> None:
        """Tell how far a long piece of work is; `done == total` ends it."""
        if self.quiet:
            return
        now = time.monotonic()
        if doing != self.doing:
            self._end()
            self.doing, self.began, self.told, self.first = doing, now, now, done
        speed = ""
        if done > self.first:
            rate = (done - self.first) / max(now - self.began, 1e-6)
            left = round((total - done) / rate)
            speed = f", {self._amount(round(rate))}/s, {left // 60}:{left % 60:02} left"
        if self.terminal:
            self._draw(doing, done, total, f"{self._amount(total)}{speed}")
        elif now - self.told > PAUSE and done < total:
            self.told = now
            print(f"  {doing}: {done / total:.0%} of {self._amount(total)}{speed}",
                  file=sys.stderr, flush=True)  # fmt: skip
        if done >= total:
            self._end()

    def _draw(self, doing: str, done: int, total: int, figures: str) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress

        if not self.bar:
            self.bar = Progress(
                "  {task.description}",
                BarColumn(),
                "{task.percentage:>3.0f} % of {task.fields[figures]}",
                console=Console(stderr=True, highlight=False),
                transient=True,
                auto_refresh=False,
            )
            self.bar.add_task(doing, total=total, figures=figures)
            self.bar.start()
        elif time.monotonic() - self.told < 0.1 and done < total:
            return
        self.told = time.monotonic()
        self.bar.update(0, completed=done, figures=figures, refresh=True)

    def _end(self) -> None:
        if self.bar:
            self.bar.stop()
        self.bar, self.doing = None, ""

    def _amount(self, count: int) -> str:
        return f"{count / 1e6:,.1f} MB" if self.unit == "bytes" else f"{count:,} {self.unit}"


def put(line: str) -> None:
    """Write a line of data to stdout."""
    print(line)


def put_json(value: Any) -> None:
    """Write a value to stdout as JSON."""
    print(json.dumps(value, indent=2, ensure_ascii=False))


def span(within: tuple[float, float] | None) -> str:
    """Write an interval as text, "" where there is none."""
    return "{:.4f} to {:.4f}".format(*within) if within else ""


def put_table(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Write aligned columns to stdout; on a terminal, lines are cut at its edge.

    Args:
        titles: of the columns; one that begins with ">" is aligned to the right.
        rows: their cells.
    """
    lines = [tuple(title.removeprefix(">") for title in titles), *rows]
    widths = [max(len(line[i]) for line in lines) for i in range(len(titles))]
    edge = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    for line in lines:
        cells = [
            cell.rjust(width) if title.startswith(">") else cell.ljust(width)
            for title, cell, width in zip(titles, line, widths, strict=True)
        ]
        print("  ".join(cells).rstrip()[:edge])
