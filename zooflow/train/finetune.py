"""Fine-tuning: open the data, load the backbone, learn phase by phase, write the run."""

import dataclasses
import json
import time
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

import keras
import numpy as np

from ..backend import devices, precision, seed
from ..cards import ImageInput
from ..data import Split, Tokenizer
from ..errors import BadRecipe
from ..features.form import reader
from ..freeze import thaw
from ..fresh import check_free
from ..recipe import Phase, Recipe, default_phases
from ..run import Run
from ..run.folder import new_folder, save_model, save_predictions, write_json
from ..run.lock import lock, sha256
from ..zoo import Backbone, load
from .clock import Clock
from .learn import learn
from .watch import Listener, Log, Silence


@dataclass(frozen=True)
class Plan:
    """A recipe made ready to run.

    Args:
        recipe: complete: no phase is left to defaults.
        split: the data, opened.
        backbone: loaded.
        model: the task's head on the backbone.
        reader: how images are read, or the tokenizer.
        clock: measures how long it takes until the first step is done.
    """

    recipe: Recipe
    split: Split
    backbone: Backbone
    model: keras.Model
    reader: ImageInput | Tokenizer
    clock: Clock

    def learning(self, phase: Phase) -> int:
        """Count the weights that learn in a phase."""
        return thaw(self.model, self.backbone, phase.train)


def plan(
    recipe: Recipe,
    split: Split | None = None,
    *,
    backbone: Backbone | None = None,
    clock: Clock | None = None,
) -> Plan:
    """Open the data, load the backbone and put the head on, without a step of training.

    Args:
        recipe: what to do.
        split: its data, where they are open already.
        backbone: the one that the recipe names, where no name finds it: `zooflow.from_keras`.
        clock: runs already where there was other work to do.

    Raises:
        BadData: the data cannot be learned from; says why.
        BadRecipe: the backbone takes images and the data are texts, or the other way round; or it
            is not the one that the recipe names.
        UnknownName: no such backbone, or no such part to train.
    """
    if backbone:
        _check_made(backbone, recipe)
    clock = clock or Clock()
    split = split or (recipe.data.open(recipe.seed) if backbone else recipe.open())
    clock.lap("data")
    for field in ("size", "augment"):
        if getattr(recipe, field) and split.modality == "text":
            raise BadRecipe(f"{field} means nothing for texts", hint=f"leave --{field} out")
    seed(recipe.seed)
    with precision(recipe.precision):
        backbone = backbone or load(recipe.backbone, size=recipe.size)
        takes = "image" if isinstance(backbone.card.input, ImageInput) else "text"
        if takes != split.modality:
            raise BadRecipe(
                f"{recipe.backbone} takes {takes}s, and {recipe.data.path} holds {split.modality}s",
                hint=f"zooflow list --{split.modality} shows backbones that fit",
            )
        model = recipe.task.attach(backbone, len(split.labels))
    if not recipe.phases:
        layers = backbone.model.layers
        batch_norm = any(isinstance(each, keras.layers.BatchNormalization) for each in layers)
        phases = default_phases(
            backbone.blocks, text=split.modality == "text", batch_norm=batch_norm
        )
        recipe = dataclasses.replace(recipe, phases=phases)
    clock.lap("backbone")
    made = Plan(recipe, split, backbone, model, reader(backbone), clock)
    for phase in recipe.phases:
        made.learning(phase)  # refuses the names of parts that are not there
    return made


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
    began = time.perf_counter()
    ready = recipe if isinstance(recipe, Plan) else plan(recipe, backbone=backbone)
    with new_folder(out) as folder:
        log = Log(folder / "log.txt", listener or Silence())
        say_plan(ready, log)
        best, said = learn(
            ready.model,
            ready.backbone,
            ready.recipe,
            ready.split,
            ready.reader,
            record=folder / "metrics.jsonl",
            clock=ready.clock,
            listener=log,
        )
        _save(ready, folder, said)
        log.say(
            f"saved {out}  (best epoch {best['epoch']} of phase {best['phase']}, val accuracy "
            f"{best['val_accuracy']:.4f}, {duration(time.perf_counter() - began)})"
        )
    return Run(
        out, ready.recipe, ready.backbone.card, ready.split.labels, ready.model, ready.reader
    )


def _check_made(backbone: Backbone, recipe: Recipe) -> None:
    """Refuse a backbone that is built already, and not as the recipe says."""
    said = (
        ("backbone", recipe.backbone, backbone.card.name),
        ("precision", recipe.precision, "float32"),
        ("size", recipe.size, None),
    )
    for field, asked, made in said:
        if asked != made:
            raise BadRecipe(
                f"the recipe's {field} is {asked!r}, and that of the backbone given is {made!r}"
            )


def say_plan(ready: Plan, listener: Listener) -> None:
    """Tell what is going to happen, in two lines and the data's notes."""
    recipe, split = ready.recipe, ready.split
    listener.say(
        f"{recipe.backbone} on {recipe.data.path}: {len(split.train.targets):,} {split.modality}s "
        f"to learn from, {len(split.validation.targets):,} to check, {len(split.labels)} labels"
    )
    for note in split.notes:
        listener.say(note)
    backend = keras.backend.backend()
    listener.say(
        f"{backend} {metadata.version(backend)} on {', '.join(devices())}, {recipe.precision}"
    )


def duration(seconds: float) -> str:
    """Say a time as people do: "41 s", "1 min 12 s"."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def _save(ready: Plan, folder: Path, said: np.ndarray) -> None:
    """Write the run, but for what training itself writes."""
    recipe, split, card = ready.recipe, ready.split, ready.backbone.card
    (folder / "recipe.json").write_text(recipe.to_json(), "utf-8")
    (folder / "labels.txt").write_text("".join(f"{label}\n" for label in split.labels), "utf-8")
    files, source = ready.backbone.files, card.source
    facts = lock(files=files, source=source, data=split.digest, seed=recipe.seed)
    save_model(
        folder / "model",
        ready.model,
        card=card,
        labels=split.labels,
        task=json.loads(recipe.to_json())["task"],
        precision=recipe.precision,
        reader=ready.reader,
    )
    facts["model"] = sha256(folder / "model" / "model.safetensors")
    write_json(folder / "lock.json", facts)
    save_predictions(folder / "validation.csv", split.validation, said, split.labels)
    ready.model.make_predict_function(force=True)  # traced anew, as that of a loaded run will be
