"""What a name means: a card, or where the files of a backbone are. Imports no ML library."""

from pathlib import Path

from . import cards
from .backbones.variants import families
from .cards import Card
from .errors import UnknownName

OWNERS = {"bert": "google-bert"}  # of the family's repositories on the hub; the others are timm's


def locate(name: str) -> Card | str:
    """Say where a backbone is: its card where it is curated, else the source of its files.

    Args:
        name: a curated name, the name of a variant with or without a tag, a source, or a folder.

    Raises:
        UnknownName: it is none of these; near names are suggested.
    """
    if "://" in name or (name and Path(name).expanduser().is_dir()):
        return name
    if name in cards.names():
        return cards.find(name)
    variant, _, tag = name.partition(".")
    begun = [card for card in cards.names() if card.startswith(f"{variant}.{tag}")]
    if begun and not any(letter.isdigit() for letter in tag):  # whole tags end in "in1k" or so
        raise UnknownName("model", name, [], hint=f"did you mean {' or '.join(begun[:3])}?")
    family = families().get(variant)
    if family and name.casefold() not in cards.names():
        return f"hf://{OWNERS.get(family, 'timm')}/{name}"
    known = [*cards.names(), *families()]
    raise UnknownName("model", name, known, hint="zooflow list shows the curated ones")
