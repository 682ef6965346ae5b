"""zooflow push: a run as a repository on the hub."""

import sys
from pathlib import Path

import click

from ..publish import Parcel, Pushed, address, find, pack, send
from .show import Show, put, put_json, put_table


@click.command("push")
@click.argument("run")
@click.argument("to")
@click.option(
    "--private/--public",
    default=None,
    help="Who sees a new repository.  [default: asked at a terminal, else private]",
)
@click.option("--license", metavar="NAME", default="", help="Refuse weights under another licence; "
              "'commercial': what a product may use.")  # fmt: skip
@click.option("--report", is_flag=True, help="Push report.html too: it shows examples.")
@click.option("--dry-run", is_flag=True, help="Show what would go, and the card; ask no hub.")
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
@click.option("--quiet", is_flag=True, help="Show no progress.")
def command(
    run: str,
    to: str,
    private: bool | None,
    license: str,
    report: bool,
    dry_run: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Push RUN to TO, a repository on the hub: hf://owner/name.

    It holds the model, its preprocessing, labels, recipe and lock, and a model card. Examples and
    paths of this machine stay here. What you write into its README.md there is kept. Whoever may
    see it uses it by name: zooflow predict hf://owner/name FILES.

    \b
      zooflow push runs/pets-1 hf://me/pets --dry-run
      zooflow push runs/pets-1 hf://me/pets --public --license commercial
    """  # noqa: D301 (click wants the backspace)
    place = address(to)
    parcel = pack(Path(run), place.repo, license=license, report=report)
    if dry_run:
        preview(parcel, as_json=as_json)
        return
    there = find(place)
    if there is None and private is None and sys.stdin.isatty() and sys.stderr.isatty():
        choice = click.Choice(["private", "public"])
        asked = f"{place.repo} will be new. Who may see it?"
        private = click.prompt(asked, type=choice, default="private", err=True) == "private"
    if quiet or not sys.stderr.isatty():
        from huggingface_hub.utils import disable_progress_bars

        disable_progress_bars()
    tell(parcel, send(parcel, there, private=private), as_json=as_json, quiet=quiet)


def preview(parcel: Parcel, *, as_json: bool) -> None:
    """Show what would go."""
    from ..publish.prose import prose
    from ..publish.readme import merged

    card = merged("", parcel.facts, prose(parcel.facts, {*parcel.files}))
    sizes = parcel.sizes() | {"README.md": len(card.encode())}
    if as_json:
        put_json({"repository": parcel.repo, "files": sizes, "card": card})
        return
    put_table(("file", ">bytes"), [(name, f"{size:,}") for name, size in sizes.items()])
    put(f"\n{card}")


def tell(parcel: Parcel, pushed: Pushed, *, as_json: bool, quiet: bool) -> None:
    """Say what came of it."""
    size = sum(parcel.sizes().values())
    if as_json:
        put_json({"source": pushed.source, "private": pushed.private, "changed": pushed.changed})
    else:
        put(pushed.source)
    show, who = Show(quiet=quiet), "private" if pushed.private else "public"
    if pushed.changed:
        count = len(parcel.files) + 1
        show.say(f"pushed {count} files, {size / 1e6:,.1f} MB, {who}")
    else:
        show.say(f"nothing to push: {parcel.repo} holds this run already, {who}")
    what = "FILES" if parcel.facts.modality == "image" else "TEXTS"
    show.say(f"Next: zooflow predict hf://{parcel.repo} {what}")
