"""The recipe: everything that a run is made from, as one value.

A recipe is frozen, comparable, and complete once `resolve`d: its JSON holds no default that a
later version could change.
"""

import dataclasses
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .backend import PRECISIONS
from .cards import ImageInput
from .data import Augment, HubDataset, ImageFolder, Pixels, Split, Table
from .data.augment import SETS
from .errors import BadInput, BadRecipe
from .fresh import read_json
from .lora import kept_in
from .names import locate
from .phase import Phase
from .strategies import check_strategy
from .tasks import Classify

Data = ImageFolder | Table | HubDataset
DATA = {kind.__name__: kind for kind in (ImageFolder, Table, HubDataset)}
CACHES = ("float16", "float32", "off")
SHORTEST = 8  # tokens of a text
TASKS = {kind.__name__: kind for kind in (Classify,)}


@dataclass(frozen=True)
class Recipe:
    """What to learn from, with what, and how.

    Args:
        backbone: a name that `zooflow.load` takes.
        data: the examples.
        task: the question that the model answers.
        phases: stretches of training, in order; empty for those of the strategy.
        strategy: which phases to choose where there are none; see `strategies.phases`.
        batch: examples in a step.
        seed: of the split, the head, the order and the dropout.
        precision: "float32", "mixed_bfloat16" or "mixed_float16".
        size: side of the images in pixels; None for the backbone's own.
        crop: part of an image's side that the backbone sees, above 0 to 1; None for its own, or all
            of images that are smaller than it takes.
        length: most tokens of a text, special ones included; None for the backbone's own.
        augment: how examples vary while the model learns, or a set by its name: "none", "light",
            "standard", "strong" (see `data.augment.augmentation`); None for not at all, but where
            the strategy shall choose.
        views: of each example, drawn once, one an epoch in turn; 0 draws anew every epoch, so that
            nothing can be kept.
        soup: best epochs whose weights are averaged in the end, each where validation is no worse
            for it; 1 keeps those of the best one.
        depth: part of the examples for which the uppermost residual of the backbone is left out
            while it learns, 0 to below 1; see `dropout.with_dropout`.
        residual_dropout: part of the numbers of every residual of the backbone that is left out
            while it learns, 0 to below 1.
        refit: learn once more in the end, from all examples, validation ones too, for as long as
            was best; None where the strategy shall choose.
        cache: how the features of the frozen part are kept: "float16", where it changes nothing
            that matters, also in bfloat16 and computed so; "float32"; or "off": made every epoch.
    """

    backbone: str
    data: Data
    task: Classify = dataclasses.field(default_factory=Classify)
    phases: tuple[Phase, ...] = ()
    strategy: str = "auto"
    batch: int = 32
    seed: int = 0
    precision: str = "float32"
    size: int | None = None
    crop: float | None = None
    length: int | None = None
    augment: Augment | str | None = None
    views: int = 4
    soup: int = 1
    depth: float = 0.0
    residual_dropout: float = 0.0
    refit: bool | None = None
    cache: str = "float16"

    def __post_init__(self):
        if self.batch < 1:
            raise BadRecipe(f"batch is {self.batch}; it must be at least 1")
        if self.soup < 1:
            raise BadRecipe(f"soup is {self.soup}; it must be at least 1")
        for field in ("depth", "residual_dropout"):
            if not 0 <= (part := getattr(self, field)) < 1:
                raise BadRecipe(f"{field} is {part}; it must be from 0 to below 1")
        if self.views < 0:
            raise BadRecipe(f"views is {self.views}; it must be 0 or more")
        if self.crop is not None and not 0 < self.crop <= 1:
            raise BadRecipe(f"crop is {self.crop}; it must be above 0 and at most 1")
        if self.length is not None and self.length < SHORTEST:
            raise BadRecipe(f"length is {self.length}; it must be at least {SHORTEST}")
        if isinstance(self.augment, str) and self.augment not in SETS:
            raise BadRecipe(
                f"augment {self.augment!r} is unknown", hint=f"one of {', '.join(SETS)}"
            )
        if self.precision not in PRECISIONS:
            raise BadRecipe(
                f"precision {self.precision!r} is unknown", hint=f"one of {', '.join(PRECISIONS)}"
            )
        check_strategy(self.strategy)
        kept_in(phase.train for phase in self.phases)
        if self.cache not in CACHES:
            raise BadRecipe(f"cache {self.cache!r} is unknown", hint=f"one of {', '.join(CACHES)}")

    @property
    def automatic(self) -> bool:
        """Whether backbone and data shall decide how to train."""
        return self.strategy == "auto" and not self.phases

    def open(self) -> Split:
        """Open the data; images are decoded as the backbone takes them, where that is known.

        Raises:
            BadData: they cannot be learned from; says why.
            UnknownName: there is no such backbone.
        """
        card, pixels = locate(self.backbone), None
        input = None if isinstance(card, str) else card.input
        still = self.augment in (None, "none")
        if isinstance(input, ImageInput) and still and self.cache != "off":
            pixels = Pixels(input.at(size=self.size, crop=self.crop))
        return self.data.open(self.seed, pixels=pixels)

    def micro(self, number: int) -> int:
        """Say how many examples of a batch are learned at a time in a phase, counted from 1."""
        return -(-self.batch // self.phases[number - 1].split)

    def halved(self, number: int) -> "Recipe":
        """Halve what is learned at a time from a phase on; a step learns from as much as ever."""
        phases = [
            dataclasses.replace(phase, split=2 * phase.split) if i >= number else phase
            for i, phase in enumerate(self.phases, start=1)
        ]
        return dataclasses.replace(self, phases=tuple(phases))

    def to_json(self) -> str:
        """Write the recipe as JSON that `from_json` reads back to an equal value."""
        facts = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        return json.dumps(facts, indent=2, default=_plain) + "\n"

    @classmethod
    def from_json(cls, text: str) -> "Recipe":
        """Read a recipe.

        Raises:
            BadRecipe: no JSON, an unknown field, a missing one, or a value that does not fit.
        """
        try:
            facts = json.loads(text)
            for part, kinds in (("data", DATA), ("task", TASKS)):
                if part in facts:
                    facts[part] = kinds[facts[part].pop("kind")](**facts[part])
            if isinstance(facts.get("augment"), dict):
                facts["augment"] = Augment(**facts["augment"])
            facts["phases"] = tuple(Phase(**phase) for phase in facts.get("phases", ()))
            return cls(**facts)
        except BadRecipe:
            raise
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise BadRecipe(
                f"this is no recipe: {error}", hint="zooflow finetune … --dry-run prints one"
            ) from error


def _plain(value: Any) -> dict[str, Any]:
    kind = {} if isinstance(value, (Phase, Augment)) else {"kind": type(value).__name__}
    return kind | dataclasses.asdict(value)


def recipe_of(run: Path) -> Recipe:
    """Read the recipe of a run.

    Raises:
        BadInput: it is no run, or its recipe is damaged.
    """
    return Recipe.from_json(json.dumps(read_json(run, "recipe.json")))


def begun(run: Path) -> tuple[Recipe, dict[str, Any]]:
    """Read the recipe and the lock of a run that was stopped before its end.

    Raises:
        BadInput: it is no run, or it is finished.
    """
    if (run / "model").exists():
        raise BadInput(f"{run} is finished", hint="zooflow evaluate and zooflow predict ask it")
    return recipe_of(run), read_json(run, "lock.json")
