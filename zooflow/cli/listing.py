"""zooflow list: what loads by name."""

import dataclasses
import re
from collections.abc import Callable, Sequence
from fnmatch import fnmatch
from typing import Any

import click

from .. import catalogue, sources
from ..catalogue import Entry
from ..errors import UnknownName
from .show import Show, put_json, put_table

SORTS: dict[str, Callable[[Entry], Any]] = {  # best first where more is better
    "name": lambda entry: entry.name,
    "params": lambda entry: entry.parameters or float("inf"),
    "gmacs": lambda entry: entry.gmacs or float("inf"),
    "top1": lambda entry: -(entry.top1 or 0),
}


class Count(click.ParamType):
    """A number of weights: 30M, 1.5B or 30000000."""

    name = "COUNT"

    def convert(
        self, value: Any, param: click.Parameter | None, context: click.Context | None
    ) -> int:
        """Read it."""
        found = re.fullmatch(r"(\d+(?:\.\d+)?)([kmb]?)", str(value).strip().lower())
        if not found:
            self.fail(f"{value!r} is no number of weights; write 30M or 1.5B", param, context)
        return int(float(found[1]) * {"": 1, "k": 1e3, "m": 1e6, "b": 1e9}[found[2]])


@click.command("list")
@click.argument("pattern", default="")
@click.option("--image", "takes", flag_value="image", help="Only those that take images.")
@click.option("--text", "takes", flag_value="text", help="Only those that take texts.")
@click.option("--family", metavar="NAME", help="Only those of a family: resnet, vit, bert …")
@click.option("--max-params", type=Count(), help="At most so many weights: 30M.")
@click.option("--min-params", type=Count(), help="At least so many weights.")
@click.option("--size", type=click.IntRange(min=1), help="Only images of so many pixels a side.")
@click.option("--license", metavar="NAME", default="", help="Only this licence; 'commercial': "
              "those that a product may use.")  # fmt: skip
@click.option("--here", is_flag=True, help="Only those whose files are here.")
@click.option("--sort", type=click.Choice(list(SORTS)), default="name", help="Order.")
@click.option("--all", "everything", is_flag=True, help="Not the curated ones only.")
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
def command(
    pattern: str, sort: str, everything: bool, as_json: bool, here: bool, **wanted: Any
) -> None:
    """Show the backbones whose name or title matches PATTERN.

    PATTERN is a part of the name or title, or has the wildcards *, ? and []. Without a PATTERN or
    a filter only the curated backbones are shown.
    """
    entries = catalogue.entries()
    check_names(entries, wanted["family"], wanted["license"])
    named = [entry for entry in entries if matches(entry, pattern)]
    if not named:
        known = [entry.name for entry in entries]
        raise UnknownName("model", pattern, known, hint="zooflow list shows the curated ones")
    narrowed = bool(pattern or here or everything or any(wanted.values()))
    found = [
        entry
        for entry in named
        if (narrowed or entry.curated)
        and fits(entry, **wanted)
        and (not here or sources.is_here(entry.source))
    ]
    found.sort(key=SORTS[sort])
    if as_json:
        put_json([{**dataclasses.asdict(e), "here": sources.is_here(e.source)} for e in found])
        return
    put_table(TITLES, [row(entry) for entry in found])
    show = Show()
    if not narrowed:
        show.say(f"\n{len(entries) - len(found):,} more: zooflow list --all, or a part of a name")
    elif not found:
        show.say("none of the backbones of that name fits; leave a filter out")
    elif sort == "top1" or any(entry.top1 for entry in found):
        show.say("\ntop-1 on ImageNet with the checkpoint's own classifier, by timm's results")


TITLES = (
    "name", ">weights", ">takes", ">GMACs", ">top-1", "license", "files", "what it is",
)  # fmt: skip


def row(entry: Entry) -> Sequence[str]:
    """Give the cells of an entry; "-" is unknown."""
    return (
        entry.name,
        millions(entry.parameters) if entry.parameters else "-",
        size(entry),
        f"{entry.gmacs:,.1f}" if entry.gmacs else "-",
        f"{entry.top1:.1f}" if entry.top1 else "-",
        entry.license,
        "here" if sources.is_here(entry.source) else "-",
        entry.title or f"{entry.family} of timm",
    )


def matches(entry: Entry, pattern: str) -> bool:
    """Say whether a pattern is in a name or title, or describes the name."""
    pattern = pattern.casefold()
    if any(mark in pattern for mark in "*?["):
        return fnmatch(entry.name.casefold(), pattern)
    return pattern in entry.name.casefold() or pattern in entry.title.casefold()


def fits(
    entry: Entry,
    *,
    takes: str | None,
    family: str | None,
    max_params: int | None,
    min_params: int | None,
    size: int | None,
    license: str,
) -> bool:
    """Say whether an entry is what is wanted; what is unknown of it is not."""
    return (
        takes in (None, entry.takes)
        and family in (None, entry.family)
        and (max_params is None or 0 < entry.parameters <= max_params)
        and (min_params is None or entry.parameters >= min_params)
        and (size is None or (entry.takes == "image" and size in entry.size))
        and catalogue.allowed(entry.license, license)
    )


def check_names(entries: Sequence[Entry], family: str | None, license: str) -> None:
    """Refuse a family or a licence that no backbone has.

    Raises:
        UnknownName: with the near ones.
    """
    for what, name, known in (
        ("family", family, {entry.family for entry in entries}),
        ("licence", license, {"commercial", *(entry.license for entry in entries)}),
    ):
        if name and name not in known:
            raise UnknownName(what, name, sorted(known))


def size(entry: Entry) -> str:
    """Say how large a backbone's input is."""
    if entry.takes == "text":
        return f"{entry.size[0]} tokens"
    return f"{entry.size[0]} x {entry.size[1]}"


def millions(count: int) -> str:
    """Say a number of weights shortly."""
    return f"{count / 1e6:,.1f} M"
