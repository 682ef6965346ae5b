"""zooflow info: what is known of one backbone."""

import dataclasses

import click

from .. import sources
from ..cards import Card, ImageInput
from ..names import locate
from .show import Show, put, put_json


@click.command("info")
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
def command(name: str, as_json: bool) -> None:
    """Tell what is known of a backbone.

    NAME is curated (see: zooflow list), any timm name of a family that zooflow knows, a source such
    as hf://timm/resnet18.tv_in1k, or a folder. What is not curated is fetched and built first.
    """
    found = locate(name)
    card = found if isinstance(found, Card) else built(name)
    here = sources.is_here(card.source)
    if as_json:
        put_json({**dataclasses.asdict(card), "here": here})
        return
    if isinstance(card.input, ImageInput):
        takes = f"images of {card.input.size[0]} x {card.input.size[1]} pixels, valued 0 to 255"
        data = "--images FOLDER"
    else:
        takes, data = f"texts of up to {card.input.length} tokens", "--table FILE"
    gives = " x ".join("tokens" if side is None else str(side) for side in card.features)
    size = f", {card.bytes / 1e6:,.1f} MB" if card.bytes else ""
    put(f"{card.name}  {card.title}\n")
    for title, value in (
        ("params", f"{card.parameters:,} in the backbone"),
        ("takes", takes),
        ("gives", f"features {gives}"),
        ("blocks", shortened(card.blocks)),
        ("source", f"{card.source}{size}, {'here' if here else 'not here yet'}"),
        ("license", card.license),
        ("paper", card.paper),
    ):
        if value:
            put(f"  {title:<8} {value}")
    Show().say(f"\nFine-tune it: zooflow finetune {name} {data}")


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
