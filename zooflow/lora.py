"""What the words of a phase of LoRA say: "lora 8", "lora 8 int8", "lora 8 int8 query|value"."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from .errors import BadRecipe

BESIDE = ("head", "norm", "bias")  # what may learn where kernels are kept in short


@dataclass(frozen=True)
class Lora:
    """What a phase of LoRA does.

    Args:
        rank: width of the pairs.
        kept: "int8" or "int4", in which the backbone's kernels are kept; "" for as they are.
        targets: pattern that the names of the layers with pairs hold; "" for all with a kernel.
    """

    rank: int
    kept: str
    targets: str


def lora_of(train: str) -> Lora | None:
    """Read the words of a phase of LoRA; None where they say something else.

    Raises:
        BadRecipe: what names the layers is no pattern.
    """
    found = re.fullmatch(r"lora ([1-9]\d*)(?: (int8|int4))?(?: (\S+))?", train)
    if not found:
        return None
    targets = found[3] or ""
    try:
        re.compile(targets)
    except re.error as error:
        raise BadRecipe(f"{targets!r} in {train!r} is no pattern: {error}") from error
    return Lora(int(found[1]), found[2] or "", targets)


def kept_in(trains: Iterable[str]) -> str:
    """Say in which type the phases of a recipe keep the backbone's kernels; "" for as they are.

    Raises:
        BadRecipe: its phases of LoRA differ in rank or type; or one trains the kernels that
            another keeps in short.
    """
    words = tuple(trains)
    pairs = {train: found for train in words if (found := lora_of(train))}
    if len({(each.rank, each.kept) for each in pairs.values()}) > 1:
        raise BadRecipe(
            f"the phases {' and '.join(map(repr, pairs))} share their pairs, and so cannot differ "
            "in rank or type",
            hint="give all phases of LoRA the same, or let another run go on from this one",
        )
    kept = next((each.kept for each in pairs.values()), "")
    for train in words:
        if kept and train not in (*pairs, *BESIDE):
            raise BadRecipe(
                f"{train!r} trains kernels, and {next(iter(pairs))!r} keeps them in {kept}",
                hint=f"beside it may learn: {', '.join(BESIDE)}",
            )
    return kept
