"""All that loads by name: the curated backbones, and timm's tags with what is published of them.

`tags.csv` is written by scripts/make_tags.py from timm and its published results. What is not
published there is unknown here. Imports no ML library.
"""

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from . import cards
from .backbones.variants import families
from .cards import Card, ImageInput
from .errors import BadInput

COMMERCIAL = {  # licences of weights that a product may use as it is
    "apache-2.0",
    "bsd-2-clause",
    "bsd-3-clause",
    "cc-by-4.0",
    "cc0-1.0",
    "mit",
}


@dataclass(frozen=True)
class Entry:
    """What is known of a backbone before its files are here.

    Args:
        name: to load it by.
        family: that traces it.
        takes: "image" or "text".
        size: (height, width) in pixels, or the most tokens of a text; () where unknown.
        parameters: numbers in the tensors of the backbone; 0 where unknown.
        gmacs: billions of multiplications for an image of that size; None where unknown.
        top1: accuracy on ImageNet's validation images as timm measured it with the checkpoint's
            own classifier, percent; None where unknown.
        license: SPDX name, or "unknown".
        source: URI of its files.
        curated: has a card.
        title: what it is; "" for those without a card.
    """

    name: str
    family: str
    takes: str
    size: tuple[int, ...]
    parameters: int
    gmacs: float | None
    top1: float | None
    license: str
    source: str
    curated: bool
    title: str


def entries() -> list[Entry]:
    """List all that loads by name, sorted by name."""
    curated = {name: _of_card(cards.find(name)) for name in cards.names()}
    listed = {name: _of_tag(row) for name, row in tags().items() if name not in curated}
    return sorted([*curated.values(), *listed.values()], key=lambda entry: entry.name)


@cache
def tags() -> dict[str, dict[str, str]]:
    """Give timm's tags of the families that zooflow traces, by name, with their columns.

    Of an architecture's tags the default comes first.
    """
    known = families()
    with (Path(__file__).parent / "tags.csv").open(encoding="utf-8", newline="") as stream:
        return {
            row["name"]: row
            for row in csv.DictReader(stream)
            if row["name"].partition(".")[0] in known
        }


def source(tag: str) -> str:
    """Say where the files of a timm tag are."""
    return f"hf://{tags()[tag]['repository'] or f'timm/{tag}'}"


def tag_of(name: str) -> str | None:
    """Give the tag that a name means: itself, or that of the bare name of an architecture.

    The latter is timm's default, but where another one alone is curated.
    """
    if name in tags():
        return name
    timms = next((tag for tag in tags() if tag.partition(".")[0] == name), None)
    curated = [card for card in cards.names() if card.startswith(f"{name}.")]
    return curated[0] if len(curated) == 1 else timms


def entry(name: str) -> Entry | None:
    """Give what is known of a curated name, a timm tag or an architecture; None of other names."""
    tag = tag_of(name) or name
    if tag in cards.names():
        return _of_card(cards.find(tag))
    return _of_tag(tags()[tag]) if tag in tags() else None


def check_license(name: str, license: str, wanted: str) -> None:
    """Hold the licence of a backbone's weights against what is wanted.

    Args:
        name: of the backbone.
        license: of its weights.
        wanted: "commercial", or the SPDX name of a licence; "" for any.

    Raises:
        BadInput: it is another, or unknown.
    """
    if not allowed(license, wanted):
        raise BadInput(
            f"the licence of {name} is {license}, and --license asks for {wanted}",
            hint=f"zooflow list --license {wanted} shows what may be used",
        )


def allowed(license: str, wanted: str) -> bool:
    """Say whether a licence is one that is wanted."""
    return not wanted or license == wanted or (wanted == "commercial" and license in COMMERCIAL)


def _of_card(card: Card) -> Entry:
    row = tags().get(card.name, {})
    takes, size = (
        ("image", card.input.size)
        if isinstance(card.input, ImageInput)
        else ("text", (card.input.length,))
    )
    return Entry(
        name=card.name,
        family=card.family,
        takes=takes,
        size=size,
        parameters=card.parameters,
        gmacs=_number(row.get("gmacs", "")),
        top1=_number(row.get("top1", "")),
        license=card.license,
        source=card.source,
        curated=True,
        title=card.title,
    )


def _of_tag(row: dict[str, str]) -> Entry:
    sides = [int(side) for side in row["size"].split("x")]
    return Entry(
        name=row["name"],
        family=families()[row["name"].partition(".")[0]],
        takes="image",
        size=(sides[0], sides[-1]),
        parameters=int(row["parameters"]),
        gmacs=_number(row["gmacs"]),
        top1=_number(row["top1"]),
        license=row["license"],
        source=source(row["name"]),
        curated=False,
        title="",
    )


def _number(text: str) -> float | None:
    return float(text) if text else None
