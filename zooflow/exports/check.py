"""Whether an exported file answers as its run does: asked in its own runtime, from the disk."""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..data import Tokenizer, feed
from ..errors import ZooflowError
from ..judging import probabilities
from ..run import Run
from ..run.examples import validation_inputs
from .serving import Arrays, Ask, Serving, asked

MOST, RANDOM = 256, 64  # examples
TOLERANCE = 1e-4  # of the largest logit, in float32
LEAST, SMALLEST = 1e-30, 0.1  # probability and logit below which rounding is not compared
ALIKE = 0.98  # of the labels, in narrower numbers: 256 examples tell accuracy no closer
BATCHES = (1, 32)
REPEATS, PATIENCE = 20, 3.0  # times a batch is asked, within so many seconds


@dataclass(frozen=True)
class Check:
    """How an exported file compares with its run.

    Args:
        examples: that both were asked about.
        asked: what these were.
        agreement: part of them that both give the same label, 0 to 1.
        difference: largest difference of a logit, relative to the run's largest; logits are the
            logarithms of the probabilities, less their mean.
        megabytes: of the file, or of the files.
        latency: median milliseconds that a batch takes, by its examples.
    """

    examples: int
    asked: str
    agreement: float
    difference: float
    megabytes: float
    latency: dict[str, float]


def check(serving: Serving, ask: Ask, folder: Path, *, to: str, quantize: str | None) -> Check:
    """Ask a file what its run is asked, and compare.

    Args:
        serving: the run.
        ask: the file, in its runtime.
        folder: of the file.
        to: its format.
        quantize: the numbers that it holds; None for float32.

    Raises:
        ZooflowError: it answers otherwise, beyond what its numbers explain.
    """
    batches, kind = _questions(serving)
    said = [probabilities(asked(serving.run.model, each)) for each in batches]
    ours, theirs = _logits(said), _logits([ask(each) for each in batches])
    agreement = float((ours.argmax(axis=1) == theirs.argmax(axis=1)).mean())
    difference = float(np.abs(ours - theirs).max() / max(np.abs(ours).max(), SMALLEST))
    good = agreement >= ALIKE if quantize else difference <= TOLERANCE
    if not good:
        allowed = f"labels must agree on {ALIKE:.0%}" if quantize else f"{TOLERANCE:g} is allowed"
        raise ZooflowError(
            f"the {to} file does not answer as the run does: labels agree on {agreement:.2%} of "
            f"{len(ours)} {kind}, and logits differ by up to {difference:.1e} of the largest; "
            f"{allowed}",
            hint=f"--to {to} without --quantize {quantize}" if quantize else "",
        )
    return Check(
        examples=len(ours),
        asked=kind,
        agreement=agreement,
        difference=difference,
        megabytes=sum(each.stat().st_size for each in folder.rglob("*") if each.is_file()) / 1e6,
        latency={str(size): _latency(ask, batches[0], size) for size in BATCHES},
    )


def _logits(said: list[np.ndarray]) -> np.ndarray:
    """Turn probabilities into logits, up to what the softmax takes from them."""
    logs = np.log(np.maximum(np.concatenate(said).astype("float64"), LEAST))
    return logs - logs.mean(axis=1, keepdims=True)


def _questions(serving: Serving) -> tuple[list[Arrays], str]:
    """Give what is asked, in batches, and what it is."""
    run = serving.run
    inputs = validation_inputs(run.folder, run.recipe, MOST)
    if not inputs:
        kind = "random inputs, as the examples of the run are not here"
        return [serving.given(each) for each in _random(run)], kind
    given = feed(inputs, run.reader)  # type: ignore[arg-type]
    batches = given.in_order(np.arange(len(inputs)), max(BATCHES))
    return [serving.given(each) for _, each in batches], f"validation {run.modality}s"


def _random(run: Run) -> list[Any]:
    """Draw pixels, or tokens of texts of which the later ones in a batch are shorter."""
    draw = np.random.default_rng(0)
    reader, counts = run.reader, [max(BATCHES)] * (RANDOM // max(BATCHES))
    if not isinstance(reader, Tokenizer):
        shape = *reader.size, len(reader.mean)
        return [draw.integers(0, 256, (count, *shape), "uint8") for count in counts]
    length, words = min(reader.length, 64), reader.tokens.get_vocab_size()
    batches = []
    for count in counts:
        mask = np.arange(length) < draw.integers(2, length + 1, (count, 1))
        ids = np.where(mask, draw.integers(0, words, mask.shape), reader.pad)
        tokens = {"input_ids": ids, "attention_mask": mask, "token_type_ids": 0 * ids}
        batches.append({name: array.astype("int32") for name, array in tokens.items()})
    return batches


def _latency(ask: Ask, arrays: Arrays, size: int) -> float:
    """Time a batch of so many examples: the median in milliseconds."""
    some = {name: np.resize(array, (size, *array.shape[1:])) for name, array in arrays.items()}
    ask(some)
    spent: list[float] = []
    while len(spent) < REPEATS and sum(spent) < PATIENCE:
        began = time.perf_counter()
        ask(some)
        spent.append(time.perf_counter() - began)
    return 1000 * float(np.median(spent))
