"""What a name means: a card, or where the files of a backbone are. Imports no ML library."""

import ast
from functools import cache
from pathlib import Path

from . import cards
from .cards import Card
from .errors import UnknownName

FAMILIES = Path(__file__).parent / "backbones"
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
    family = variants().get(variant)
    if family and name.casefold() not in cards.names():
        return f"hf://{OWNERS.get(family, 'timm')}/{name}"
    known = [*cards.names(), *variants()]
    raise UnknownName("model", name, known, hint="zooflow list shows the curated ones")


@cache
def variants() -> dict[str, str]:
    """Map each variant to its family, by reading the families' files instead of running them."""
    return {
        variant: file.stem
        for file in sorted(FAMILIES.glob("*.py"))
        for variant in _keys(file, "VARIANTS")
    }


def _keys(file: Path, table: str) -> list[str]:
    """Read the keys of a table that a file writes down, or takes by name from a neighbour."""
    text = file.read_text("utf-8")
    if table not in text:
        return []
    for statement in ast.parse(text).body:
        match statement:
            case ast.ImportFrom(level=1, module=str(other), names=names) if any(
                each.name == table for each in names
            ):
                return _keys(file.with_name(f"{other}.py"), table)
            case (
                ast.Assign(targets=[ast.Name(id=found)], value=value)
                | ast.AnnAssign(target=ast.Name(id=found), value=value)
            ) if found == table:
                if isinstance(value, ast.Name):
                    return _keys(file, value.id)
                if isinstance(value, ast.Dict):
                    return [str(key.value) for key in value.keys if isinstance(key, ast.Constant)]
    return []
