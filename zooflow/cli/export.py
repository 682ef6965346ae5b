"""zooflow export: a run or a backbone as a folder that another library loads."""

from pathlib import Path

import click

from ..backend import choose_backend, start
from ..fresh import check_free
from ..names import locate
from .show import Show, put, put_json

TARGETS = ("timm", "transformers", "sentence-transformers")


@click.command("export")
@click.argument("what")
@click.option("--to", type=click.Choice(TARGETS), required=True, help="Whose folder to write.")
@click.option("--out", metavar="FOLDER", help="Where to write it.  [default: exports/NAME-TO]")
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
@click.option("--quiet", is_flag=True, help="Tell nothing but errors.")
def command(what: str, to: str, out: str | None, as_json: bool, quiet: bool) -> None:
    """Write WHAT as a folder that another library loads.

    WHAT is a run, or a backbone alone: a name as for zooflow info. The logits and features are
    those of zooflow; labels, preprocessing and tokenizer go along.

    \b
      zooflow export runs/pets-1 --to timm
      zooflow export runs/reviews-1 --to transformers --out models/reviews
      zooflow export efficientnet_lite0.in1k --to timm
    """  # noqa: D301 (click wants the backspace)
    if not (Path(what).expanduser() / "model" / "config.json").is_file():
        locate(what)
    name = what.rstrip("/").rpartition("/")[2]
    folder = Path(out).expanduser() if out else Path("exports") / f"{name}-{to}"
    check_free(folder)
    choose_backend()
    start()
    from ..exports import export_and_tell

    written, loader = export_and_tell(what, to, folder)
    loads = loader.format(written)
    if as_json:
        put_json({"folder": str(written), "to": to, "loads": loads})
    else:
        put(str(written))
    Show(quiet=quiet).say(f"It loads by {loads}")
