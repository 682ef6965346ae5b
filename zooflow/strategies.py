"""Strategies: well-known ways to unfreeze a backbone, as lists of phases."""

import dataclasses
import re

from .errors import UnknownName
from .phase import Phase

STRATEGIES = (
    *("probe", "probe-then-tune", "full", "gradual", "lora", "lora-int8", "lora-int4"),
    *("norm", "bias", "last-1", "last-2"),
)
PROBE = Phase("head", epochs=10, lr=1e-2)


def phases(
    strategy: str, blocks: tuple[str, ...], *, text: bool, batch_norm: bool
) -> tuple[Phase, ...]:
    """Make the phases of a strategy, with epochs and rates that do well untuned.

    - "probe": the head alone.
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
        blocks: the backbone's, from bottom to top.
        text: it takes texts, not images.
        batch_norm: it normalises over the batch, and so bears larger steps.

    """
    tune = Phase("all", epochs=3 if text else 6, lr=1e-3 if batch_norm else 1e-4)
    few = dataclasses.replace(tune, epochs=2 * tune.epochs, lr=1e-3)
    if strategy == "probe":
        return (PROBE,)
    if strategy == "probe-then-tune":
        lowest = blocks[min(1 if text else len(blocks) * 2 // 3, len(blocks) - 1)]
        return PROBE, dataclasses.replace(tune, train=lowest)
    if strategy == "full":
        return PROBE, tune
    if strategy == "gradual":
        steps = (f"last {count}" for count in range(1, len(blocks) + 1))
        return PROBE, *(dataclasses.replace(tune, train=part, epochs=1) for part in steps)
    if strategy.startswith("lora"):
        train = strategy.replace("lora", "lora 8").replace("-", " ")
        return PROBE, dataclasses.replace(few, train=train)
    if strategy in ("norm", "bias"):
        return PROBE, dataclasses.replace(few, train=strategy)
    return PROBE, dataclasses.replace(tune, train=strategy.replace("-", " "))


def check_strategy(name: str) -> None:
    """Refuse what is no strategy.

    Raises:
        UnknownName: it is none.
    """
    if name not in STRATEGIES and not re.fullmatch(r"last-[1-9]\d*", name):
        known = ", ".join(STRATEGIES)
        raise UnknownName("strategy", name, list(STRATEGIES), hint=f"one of {known}, …")
