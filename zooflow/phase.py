"""The phase: a stretch of training in which one part of a model learns."""

from dataclasses import dataclass

from .errors import BadRecipe

OPTIMIZERS = ("adamw", "sgd", "lion", "muon", "lbfgs")
SCHEDULES = ("cosine", "one-cycle", "constant", "step")


@dataclass(frozen=True)
class Phase:
    """A stretch of training in which one part of the model learns.

    Args:
        train: what learns: "head", "all", "norm", "bias", "lora 8" (pairs of matrices of that rank
            beside every kernel; alpha is twice the rank), "lora 8 int8" or "int4" (the same, all
            kernels of the backbone kept in so many bits), "lora 8 query|value" (pairs beside those
            kernels alone whose layers' names hold the pattern), "last 2" (blocks), or the name of a
            block or of its beginning ("layer4", "encoder-layer-5"): from there to the end. "but
            norms" after blocks or "all" leaves normalisations as they are, statistics too.
        epochs: passes over the training data.
        lr: learning rate at its highest, above 0.
        weight_decay: part of a weight that is taken away at a rate of 1, 0 or more, by every
            optimizer apart from the gradient; of kernels and embeddings, never of norms, biases,
            tokens and positions.
        warmup: part of the steps in which the rate rises linearly, 0 to 1; one-cycle has its own.
        patience: epochs without a better validation loss after which the phase ends.
        optimizer: "adamw"; "sgd" with a Nesterov momentum of 0.9; "lion"; "muon", which moves
            matrices between the stem and the head, and leaves the rest to AdamW; or, for the head
            alone, "lbfgs": a logistic regression with no rate, whose ridge falls to a tenth with
            each epoch.
        schedule: how the rate goes on after the warm-up: "cosine" falls to 0, "constant" stays,
            "step" falls to a tenth after each third; "one-cycle" rises from a tenth and falls back.
        layer_decay: by what the rate of a block is multiplied against the block above it, above 0
            to 1; what lies above the blocks learns at the full rate.
        head_lr: learning rate of the head, above 0; None for the same as `lr`.
        clip: largest norm of all gradients together; 0 for no limit.
        accumulate: batches whose gradients are averaged before the weights move, 1 or more.
        augment: let the examples vary, where the recipe says how.
        split: parts into which a batch is split, where it does not fit into memory whole; their
            gradients are averaged, too.
        ema: part of the weights' moving average that a step leaves, 0 to below 1: the average is
            what is validated and kept; 0 for the weights themselves.
    """

    train: str = "head"
    epochs: int = 5
    lr: float = 1e-3
    weight_decay: float = 0.01
    warmup: float = 0.1
    patience: int = 5
    optimizer: str = "adamw"
    schedule: str = "cosine"
    layer_decay: float = 1.0
    head_lr: float | None = None
    clip: float = 1.0
    accumulate: int = 1
    augment: bool = True
    split: int = 1
    ema: float = 0.0

    def __post_init__(self):
        for field, good, rule in (
            ("epochs", self.epochs >= 1, "at least 1"),
            ("lr", 0 < self.lr < float("inf"), "above 0"),
            ("weight_decay", 0 <= self.weight_decay < float("inf"), "0 or more"),
            ("warmup", 0 <= self.warmup <= 1, "from 0 to 1"),
            ("patience", self.patience >= 1, "at least 1"),
            ("optimizer", self.optimizer in OPTIMIZERS, f"one of {', '.join(OPTIMIZERS)}"),
            ("schedule", self.schedule in SCHEDULES, f"one of {', '.join(SCHEDULES)}"),
            ("layer_decay", 0 < self.layer_decay <= 1, "above 0 and at most 1"),
            ("head_lr", self.head_lr is None or 0 < self.head_lr < float("inf"), "above 0"),
            ("clip", 0 <= self.clip < float("inf"), "0 or more"),
            *(
                (
                    field,
                    getattr(self, field) >= 1 and getattr(self, field) % 1 == 0,
                    "a whole number, at least 1",
                )
                for field in ("accumulate", "split")
            ),
            ("ema", 0 <= self.ema < 1, "from 0 to below 1"),
        ):
            if not good:
                raise BadRecipe(f"a phase's {field} is {getattr(self, field)!r}; it must be {rule}")
        if self.optimizer == "lbfgs" and self.train != "head":
            raise BadRecipe(
                f"lbfgs trains the head alone, not {self.train!r}", hint="choose another optimizer"
            )

    @property
    def gathered(self) -> int:
        """How many batches, or parts of them, are learned from before the weights move."""
        return self.accumulate * self.split
