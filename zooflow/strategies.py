"""Strategies: well-known ways to unfreeze a backbone, as lists of phases."""

import dataclasses
import re
from dataclasses import dataclass

from .errors import UnknownName
from .phase import Phase

STRATEGIES = (
    *("auto", "probe", "probe-then-tune", "full", "gradual", "lora", "lora-int8", "lora-int4"),
    *("norm", "bias", "last-1", "last-2"),
)
FITS = 500_000  # examples times labels up to which a logistic regression takes seconds
STEPS = {False: 600, True: 40}  # in which images, and texts, are learned from; measured
EPOCHS = 3, 15  # fewest and most in which to take them
FEW = 500  # examples up to which "auto" learns once more from all, those held out too
WIDTH = 384  # of a transformer for which a rate of 1e-4 suits; wider ones take smaller steps


@dataclass(frozen=True)
class Facts:
    """What a strategy is chosen by.

    Args:
        blocks: names of the backbone's, from bottom to top.
        text: it takes texts, not images.
        batch_norm: it normalises over the batch, and so bears larger steps.
        width: of its features.
        examples: to learn from.
        labels: how many there are.
        batch: examples in a step.
    """

    blocks: tuple[str, ...]
    text: bool
    batch_norm: bool
    width: int
    examples: int
    labels: int
    batch: int


def phases(strategy: str, facts: Facts) -> tuple[Phase, ...]:
    """Make the phases of a strategy, with epochs and rates that do well untuned.

    - "auto": the head, then, for as long as so many examples need, what lies above the lowest
      quarter of an image backbone that normalises over the batch, all of another, or what lies
      above the embeddings of texts. Normalisations over the batch stay as they are: what they
      learned from many images does better than what a batch of few says (measured on digits and
      Fashion-MNIST). The best epoch by validation is kept, so that what comes out is the tuned
      network or the probe, whichever is better.
    - "probe": the head alone: as a logistic regression, or in steps where there is too much for it.
      Before other phases it learns in steps: a regression solved to its end weighs what hardly
      varies so much that the first steps below it tear everything (measured on intents).
    - "probe-then-tune": the head, then what lies above the embeddings of texts, or the upper third
      of an image backbone, where features turn from shapes that all images share to those of the
      data it learned from. Converging the head first keeps the pretrained features from being torn
      by a random one (Kumar et al., Fine-Tuning can Distort Pretrained Features, 2022,
      arXiv:2202.10054). The rates are measured on intents, digits and Fashion-MNIST.
    - "full": the head, then everything.
    - "gradual": the head, then one block more every epoch, from the top (Howard and Ruder,
      Universal Language Model Fine-tuning for Text Classification, 2018, arXiv:1801.06146).
    - "lora": the head, then pairs of matrices of rank 8 beside every kernel too (see `adapters`).
    - "lora-int8", "lora-int4": the same over a backbone whose kernels and tables are kept in 8 or 4
      bits a number (Dettmers et al., QLoRA, 2023, arXiv:2305.14314; see `packed`).
    - "norm": the head, then the scales and shifts of the norms too.
    - "bias": the head, then all biases too (Ben Zaken et al., BitFit, 2021, arXiv:2106.10199).
    - "last-N": the head, then the last N blocks too.

    Args:
        strategy: one of these, as `check_strategy` has seen.
        facts: of the backbone and the data.
    """
    blocks, text = facts.blocks, facts.text
    probe = Phase("head", epochs=10, lr=1e-2)
    tune = Phase("all", epochs=3 if text else 6, lr=1e-3 if facts.batch_norm else 1e-4)
    few = dataclasses.replace(tune, epochs=2 * tune.epochs, lr=1e-3)
    if strategy == "auto":  # the head on examples as they are: fast, and as `zooflow rank` has them
        return dataclasses.replace(probe, augment=False), _automatic(facts)
    if strategy == "probe":
        solved = facts.examples * facts.labels <= FITS
        return (Phase("head", epochs=4, optimizer="lbfgs") if solved else probe,)
    if strategy == "probe-then-tune":
        lowest = blocks[min(1 if text else len(blocks) * 2 // 3, len(blocks) - 1)]
        return probe, dataclasses.replace(tune, train=lowest)
    if strategy == "full":
        return probe, tune
    if strategy == "gradual":
        steps = (f"last {count}" for count in range(1, len(blocks) + 1))
        return probe, *(dataclasses.replace(tune, train=part, epochs=1) for part in steps)
    if strategy.startswith("lora"):
        train = strategy.replace("lora", "lora 8").replace("-", " ")
        return probe, dataclasses.replace(few, train=train)
    if strategy in ("norm", "bias"):
        return probe, dataclasses.replace(few, train=strategy)
    return probe, dataclasses.replace(tune, train=strategy.replace("-", " "))


def _automatic(facts: Facts) -> Phase:
    """Choose what learns after the head, for how long, and how fast.

    It goes on to the end of its schedule, whatever validation says on the way. Of an image backbone
    that normalises over the batch the average over about an epoch is kept: single epochs differ so
    much that a lucky early one can pass for the best (Fashion-MNIST: 0.879 against 0.895).
    """
    fewest, most = EPOCHS
    each = -(-facts.examples // facts.batch)
    epochs = min(max(round(STEPS[facts.text] / each), fewest), most)
    tune = Phase("all", epochs=epochs, patience=epochs, lr=1e-4 * min(1.0, WIDTH / facts.width))
    if facts.text:
        return dataclasses.replace(tune, train=facts.blocks[min(1, len(facts.blocks) - 1)])
    if not facts.batch_norm:
        return dataclasses.replace(tune, layer_decay=0.75)
    lowest = facts.blocks[len(facts.blocks) // 4]  # below, images look alike, and cost most
    return dataclasses.replace(tune, train=f"{lowest} but norms", lr=5e-4, ema=1 - 1 / each)


def why(facts: Facts, tune: Phase) -> str:
    """Say in a line what "auto" has chosen, and why.

    Args:
        facts: it was chosen by.
        tune: the phase after the head's.
    """
    rate = "bears large steps" if facts.batch_norm else "learns in small steps"
    steps = tune.epochs * -(-facts.examples // facts.batch)
    return (
        f"auto: the head, then {tune.train} for {tune.epochs} epochs at {tune.lr:.2g}, and the "
        f"best epoch of both: with {facts.examples:,} {'texts' if facts.text else 'images'} these "
        f"are {steps:,} steps, and this backbone {rate}"
    )


def check_strategy(name: str) -> None:
    """Refuse what is no strategy.

    Raises:
        UnknownName: it is none.
    """
    if name not in STRATEGIES and not re.fullmatch(r"last-[1-9]\d*", name):
        known = ", ".join(STRATEGIES)
        raise UnknownName("strategy", name, list(STRATEGIES), hint=f"one of {known}, …")
