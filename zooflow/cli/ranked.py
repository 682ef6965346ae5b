"""What zooflow rank has found, as people read it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from .listing import millions
from .show import Show, put, put_table

if TYPE_CHECKING:
    from ..ranking import Ranked


def table(rows: Sequence["Ranked"], speed: str) -> None:
    """Write what was ranked, and what was left out.

    Args:
        rows: the best first.
        speed: title of the column of examples per second.
    """
    ranked = [(row, row.scores) for row in rows if row.scores]
    put_table(
        ("name", ">probe", "95 %", ">neighbours", ">LogME", f">{speed}", ">weights", "license"),
        [
            (
                row.name,
                f"{scores.probe:.4f}",
                f"{scores.low:.3f} to {scores.high:.3f}",
                f"{scores.neighbours:.4f}",
                f"{scores.logme:.3f}",
                f"{row.examples_per_second:,.0f}" if row.examples_per_second else "-",
                millions(row.parameters),
                row.license,
            )
            for row, scores in ranked
        ],
    )
    if left := [(row.name, row.reason) for row in rows if not row.scores]:
        put("")
        put_table(("left out", "why"), left)


def close(rows: Sequence["Ranked"], show: Show) -> None:
    """Say what the table does not."""
    ranked = [row for row in rows if row.scores]
    best = ranked[0].scores
    assert best
    show.say("\nprobe: cross-validated accuracy of a linear classifier on the frozen features")
    if any(row.examples_per_second is None for row in ranked):
        show.say("-: the features were there from before, or the examples too few to measure by")
    if equal := [row.name for row in ranked[1:] if row.scores and row.scores.probe >= best.low]:
        others = f" and {len(equal) - 3} more" if len(equal) > 3 else ""
        show.say(f"within the interval of the best: {', '.join(equal[:3])}{others}")
