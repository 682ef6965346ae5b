"""zooflow info: what is known of one backbone."""

import dataclasses

import click

from .. import catalogue, sources
from ..cards import Card, ImageInput, TextInput
from ..catalogue import Entry
from ..names import locate
from .show import Show, put, put_json


@click.command("info")
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
def command(name: str, as_json: bool) -> None:
    """Tell what is known of a backbone.

    NAME is one of zooflow list --all, a source such as hf://timm/resnet18.tv_in1k, or a folder.
    What is not listed is built first; of a repository on the hub no weights are fetched for it.
    """
    found, listed = locate(name), catalogue.entry(name)
    if listed and not isinstance(found, Card):
        tell_listed(listed, as_json=as_json)
        return
    card = found if isinstance(found, Card) else built(name)
    here = sources.is_here(card.source)
    if as_json:
        scores = {key: getattr(listed, key, None) for key in ("gmacs", "top1")}
        put_json({**dataclasses.asdict(card), **scores, "here": here})
        return
    gives = " x ".join("tokens" if side is None else str(side) for side in card.features)
    size = f", {card.bytes / 1e6:,.1f} MB" if card.bytes else ""
    put(f"{card.name}  {card.title}\n")
    tell(
        ("params", f"{card.parameters:,} in the backbone"),
        *cost(listed),
        ("takes", takes(card.input)),
        ("gives", f"features {gives}"),
        ("blocks", shortened(card.blocks)),
        ("source", f"{card.source}{size}, {'here' if here else 'not here yet'}"),
        ("license", card.license),
        ("paper", card.paper),
    )
    data = "--images FOLDER" if isinstance(card.input, ImageInput) else "--table FILE"
    Show().say(f"\nFine-tune it: zooflow finetune {name} {data}")


def tell_listed(entry: Entry, *, as_json: bool) -> None:
    """Tell what is known of a tag without a card."""
    here = sources.is_here(entry.source)
    if as_json:
        put_json({**dataclasses.asdict(entry), "here": here})
        return
    put(f"{entry.name}  {entry.family} of timm\n")
    tell(
        ("params", f"{entry.parameters:,} in the backbone"),
        *cost(entry),
        ("takes", takes(ImageInput(size=(entry.size[0], entry.size[-1])))),
        ("source", f"{entry.source}, {'here' if here else 'not here yet'}"),
        ("license", entry.license),
    )
    Show().say(f"\nFine-tune it: zooflow finetune {entry.name} --images FOLDER")


def tell(*facts: tuple[str, str]) -> None:
    """Write the facts that are known, a line each."""
    for title, value in facts:
        if value:
            put(f"  {title:<8} {value}")


def cost(entry: Entry | None) -> tuple[tuple[str, str], ...]:
    """Give the published cost and accuracy of a backbone, where they are known."""
    if not entry:
        return ()
    gmacs = f"{entry.gmacs:,.2f} billion multiplications an image" if entry.gmacs else ""
    top1 = f"{entry.top1:.1f} % on ImageNet with its own classifier" if entry.top1 else ""
    return ("costs", gmacs), ("top-1", f"{top1}, by timm's results" if top1 else "")


def takes(given: ImageInput | TextInput) -> str:
    """Say what a backbone takes."""
    if isinstance(given, ImageInput):
        return f"images of {given.size[0]} x {given.size[1]} pixels, valued 0 to 255"
    return f"texts of up to {given.length} tokens"


def built(name: str) -> Card:
    """Build a backbone without a card, and say what was seen in the facts of one."""
    from ..backend import choose_backend, start

    choose_backend()
    start()
    from ..zoo import load

    backbone = load(name, pretrained=False)
    return dataclasses.replace(
        backbone.card,
        parameters=backbone.model.count_params(),
        features=tuple(backbone.features.shape[1:]),
        blocks=backbone.blocks,
    )


def shortened(blocks: tuple[str, ...]) -> str:
    """Name the first and last of many blocks."""
    shown = blocks if len(blocks) <= 6 else (*blocks[:3], "…", *blocks[-2:])
    return " > ".join(shown)
