"""Pieces of a page. What is not `Html` is text, and is shown as it is written."""

import base64
import io
from collections.abc import Sequence
from html import escape
from pathlib import Path

from ..data.images import load
from ..errors import BadData

SIDE = 112  # pixels of a thumbnail
LETTERS = 300  # of a text


class Html(str):
    """Text that is HTML already."""


def html(value: str) -> Html:
    """Make HTML of a text."""
    return value if isinstance(value, Html) else Html(escape(value))


def tag(name: str, *inner: str, **attributes: str) -> Html:
    """Make an element; text in it and in its attributes is escaped.

    Args:
        name: of the element.
        inner: what it holds.
        attributes: by name, with a trailing underscore where that is a word of Python's.
    """
    said = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(value)}"'
        for key, value in attributes.items()
    )
    return Html(f"<{name}{said}>{''.join(map(html, inner))}</{name}>")


def join(parts: Sequence[str]) -> Html:
    """Put pieces one after the other."""
    return Html("\n".join(map(html, parts)))


def section(title: str, *inner: str) -> Html:
    """Make a section with its heading."""
    return tag("section", tag("h2", title), *inner)


def table(titles: Sequence[str], rows: Sequence[Sequence[str]], *, sorts: bool = False) -> Html:
    """Make a table.

    Args:
        titles: of the columns; those of one that begins with ">" are numbers, aligned to the right.
        rows: their cells.
        sorts: a click on a title sorts.
    """
    sides = [{"class_": "number"} if title.startswith(">") else {} for title in titles]
    names = [title.removeprefix(">") for title in titles]
    heads = (
        tag("th", tag("button", name, type="button") if sorts else name, scope="col", **side)
        for name, side in zip(names, sides, strict=True)
    )
    body = (
        tag("tr", *(tag("td", cell, **side) for cell, side in zip(row, sides, strict=True)))
        for row in rows
    )
    made = tag(
        "table",
        tag("thead", tag("tr", *heads)),
        tag("tbody", *body),
        **({"class_": "sorts"} if sorts else {}),
    )
    return tag("div", made, class_="wide")


def details(title: str, *inner: str) -> Html:
    """Make a part that opens on a click."""
    return tag("details", tag("summary", title), *inner)


def sample(value: Path | str) -> Html:
    """Show an example: a thumbnail, or the beginning of a text."""
    if isinstance(value, str):
        return tag("q", value if len(value) <= LETTERS else f"{value[:LETTERS]}…")
    try:
        image = load(value, side=SIDE)
    except BadData as error:
        return tag("em", str(error))
    image.thumbnail((SIDE, SIDE))
    file = io.BytesIO()
    image.save(file, "JPEG", quality=70)
    data = base64.b64encode(file.getvalue()).decode()
    width, height = map(str, image.size)
    return Html(
        f'<img alt="" width="{width}" height="{height}" src="data:image/jpeg;base64,{data}">'
    )


def card(value: Path | str | None, *lines: str) -> Html:
    """Show an example, where it is there, over lines of text."""
    shown = (sample(value),) if value is not None else ()
    return tag("li", *shown, *(tag("span", line) for line in lines))


def cards(items: Sequence[Html], modality: str) -> Html:
    """Show cards beside each other; of texts, below each other."""
    return tag("ul", *items, class_=f"cards {modality}s")
