"""zooflow finetune: from a recipe, or a backbone and data, to a run."""

import dataclasses
import json
import re
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .. import catalogue
from ..backend import BACKENDS, PRECISIONS, choose_backend
from ..errors import BadInput
from ..fresh import check_free, next_free
from ..names import locate
from ..phase import OPTIMIZERS, SCHEDULES
from ..strategies import STRATEGIES
from . import BEGAN, recipes
from .beside import read_beside
from .choose import DATA_OPTIONS, KINDS, WAYS, choose, share
from .resume import BOARD, may_stop
from .show import Show, put, put_json

if TYPE_CHECKING:
    from ..data import Split
    from ..recipe import Recipe
    from ..train import Plan

# Options that change no recipe.
ASIDE = ("out", "backend", "license", "dry_run", "tensorboard", "as_json", "quiet")
POSITIVE = click.IntRange(min=1)
PART = click.FloatRange(0, 1, max_open=True)
RATE = click.FloatRange(0, 1e6, min_open=True)
OPTIONS = [
    *DATA_OPTIONS,
    click.Option(
        ["--validation"],
        metavar="PART",
        callback=lambda context, option, text: None if text is None else share(text),
        help="Part to hold out; or a second table, or a split's name.  [default: 0.2]",
    ),
    click.Option(
        ["--out"], metavar="FOLDER", help="The run's folder.  [default: the next in runs/]"
    ),
    click.Option(
        ["--phases"], metavar="PHASES", help=f"{recipes.GRAMMAR}.  [default: head, then more]"
    ),
    click.Option(
        ["--strategy"],
        metavar="NAME",
        help=f"{', '.join(STRATEGIES)}, …  [default: auto]",
    ),
    click.Option(["--epochs"], type=POSITIVE, help="Most epochs of every phase."),
    click.Option(["--lr"], type=RATE, help="Learning rate of the last phase."),
    click.Option(["--head-lr"], type=RATE, help="Learning rate of the head in every phase."),
    click.Option(
        ["--layer-decay"],
        type=click.FloatRange(0, 1, min_open=True),
        help="Rate of a block over that of the block above it.  [default: 1]",
    ),
    click.Option(
        ["--optimizer"],
        type=click.Choice(OPTIMIZERS),
        help="What moves the weights.",
    ),
    click.Option(
        ["--schedule"],
        type=click.Choice(SCHEDULES),
        help="How the learning rate goes on after the warm-up.",
    ),
    click.Option(
        ["--clip"],
        type=click.FloatRange(0, 1e6),
        help="Largest norm of all gradients; 0 for no limit.  [default: 1]",
    ),
    click.Option(
        ["--accumulate"],
        type=POSITIVE,
        help="Batches of which a step averages the gradients.  [default: 1]",
    ),
    click.Option(
        ["--ema"], type=PART, help="Keep a moving average of the weights: 0.999 is usual."
    ),
    click.Option(
        ["--soup"], type=POSITIVE, help="Best epochs whose weights are averaged.  [default: 1]"
    ),
    click.Option(
        ["--depth"], type=PART, help="Residuals left out at random: part of the uppermost one."
    ),
    click.Option(
        ["--residual-dropout"],
        type=PART,
        help="Numbers of each residual left out at random: 0.1 is usual in text encoders.",
    ),
    click.Option(
        ["--refit/--no-refit"],
        default=None,
        help="Learn once more from all examples in the end.  [default: where they are few]",
    ),
    click.Option(["--batch"], type=POSITIVE, help="Examples in a step.  [default: 32]"),
    click.Option(["--seed"], type=click.IntRange(0, 2**32 - 1), help="Of all chance."),
    click.Option(["--size"], type=POSITIVE, help="Side of the images in pixels."),
    click.Option(
        ["--crop"],
        type=click.FloatRange(0, 1, min_open=True),
        help="Part of an image's side to show.  [default: the backbone's; 1 for small images]",
    ),
    click.Option(["--precision"], type=click.Choice(PRECISIONS), help="To compute in."),
    click.Option(
        ["--length"], type=click.IntRange(min=8), help="Most tokens of a text; the rest is cut off."
    ),
    click.Option(
        ["--augment"],
        type=click.Choice(["none", "light", "standard", "strong"]),
        help="How examples vary.",
    ),
    click.Option(
        ["--views"],
        type=click.IntRange(min=0),
        help="Of each example, drawn once; 0: new ones every epoch.  [default: 4]",
    ),
    click.Option(
        ["--cache"],
        type=click.Choice(["float16", "float32", "off"]),
        help="How features of the frozen part are kept.",
    ),
    click.Option(["--no-cache", "cache"], flag_value="off", help="The same as --cache off."),
    click.Option(["--backend"], type=click.Choice(BACKENDS), help="To compute with."),
    click.Option(
        ["--class-weights"],
        type=click.Choice(["none", "auto"]),
        help="auto: weigh rare labels more.",
    ),
    click.Option(
        ["--sampling"],
        type=click.Choice(["every", "balanced"]),
        help="balanced: show all labels equally often.",
    ),
    click.Option(
        ["--focus"],
        type=click.FloatRange(0, 100),
        help="Of the focal loss: how much less counts what is told with certainty.",
    ),
    click.Option(["--label-smoothing"], type=PART, help="Certainty spread over all labels."),
    click.Option(["--dropout"], type=PART, help="Features the head drops while it learns."),
    click.Option(
        ["--license"],
        metavar="NAME",
        help="Refuse weights of another licence; 'commercial': those that a product may use.",
    ),
    BOARD,
    click.Option(["--dry-run"], is_flag=True, help="Print the recipe and stop; write nothing."),
    click.Option(["--json", "as_json"], is_flag=True, help="Write the result as JSON."),
    click.Option(["--quiet"], is_flag=True, help="Tell nothing but errors."),
]  # fmt: skip


def callback(what: str, **given: Any) -> None:
    """Fine-tune WHAT on labelled images or texts.

    WHAT is a recipe (a script or a recipe.json), or a backbone: a name of zooflow list, a timm
    name, a source such as hf://timm/resnet18.tv_in1k, or a folder. A backbone needs data: --images,
    --table or --data. Options beside a recipe change its fields.

    \b
      zooflow finetune efficientnet_lite0.in1k --images data/pets
      zooflow finetune all-minilm-l6-v2 --table reviews.csv --label stars
      zooflow finetune runs/pets-1/recipe.json --seed 7
    """  # noqa: D301 (click wants the backspace)
    options = {name: value for name, value in given.items() if value is not None}
    finetune(*read(what, options), options)


command = click.Command(
    "finetune",
    params=[click.Argument(["what"]), *OPTIONS],
    callback=callback,
    help=callback.__doc__,
)


def read(what: str, given: dict[str, Any]) -> "tuple[Recipe, Path | None]":
    """Read WHAT: a recipe and the file that it stands in, or a backbone for the data of options.

    Raises:
        BadInput: it is neither, or a backbone without data.
    """
    if recipes.is_recipe(what):
        path = Path(what).expanduser()
        return recipes.read(path), path
    locate(what)
    data = choose(given)
    if data is None:
        raise BadInput(f"{what} needs data to learn from", hint=WAYS)
    from ..recipe import Recipe

    return Recipe(backbone=what, data=data), None


def settle(recipe: "Recipe", given: dict[str, Any]) -> "Recipe":
    """Change a recipe as options say, and refuse what can be refused before anything is fetched."""
    recipe = dataclasses.replace(recipes.change(recipe, given), data=choose(given, recipe.data))
    locate(recipe.backbone)
    if known := catalogue.entry(recipe.backbone):
        catalogue.check_license(recipe.backbone, known.license, given.get("license", ""))
    if "strategy" in given and "phases" in given:
        raise BadInput("--strategy and --phases were given", hint="give one of them")
    return recipe


def prepare(recipe: "Recipe", split: "Split", given: dict[str, Any]) -> "Plan":
    """Make a settled recipe ready to run."""
    from .. import train

    clock = train.Clock(BEGAN)
    clock.lap("imports and reading")
    ready = train.plan(recipe, split, clock=clock)
    license = ready.backbone.card.license
    catalogue.check_license(recipe.backbone, license, given.get("license", ""))
    return dataclasses.replace(ready, recipe=recipes.change_phases(ready.recipe, given))


def again(given: dict[str, Any]) -> list[str]:
    """Give the words that change a recipe as options do."""
    return [
        word
        for name, value in given.items()
        if name not in ASIDE
        for word in _words(name.replace("_", "-"), value)
    ]


def _words(option: str, value: Any) -> tuple[str, ...]:
    if isinstance(value, bool):
        return (f"--{option}" if value else f"--no-{option}",)
    return f"--{option}", str(value)


def finetune(recipe: "Recipe", origin: Path | None, given: dict[str, Any]) -> None:
    """Train what a recipe and the options beside it say, and tell how it goes.

    Args:
        recipe: to start from.
        origin: the file that it stands in; None where options made it.
        given: options that were given, by name.
    """
    recipe = settle(recipe, given)
    out = Path(given["out"]).expanduser() if "out" in given else _next_run(recipe, origin)
    check_free(out)
    choose_backend(given.get("backend"))
    split = read_beside(recipe.open)
    from .. import train

    with Show(quiet=given["quiet"], unit=f"{split.modality}s") as show:
        if origin:
            beside = again(given)
            show.say(" ".join([str(origin), *(["with"] if beside else []), *beside]))
        ready = prepare(recipe, split, given)
        if given["dry_run"]:
            plan(ready, show, as_json=given["as_json"])
            return
        board = train.Board(out, show) if given["tensorboard"] else nullcontext(show)
        with may_stop(out, show), board as listener:
            run = train.finetune(ready, out, listener=listener)
        best = max(show.rows, key=lambda row: (row["val_accuracy"], -row["val_loss"]))
        if given["as_json"]:
            put_json({"run": str(out), "labels": run.labels, "best": best, "epochs": show.rows})
        option = next(key for key, kind in KINDS.items() if kind == type(recipe.data).__name__)
        place = {"images": "FOLDER", "table": "FILE", "data": "SOURCE"}[option]
        show.say(f"Next: zooflow evaluate {out} --{option} {place}")


def plan(ready: "Plan", show: Show, *, as_json: bool) -> None:
    """Print what would be done: the recipe to stdout, what it comes to beside it."""
    from ..train.finetune import say_plan

    recipe, weights = ready.recipe, ready.model.count_params()
    learning = [ready.learning(phase) for phase in recipe.phases]
    say_plan(ready, show)
    show.say(f"blocks: {' > '.join(ready.backbone.blocks)}")
    for number, (phase, count) in enumerate(zip(recipe.phases, learning, strict=True), start=1):
        show.say(
            f"phase {number} of {len(learning)}: {phase.train} learns, {count:,} of {weights:,} "
            f"weights, epochs: {phase.epochs}"
        )
    if as_json:
        put_json(
            {
                "recipe": json.loads(recipe.to_json()),
                "blocks": ready.backbone.blocks,
                "weights": weights,
                "learning": learning,
            }
        )
    else:
        put(recipe.to_json().rstrip())


def _next_run(recipe: "Recipe", origin: Path | None) -> Path:
    """Name a run after the script, or else after the backbone."""
    name = origin.stem if origin and origin.suffix == ".py" else ""
    short = name or re.split(r"[@.]", recipe.backbone.rstrip("/").rpartition("/")[2])[0]
    return next_free(Path("runs"), short or "run")
