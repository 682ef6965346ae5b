"""zooflow export: a run or a backbone as a folder that another library or a runtime loads."""

import dataclasses
from pathlib import Path

import click

from ..backend import choose_backend, start
from ..formats import FORMATS, LIBRARIES, QUANTIZE, check_format
from ..fresh import check_free, is_run
from ..names import locate
from .show import Show, put, put_json

TARGETS = (*LIBRARIES, *FORMATS)


@click.command("export")
@click.argument("what")
@click.option("--to", type=click.Choice(TARGETS), required=True, help="What to write.")
@click.option("--quantize", type=click.Choice(QUANTIZE), help="Narrower numbers.")
@click.option("--out", metavar="FOLDER", help="Where to write it.  [default: exports/NAME-TO]")
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
@click.option("--quiet", is_flag=True, help="Tell nothing but errors.")
def command(
    what: str, to: str, quantize: str | None, out: str | None, as_json: bool, quiet: bool
) -> None:
    """Write WHAT as a folder that another library or a runtime loads.

    WHAT is a run; or, for timm and transformers, a backbone alone: a name as for zooflow info.
    Logits and features are those of zooflow; labels, preprocessing and tokenizer go along.

    A runtime's file gives probabilities. It is asked about validation examples of the run, and
    where it answers otherwise, nothing is written.

    \b
      zooflow export runs/pets-1 --to timm
      zooflow export runs/pets-1 --to onnx --quantize int8
      zooflow export runs/reviews-1 --to transformers --out models/reviews
      zooflow export efficientnet_lite0.in1k --to timm
    """  # noqa: D301 (click wants the backspace)
    backend = check_format(to, quantize)
    if not is_run(Path(what).expanduser()):
        locate(what)
    name = what.rstrip("/").rpartition("/")[2]
    kind = f"{to}-{quantize}" if quantize else to
    folder = Path(out).expanduser() if out else Path("exports") / f"{name}-{kind}"
    check_free(folder)
    choose_backend(backend)
    start()
    from ..exports import export_and_tell

    done = export_and_tell(what, to, folder, quantize=quantize)
    loads = done.loads.format(done.folder)
    if as_json:
        check = dataclasses.asdict(done.check) if done.check else None
        put_json({"folder": str(done.folder), "to": to, "loads": loads, "check": check})
    else:
        put(str(done.folder))
    show = Show(quiet=quiet)
    if done.check:
        one, many = (done.check.latency[size] for size in ("1", "32"))
        show.say(
            f"{done.check.examples} {done.check.asked}: labels agree on "
            f"{done.check.agreement:.2%}, logits to {done.check.difference:.1e}\n"
            f"{done.check.megabytes:.1f} MB; {one:.1f} ms for one, {many:.1f} ms for 32"
        )
    show.say(f"It loads by {loads}")
