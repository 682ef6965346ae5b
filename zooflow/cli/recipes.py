"""Recipes at the command line: scripts, JSON files, and the options that change them."""

import dataclasses
import runpy
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import BadRecipe, ZooflowError

if TYPE_CHECKING:
    from ..phase import Phase
    from ..recipe import Recipe

OF_PHASES = (
    "epochs", "optimizer", "schedule", "layer_decay", "head_lr", "clip", "accumulate", "ema",
)  # fmt: skip
GRAMMAR = "part:epochs:rate, comma between phases, as in 'head:5:1e-2,last 2:10:1e-3'"


def is_recipe(what: str) -> bool:
    """Tell a recipe's file from the name of a backbone."""
    return what.endswith((".py", ".json"))


def read(path: Path) -> "Recipe":
    """Read a recipe out of a script or a JSON file.

    Raises:
        BadRecipe: the file is missing or holds no recipe; says where it fails.
    """
    from ..recipe import Recipe

    if not path.is_file():
        raise BadRecipe(f"there is no recipe {str(path)!r}", hint="is the path right?")
    if path.suffix == ".json":
        try:
            return Recipe.from_json(path.read_text("utf-8"))
        except (BadRecipe, UnicodeDecodeError) as error:
            raise BadRecipe(f"{path}: {error}", getattr(error, "hint", "")) from error
    try:
        found = runpy.run_path(str(path), run_name="recipe").get("recipe")
    except ZooflowError:
        raise
    except (Exception, SystemExit) as error:
        where = _line(error, path)
        raise BadRecipe(f"{path}{where}: {type(error).__name__}: {error}") from error
    if not isinstance(found, Recipe):
        raise BadRecipe(f"{path} makes no `recipe`", hint="it must hold: recipe = Recipe(…)")
    return found


def _line(error: BaseException, path: Path) -> str:
    if isinstance(error, SyntaxError):
        return f" line {error.lineno}"
    lines = [
        each.lineno
        for each in traceback.extract_tb(error.__traceback__)
        if each.filename == str(path)
    ]
    return f" line {lines[-1]}" if lines else ""


def phases(text: str) -> "tuple[Phase, ...]":
    """Read what --phases says.

    Raises:
        BadRecipe: it is not `part:epochs:rate`, or a number is out of range.
    """
    from ..phase import Phase

    made = []
    for each in text.split(","):
        part, *numbers = (word.strip() for word in each.split(":"))
        try:
            epochs, rate = numbers
            made.append(Phase(part, epochs=int(epochs), lr=float(rate)))
        except ValueError as error:
            raise BadRecipe(f"{each.strip()!r} is not a phase", hint=GRAMMAR) from error
    return tuple(made)


def change(recipe: "Recipe", given: dict[str, Any]) -> "Recipe":
    """Change the fields of a recipe and of its task that options name.

    Args:
        recipe: to start from.
        given: options that were given, by name.
    """
    task = {
        name: given[name]
        for name in ("dropout", "label_smoothing", "class_weights", "sampling", "focus")
        if name in given
    }
    own = (
        *("batch", "seed", "size", "crop", "length", "precision", "augment", "views", "cache"),
        *("strategy", "soup", "depth", "residual_dropout", "refit"),
    )
    changes = {name: given[name] for name in own if name in given}
    if "strategy" in given:
        changes["phases"] = ()
    if "phases" in given:
        changes["phases"] = phases(given["phases"])
    return dataclasses.replace(recipe, **changes, task=dataclasses.replace(recipe.task, **task))


def change_phases(recipe: "Recipe", given: dict[str, Any]) -> "Recipe":
    """Change epochs, optimizer and rates of the phases.

    Args:
        recipe: a complete one.
        given: options by name; they hold for every phase, but "lr" for the last.
    """
    changes = {name: given[name] for name in OF_PHASES if name in given}
    made = [dataclasses.replace(phase, **changes) for phase in recipe.phases]
    if "lr" in given:
        made[-1] = dataclasses.replace(made[-1], lr=given["lr"])
    return dataclasses.replace(recipe, phases=tuple(made))
