"""Fine-tuning: learn phase by phase, write the run; and go on where it was stopped."""

import json
import os
import shutil
import time
from functools import partial
from pathlib import Path

import numpy as np

from ..adapters import adapted, merge
from ..adapters import save as save_adapter
from ..errors import BadInput
from ..freeze import head_of
from ..fresh import check_free, read_json
from ..recipe import Recipe, begun
from ..run import Run
from ..run.examples import changes, save_examples
from ..run.folder import save_model, save_predictions, training, write_json
from ..run.lock import differences, lock, sha256
from ..zoo import Backbone
from .clock import duration
from .curves import draw_curves
from .halve import learn_what_fits
from .listener import Listener, Log, Silence
from .plan import Plan, plan, say_plan
from .records import rows
from .refit import REFIT, refit
from .temperature import cool

ADAPTER = "adapter.safetensors"  # what LoRA has learned, apart from the merged weights


def finetune(
    recipe: Recipe | Plan,
    out: str | Path,
    *,
    backbone: Backbone | None = None,
    listener: Listener | None = None,
) -> Run:
    """Train what a recipe says and write the run.

    Args:
        recipe: what to do; or the plan of it, where that is made already.
        out: the run's folder; must not exist.
        backbone: the one that the recipe names, where no name finds it: `zooflow.from_keras`.
        listener: is told how it goes.

    Returns:
        The run, with the best weights by validation.

    Raises:
        ZooflowError: bad data, an unknown name, a folder that exists; see `zooflow.errors`.
        TrainingStopped: the audit failed, or the loss is not finite.
    """
    out = Path(out).expanduser()
    check_free(out)
    ready = recipe if isinstance(recipe, Plan) else plan(recipe, backbone=backbone)
    with training(out, partial(_begin, ready)):
        log = Log(out / "log.txt", listener or Silence())
        say_plan(ready, log)
        return _train(ready, out, log)


def _begin(ready: Plan, folder: Path) -> None:
    """Write what a run must hold to be resumed."""
    (folder / "recipe.json").write_text(ready.recipe.to_json(), "utf-8")
    save_examples(folder / "examples.csv", ready.split)
    write_json(folder / "lock.json", lock_of(ready))


def resume(
    run: str | Path,
    ready: Plan | None = None,
    *,
    backbone: Backbone | None = None,
    listener: Listener | None = None,
) -> Run:
    """Go on with a run that was stopped, as if it had not been: to the bit.

    Args:
        run: its folder.
        ready: the plan of its recipe, where that is made already.
        backbone: the one that its recipe names, where no name finds it.
        listener: is told how it goes.

    Raises:
        BadInput: there is nothing to resume; or the data, the backbone's weights or the backend
            are not those that it was begun with.
    """
    out = Path(run).expanduser()
    ready = ready or plan(begun(out)[0], backbone=backbone)
    others = check_unchanged(out, ready, "go on")
    with training(out):
        log = Log(out / "log.txt", listener or Silence())
        for each in others:
            log.say(f"{each}: the end may differ from what it would have been")
        return _train(ready, out, log)


def check_unchanged(out: Path, ready: Plan, what: str) -> list[str]:
    """Hold data, weights and backend against those that a run was begun with.

    Args:
        out: the run.
        ready: the plan of its recipe.
        what: the run is to do.

    Returns:
        What else is different, and may change the last bits of its numbers.

    Raises:
        BadInput: they are others; says which.
    """
    then, now = read_json(out, "lock.json"), lock_of(ready)
    fatal, others = differences(then, now)
    if then["data"] != now["data"]:
        fatal.append(f"its data have changed: {changes(out / 'examples.csv', ready.split)}")
    if fatal:
        raise BadInput(f"{out} cannot {what}: {'; '.join(fatal)}", hint="begin a new run")
    return others


def _train(ready: Plan, out: Path, log: Log) -> Run:
    began = time.perf_counter()
    ready, best, logits = learn_what_fits(ready, out, log)
    if ready.recipe.refit:
        ready = refit(ready, out, log)
    _save(ready, out, cool(ready, logits, out, log))
    log.say(
        f"saved {out}  (best epoch {best['epoch']} of phase {best['phase']}, val accuracy "
        f"{best['val_accuracy']:.4f}{_beside(ready, out)}, {duration(time.perf_counter() - began)})"
    )
    return Run(
        out, ready.recipe, ready.backbone.card, ready.split.labels, ready.model, ready.reader
    )


def _beside(ready: Plan, out: Path) -> str:
    """Say what the head alone came to, where other phases followed it."""
    first, *others = ready.recipe.phases
    if first.train != "head" or not others:
        return ""
    alone = max(row["val_accuracy"] for row in rows(out, "metrics") if row["phase"] == 1)
    return f", the head alone {alone:.4f}"


def lock_of(ready: Plan) -> dict:
    """Write down what a plan is made with."""
    files, source = ready.backbone.files, ready.backbone.card.source
    return lock(files=files, source=source, data=ready.split.digest, seed=ready.recipe.seed)


def _save(ready: Plan, out: Path, said: np.ndarray) -> None:
    """Write what a run holds once it is trained; the model, which makes it a whole one, last."""
    split, unnamed = ready.split, out / ".model"
    draw_curves(out, [phase.train for phase in ready.recipe.phases])
    (out / "labels.txt").write_text("".join(f"{label}\n" for label in split.labels), "utf-8")
    save_predictions(out / "validation.csv", split.validation, said, split.labels)
    shutil.rmtree(unnamed, ignore_errors=True)
    pairs = bool(adapted(ready.model))
    if pairs:
        save_adapter(ready.model, head_of(ready.model, ready.backbone), out / ADAPTER)
        merge(ready.model)
    save_model(
        unnamed,
        ready.model,
        card=ready.backbone.card,
        labels=split.labels,
        task=json.loads(ready.recipe.to_json())["task"],
        precision=ready.recipe.precision,
        reader=ready.reader,
    )
    write_json(out / "lock.json", lock_of(ready) | {"model": sha256(unnamed / "model.safetensors")})
    if pairs:
        os.replace(out / ADAPTER, unnamed / ADAPTER)
    os.replace(unnamed, out / "model")
    for trained in (out, out / REFIT):
        shutil.rmtree(trained / "state", ignore_errors=True)
    ready.model.make_predict_function(force=True)  # traced anew, as that of a loaded run will be
