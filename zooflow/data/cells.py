"""What a cell of a table says, and whether it can be used."""

import json
import math
from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any

from ..errors import BadData


def see_column(name: str, columns: Sequence[str], source: object) -> None:
    """Refuse a column that is not there, or there twice.

    Raises:
        BadData: it is; the columns that there are, are named.
    """
    if name not in columns:
        folded = {column.casefold(): column for column in columns}
        near = get_close_matches(name.casefold(), folded, n=1)
        raise BadData(
            f"{source} has no column {name!r}, but {listed(columns)}",
            f"did you mean {folded[near[0]]!r}?" if near else "the first row must name the columns",
        )
    if columns.count(name) > 1:
        raise BadData(f"{source} has {columns.count(name)} columns named {name!r}")


def listed(columns: Sequence[str]) -> str:
    """Name the first columns."""
    shown = ", ".join(repr(name[:40]) for name in columns[:10])
    return f"{shown} and {len(columns) - 10} more" if len(columns) > 10 else shown


def plain(value: Any) -> str | None:
    """Write a cell as its file does: 3 is "3", true is "true"; None where it is missing."""
    if value is None:
        return None
    return json.dumps(value) if isinstance(value, (bool, float)) else str(value)


def problem(value: Any, column: str) -> str:
    """Say what is wrong with a cell; nothing where it is good."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return f"column {column!r} is missing"
    if isinstance(value, (dict, list, bytes)):
        return f"column {column!r} is a {type(value).__name__}, not a text"
    text = str(value)
    if not text.strip():
        return f"column {column!r} is empty"
    if any(0xD800 <= ord(letter) < 0xE000 for letter in text):
        return f"column {column!r} holds half a surrogate pair"
    return ""
