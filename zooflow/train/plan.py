"""A recipe made ready to run: data opened, backbone loaded, the head put on."""

import dataclasses
from dataclasses import dataclass
from importlib import metadata
from typing import Any

import keras

from ..backend import devices, precision, seed
from ..cards import ImageInput, TextInput
from ..data import Augment, Split, Tokenizer
from ..data.augment import augmentation, mild
from ..dropout import with_dropout
from ..errors import BadRecipe
from ..features.form import cropped, reader
from ..freeze import thaw
from ..phase import Phase
from ..recipe import Recipe
from ..strategies import FEW, Facts, phases, why
from ..zoo import Backbone, load
from .clock import Clock
from .listener import Listener


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
        why: what was chosen, and why; "" where nothing was.
    """

    recipe: Recipe
    split: Split
    backbone: Backbone
    model: keras.Model
    reader: ImageInput | Tokenizer
    clock: Clock
    why: str = ""

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
    _check_fields(recipe, split.modality)
    seed(recipe.seed)
    with precision(recipe.precision):
        backbone = backbone or load(recipe.backbone, size=recipe.size)
        takes = "image" if isinstance(backbone.card.input, ImageInput) else "text"
        if takes != split.modality:
            raise BadRecipe(
                f"{recipe.backbone} takes {takes}s, and {recipe.data.path} holds {split.modality}s",
                hint=f"zooflow list --{split.modality} shows backbones that fit",
            )
        if recipe.length:
            backbone = _shortened(backbone, recipe.length)
        if split.modality == "image":
            backbone = cropped(backbone, split.train.inputs, recipe.crop)
        if recipe.depth or recipe.residual_dropout:
            backbone = with_dropout(backbone, depth=recipe.depth, residual=recipe.residual_dropout)
        model = recipe.task.attach(backbone, len(split.labels))
    recipe, said = _complete(recipe, split, backbone)
    clock.lap("backbone")
    made = Plan(recipe, split, backbone, model, reader(backbone), clock, said)
    for phase in recipe.phases:
        made.learning(phase)  # refuses the names of parts that are not there
    return made


def _check_fields(recipe: Recipe, modality: str) -> None:
    """Refuse what means nothing for examples of a kind."""
    wrong = [
        field
        for field, kind in (("size", "image"), ("crop", "image"), ("length", "text"))
        if getattr(recipe, field) and kind != modality
    ]
    if isinstance(recipe.augment, Augment):
        for field in dataclasses.fields(Augment):
            said = getattr(recipe.augment, field.name) != field.default
            if said and (field.name == "drop") != (modality == "text"):
                wrong.append(f"augment's {field.name}")
    if wrong:
        option = "augment" if "augment" in wrong[0] else wrong[0]
        raise BadRecipe(f"{wrong[0]} means nothing for {modality}s", hint=f"leave --{option} out")


def _shortened(backbone: Backbone, length: int) -> Backbone:
    """Let texts be cut earlier than a backbone needs.

    Raises:
        BadRecipe: it takes no texts as long as that.
    """
    input = backbone.card.input
    assert isinstance(input, TextInput)
    if length > input.length:
        raise BadRecipe(f"length is {length}, and {backbone.card.name} takes {input.length} tokens")
    card = dataclasses.replace(backbone.card, input=dataclasses.replace(input, length=length))
    return dataclasses.replace(backbone, card=card)


def _complete(recipe: Recipe, split: Split, backbone: Backbone) -> tuple[Recipe, str]:
    """Replace names by what they stand for, and tell what was chosen."""
    layers = backbone.model.layers
    facts = Facts(
        blocks=backbone.blocks,
        text=split.modality == "text",
        batch_norm=any(isinstance(each, keras.layers.BatchNormalization) for each in layers),
        width=backbone.pooled.shape[-1],
        examples=len(split.train.targets),
        labels=len(split.labels),
        batch=recipe.batch,
    )
    chosen = recipe.automatic
    few = facts.examples + len(split.validation.targets) <= FEW
    input = backbone.card.input
    changes: dict[str, Any] = {"crop": input.crop if isinstance(input, ImageInput) else None}
    said = ""
    if recipe.refit is None:
        changes["refit"] = chosen and few and split.held_out and backbone.files is not None
    elif recipe.refit and not backbone.files:
        raise BadRecipe(
            "refit begins anew with the backbone as it was, and yours is trained where it stands",
            hint="leave refit out",
        )
    if not recipe.phases:
        changes["phases"] = phases(recipe.strategy, facts)
        if chosen:
            said = why(facts, changes["phases"][-1])
            if recipe.augment is None and not facts.text:
                changes["augment"] = mild(facts.examples)
                said += "; images are cropped by up to a quarter"
                said += " and blended a little" if changes["augment"].mixup else ""
    if isinstance(recipe.augment, str):
        changes["augment"] = augmentation(
            recipe.augment,
            text=facts.text,
            examples=facts.examples,
            batch_norm=facts.batch_norm,
        )
    return dataclasses.replace(recipe, **changes), said


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
    if ready.why:
        listener.say(ready.why)
    backend = keras.backend.backend()
    listener.say(
        f"{backend} {metadata.version(backend)} on {', '.join(devices())}, {recipe.precision}"
    )
