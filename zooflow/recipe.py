"""The recipe: everything that a run is made from, as one value.

A recipe is frozen, comparable, and complete once `resolve`d: its JSON holds no default that a
later version could change.
"""

import dataclasses
import json
from dataclasses import dataclass
from typing import Any

from .backend import PRECISIONS
from .cards import ImageInput
from .data import Augment, HubDataset, ImageFolder, Pixels, Split, Table
from .errors import BadRecipe
from .names import locate
from .tasks import Classify

Data = ImageFolder | Table | HubDataset
DATA = {kind.__name__: kind for kind in (ImageFolder, Table, HubDataset)}
CACHES = ("float16", "float32", "off")
TASKS = {kind.__name__: kind for kind in (Classify,)}


@dataclass(frozen=True)
class Phase:
    """A stretch of training in which one part of the model learns.

    Args:
        train: what learns: "head", "all", "norm", "bias", "last 2" (blocks), or the name of a block
            or of its beginning ("layer4", "encoder-layer-5"): from there to the end.
        epochs: passes over the training data.
        lr: learning rate at the top of the warm-up.
        weight_decay: of AdamW, on kernels and embeddings; never on norms and biases.
        warmup: part of the steps in which the rate rises linearly, before it falls as a cosine.
        patience: epochs without a better validation loss after which the phase ends.
    """

    train: str = "head"
    epochs: int = 5
    lr: float = 1e-3
    weight_decay: float = 0.01
    warmup: float = 0.1
    patience: int = 5

    def __post_init__(self):
        for field, good, rule in (
            ("epochs", self.epochs >= 1, "at least 1"),
            ("lr", 0 < self.lr < float("inf"), "above 0"),
            ("weight_decay", 0 <= self.weight_decay < float("inf"), "0 or more"),
            ("warmup", 0 <= self.warmup <= 1, "from 0 to 1"),
            ("patience", self.patience >= 1, "at least 1"),
        ):
            if not good:
                raise BadRecipe(f"a phase's {field} is {getattr(self, field)}; it must be {rule}")


@dataclass(frozen=True)
class Recipe:
    """What to learn from, with what, and how.

    Args:
        backbone: a name that `zooflow.load` takes.
        data: the examples.
        task: the question that the model answers.
        phases: stretches of training, in order; empty for the sound default of the backbone.
        batch: examples in a step.
        seed: of the split, the head, the order and the dropout.
        precision: "float32", "mixed_bfloat16" or "mixed_float16".
        size: side of the images in pixels; None for the backbone's own.
        augment: how images vary while the model learns; None for not at all.
        views: of each image, drawn once, one an epoch in turn; 0 draws anew every epoch, so that
            nothing can be kept.
        cache: how the features of the frozen part are kept: "float16", where it changes nothing
            that matters, also in bfloat16 and computed so; "float32"; or "off": made every epoch.
    """

    backbone: str
    data: Data
    task: Classify = dataclasses.field(default_factory=Classify)
    phases: tuple[Phase, ...] = ()
    batch: int = 32
    seed: int = 0
    precision: str = "float32"
    size: int | None = None
    augment: Augment | None = None
    views: int = 4
    cache: str = "float16"

    def __post_init__(self):
        if self.batch < 1:
            raise BadRecipe(f"batch is {self.batch}; it must be at least 1")
        if self.views < 0:
            raise BadRecipe(f"views is {self.views}; it must be 0 or more")
        if self.precision not in PRECISIONS:
            raise BadRecipe(
                f"precision {self.precision!r} is unknown", hint=f"one of {', '.join(PRECISIONS)}"
            )

        if self.cache not in CACHES:
            raise BadRecipe(f"cache {self.cache!r} is unknown", hint=f"one of {', '.join(CACHES)}")

    def open(self) -> Split:
        """Open the data; images are decoded as the backbone takes them, where that is known.

        Raises:
            BadData: they cannot be learned from; says why.
            UnknownName: there is no such backbone.
        """
        card, pixels = locate(self.backbone), None
        input = None if isinstance(card, str) else card.input
        if isinstance(input, ImageInput) and not self.augment and self.cache != "off":
            if self.size:
                input = dataclasses.replace(input, size=(self.size, self.size))
            pixels = Pixels(input)
        return self.data.open(self.seed, pixels=pixels)

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
            if facts.get("augment"):
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


def default_phases(blocks: tuple[str, ...], *, text: bool, batch_norm: bool) -> tuple[Phase, ...]:
    """Choose phases that do well untuned: converge the head, then tune what lies below it.

    Probing before tuning keeps the pretrained features from being torn by a random head. A text
    backbone is tuned above its embeddings; an image backbone in its upper third, where features
    turn from shapes that all images share to those of the data it learned from. The rates are
    measured on intents, digits and Fashion-MNIST.

    Paper: Kumar et al., Fine-Tuning can Distort Pretrained Features, 2022. arXiv:2202.10054

    Args:
        blocks: the backbone's, from bottom to top.
        text: it takes texts, not images.
        batch_norm: it normalises over the batch, and so bears larger steps.
    """
    lowest = blocks[min(1 if text else len(blocks) * 2 // 3, len(blocks) - 1)]
    tune = Phase(lowest, epochs=3 if text else 6, lr=1e-4)
    if batch_norm:
        tune = dataclasses.replace(tune, lr=1e-3)
    return Phase("head", epochs=10, lr=1e-2), tune
