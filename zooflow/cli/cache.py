"""zooflow cache: see the features and the decoded images that are kept, and clear them."""

import time

import click

from ..store.room import limit, remove, root, stored
from .show import put, put_json, put_table


@click.command("cache")
@click.option("--clear", is_flag=True, help="Remove it all; it is made anew when needed.")
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
def command(clear: bool, as_json: bool) -> None:
    """Show the features of frozen backbones and the decoded images that are kept.

    Fine-tuning keeps what the frozen part of a backbone says of each example, and images as the
    backbone takes them, so that later epochs, phases and runs need not compute them again. What was
    not used for the longest time makes room; $ZOOFLOW_STORE_GB sets the limit.
    """
    sets = stored()
    if clear:
        for each in sets:
            remove(each)
        put(f"removed {sum(each.bytes for each in sets) / 1e6:,.1f} MB from {root()}")
        return
    if as_json:
        put_json(
            {
                "folder": str(root()),
                "limit": limit(),
                "sets": [
                    {
                        "of": each.about,
                        "examples": each.examples,
                        "bytes": each.bytes,
                        "used": each.used,
                    }
                    for each in sets
                ],
            }
        )
        return
    rows = [
        (each.about, f"{each.examples:,}", f"{each.bytes / 1e6:,.1f} MB", ago(each.used))
        for each in sets
    ]
    put_table(("kept", ">examples", ">size", ">last used"), rows)
    held = sum(each.bytes for each in sets)
    put(f"{held / 1e9:.1f} of {limit() / 1e9:g} GB in {root()}")


def ago(moment: float) -> str:
    """Say how long ago a moment was."""
    seconds = time.time() - moment
    for unit, length in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= length:
            return f"{seconds // length:.0f} {unit} ago"
    return "now"
