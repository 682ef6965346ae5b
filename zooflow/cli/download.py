"""zooflow download: bring the files of backbones here."""

import time

import click

from ..names import source
from ..sources import fetch
from .show import Show, put, put_json


@click.command("download")
@click.argument("names", nargs=-1, required=True)
@click.option("--update", is_flag=True, help="Ask anew what a branch points to; mend damage.")
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
@click.option("--quiet", is_flag=True, help="Show no progress.")
def command(names: tuple[str, ...], update: bool, as_json: bool, quiet: bool) -> None:
    """Bring the files of backbones here.

    Then they work without a network. NAMES are as for zooflow info. What is here already is
    checked and not fetched again.
    """
    places = [(name, *source(name)) for name in names]
    brought = []
    with Show(quiet=quiet, unit="bytes") as show:
        for name, place, pinned in places:
            began = time.monotonic()
            fetched = fetch(place, sha256=pinned, update=update, progress=show.step)
            size = sum((fetched.folder / file).stat().st_size for file in fetched.sha256)
            show.say(f"{name}: {size / 1e6:,.1f} MB, {time.monotonic() - began:.0f} s")
            brought.append(
                {
                    "name": name,
                    "source": place,
                    "revision": fetched.revision,
                    "folder": str(fetched.folder),
                    "bytes": size,
                    "sha256": fetched.sha256,
                }
            )
    if as_json:
        put_json(brought)
        return
    for each in brought:
        put(each["folder"])
