"""What a name means: a card, or where the files of a backbone are. Imports no ML library."""

from pathlib import Path

from . import cards, catalogue
from .backbones.variants import families
from .cards import Card
from .errors import UnknownName

OWNERS = {  # of a family's repositories on the hub, or of a variant's; the others are timm's
    "bert": "google-bert",
    "distilbert": "distilbert",
    "roberta": "FacebookAI",
    "electra": "google",
    "albert": "albert",
    "mpnet": "microsoft",
    "deberta_v2": "microsoft",
    "modernbert": "answerdotai",
    "distilroberta-base": "distilbert",
    "camembert-base": "almanach",
    "camembert-large": "almanach",
    "multilingual-e5-base": "intfloat",
    "multilingual-e5-large": "intfloat",
    "gte-modernbert-base": "Alibaba-NLP",
    "modernbert-embed-base": "nomic-ai",
}
SENTENCES = ("all-", "paraphrase-", "multi-qa-")  # begin the names of sentence-transformers' own


def locate(name: str) -> Card | str:
    """Say where a backbone is: its card where it is curated, else the source of its files.

    Args:
        name: a curated name, a timm tag, the name of an architecture (see `catalogue.tag_of`),
            that of a transformers model with or without its owner, a source, or a folder; a tower
            behind these two is left out.

    Raises:
        UnknownName: it is none of these; near names are suggested.
    """
    place = split_tower(name)[0]
    if "://" in place or (place and Path(place).expanduser().is_dir()):
        return place
    if name in cards.names():
        return cards.find(name)
    if tag := catalogue.tag_of(name):
        return cards.find(tag) if tag in cards.names() else catalogue.source(tag)
    owner, _, model = name.rpartition("/")
    if model in families() and owner in ("", _owner(model)):
        return f"hf://{_owner(model)}/{model}"
    known = [*cards.names(), *catalogue.tags()]
    begun = sorted({each for each in known if each.startswith(name)})
    if name and begun:
        raise UnknownName("model", name, [], hint=f"did you mean {' or '.join(begun[:3])}?")
    raise UnknownName(
        "model", name, [*known, *families()], hint="zooflow list shows the curated ones"
    )


def source(name: str) -> tuple[str, dict[str, str]]:
    """Say where a backbone's files are, and the hashes that its card pins.

    Raises:
        UnknownName: no such backbone.
    """
    found = locate(name)
    return (found.source, found.sha256) if isinstance(found, Card) else (found, {})


def _owner(variant: str) -> str:
    """Say whose repository a variant lies in."""
    if variant.startswith(SENTENCES):
        return "sentence-transformers"
    return OWNERS.get(variant) or OWNERS.get(families()[variant], "timm")


def split_tower(name: str) -> tuple[str, str]:
    """Split "hf://owner/name#text" into what is fetched, and its tower: "image", "text" or ""."""
    place, _, tower = name.rpartition("#")
    return (place, tower) if place and tower in ("image", "text") else (name, "")
