"""zooflow list: the curated backbones."""

from fnmatch import fnmatch

import click

from .. import cards, sources
from ..cards import Card, ImageInput
from ..errors import UnknownName
from .show import put_json, put_table


@click.command("list")
@click.argument("pattern", default="*")
@click.option("--image", "modality", flag_value="image", help="Only those that take images.")
@click.option("--text", "modality", flag_value="text", help="Only those that take texts.")
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
def command(pattern: str, modality: str | None, as_json: bool) -> None:
    """Show the curated backbones whose name matches PATTERN.

    PATTERN is a part of the name, or has the wildcards *, ? and [].
    """
    wild = pattern if any(mark in pattern for mark in "*?[") else f"*{pattern}*"
    named = [name for name in cards.names() if fnmatch(name.casefold(), wild.casefold())]
    if not named:
        raise UnknownName("model", pattern, cards.names(), hint="zooflow list shows them all")
    found = [card for name in named if modality in (None, takes(card := cards.find(name)))]
    if as_json:
        put_json([summary(card) for card in found])
        return
    rows = [
        (card.name, millions(card.parameters), size(card), card.license,
         "here" if sources.is_here(card.source) else "-", card.title)
        for card in found
    ]  # fmt: skip
    put_table(("name", ">weights", "takes", "license", "files", "what it is"), rows)


def takes(card: Card) -> str:
    """Say what a backbone takes: "image" or "text"."""
    return "image" if isinstance(card.input, ImageInput) else "text"


def size(card: Card) -> str:
    """Say how large a backbone's input is."""
    if isinstance(card.input, ImageInput):
        return f"{card.input.size[0]} x {card.input.size[1]}"
    return f"{card.input.length} tokens"


def millions(count: int) -> str:
    """Say a number of weights shortly."""
    return f"{count / 1e6:,.1f} M"


def summary(card: Card) -> dict[str, object]:
    """Give the facts of a card that a program chooses by."""
    return {
        "name": card.name,
        "title": card.title,
        "takes": takes(card),
        "size": card.input.size if isinstance(card.input, ImageInput) else card.input.length,
        "parameters": card.parameters,
        "license": card.license,
        "here": sources.is_here(card.source),
    }
