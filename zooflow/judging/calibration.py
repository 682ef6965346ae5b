"""Whether a model is right as often as it says, and the temperature that makes it so.

Paper: Guo et al., On Calibration of Modern Neural Networks, 2017. arXiv:1706.04599
"""

from dataclasses import dataclass

import numpy as np

BINS = 15
FEWEST = 20  # examples: four in each fold
FOLDS = 5
WRONG = 5  # examples, one in each fold: without mistakes, the colder the better
HOTTEST = 20.0  # and 1 / HOTTEST the coldest


@dataclass(frozen=True)
class Bin:
    """Examples that were answered with like certainty.

    Args:
        low: their top probabilities lie above it,
        high: and up to it.
        examples: how many there are.
        confidence: mean of their top probabilities.
        accuracy: part of them answered rightly, 0 to 1.
    """

    low: float
    high: float
    examples: int
    confidence: float
    accuracy: float


@dataclass(frozen=True)
class Calibration:
    """What the logits of a model were divided by.

    Args:
        temperature: above 1 where the model was too sure of itself; 1 where nothing was done.
        examples: of validation, by which it was found.
        log_loss: theirs before and after, in nats.
        calibration_error: theirs before and after, 0 to 1.
        reason: why nothing was done; "" where something was.
    """

    temperature: float
    examples: int
    log_loss: tuple[float, float]
    calibration_error: tuple[float, float]
    reason: str


def bin_of(top: np.ndarray) -> np.ndarray:
    """Say in which of 15 equally wide bins each top probability lies, from 0."""
    return np.searchsorted(np.linspace(0, 1, BINS + 1)[1:-1], top)


def reliability(top: np.ndarray, right: np.ndarray) -> tuple[Bin, ...]:
    """Give the bins that hold examples.

    Args:
        top: probability of each answer, (examples,).
        right: whether it is the truth, bool (examples,).
    """
    edges, where = np.linspace(0, 1, BINS + 1), bin_of(top)
    return tuple(
        Bin(
            low=float(edges[i]),
            high=float(edges[i + 1]),
            examples=int(np.sum(where == i)),
            confidence=float(np.mean(top[where == i])),
            accuracy=float(np.mean(right[where == i])),
        )
        for i in np.unique(where)
    )


def calibration_error(top: np.ndarray, right: np.ndarray) -> float:
    """Give the mean distance of confidence from accuracy, bin by bin, weighed by examples.

    Args:
        top: probability of each answer, (examples,).
        right: whether it is the truth, bool (examples,).

    Returns:
        The expected calibration error, 0 to 1.
    """
    gaps = (bin.examples * abs(bin.confidence - bin.accuracy) for bin in reliability(top, right))
    return sum(gaps) / len(top)


def calibrate(logits: np.ndarray, targets: np.ndarray) -> Calibration:
    """Find the temperature that logits are to be divided by.

    It is found by the mean log loss, and kept only where it lowers that of examples that it was
    not found by, in five folds. What is told apart is how mistakes differ from other answers: where
    there are hardly any, there is no telling.

    Args:
        logits: of validation examples, (examples, labels).
        targets: class indices, (examples,).
    """
    logits = logits.astype("float64")
    temperature = 1.0
    reason = _reason(logits, targets)
    if not reason:
        # Four digits, so that the last bits of the logits do not matter.
        temperature = float(f"{_coolest(logits, targets):.4g}")
    losses, errors = zip(*(_judge(logits / t, targets) for t in (1.0, temperature)), strict=True)
    return Calibration(temperature, len(targets), losses, errors, reason)


def probabilities(logits: np.ndarray) -> np.ndarray:
    """Turn logits, (examples, labels), into probabilities."""
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def _reason(logits: np.ndarray, targets: np.ndarray) -> str:
    """Say why no temperature can be found; "" where one can."""
    if len(targets) < FEWEST:
        return f"{len(targets)} validation examples are too few, {FEWEST} are needed"
    if (wrong := int(np.sum(logits.argmax(axis=1) != targets))) < WRONG:
        return f"{wrong} wrong answers to validation examples are too few, {WRONG} are needed"
    fold = np.arange(len(targets)) % FOLDS
    held = 0.0
    for i in range(FOLDS):
        learned, judged = fold != i, fold == i
        found = _coolest(logits[learned], targets[learned])
        held += _loss(logits[judged] / found, targets[judged]) * judged.sum()
    if held >= _loss(logits, targets) * len(targets):
        return "no temperature lowers the log loss of examples that it was not found by"
    return ""


def _coolest(logits: np.ndarray, targets: np.ndarray) -> float:
    """Find the temperature of the lowest log loss."""
    from scipy.optimize import minimize_scalar

    reach = float(np.log(HOTTEST))
    found = minimize_scalar(
        lambda log: _loss(logits / np.exp(log), targets),
        bounds=(-reach, reach),
        method="bounded",
        options={"xatol": 1e-6},
    )
    return float(np.exp(found.x))  # type: ignore[attr-defined]


def _loss(logits: np.ndarray, targets: np.ndarray) -> float:
    """Give the mean log loss."""
    top = logits.max(axis=1)
    total = np.log(np.exp(logits - top[:, None]).sum(axis=1)) + top
    return float(np.mean(total - logits[np.arange(len(targets)), targets]))


def _judge(logits: np.ndarray, targets: np.ndarray) -> tuple[float, float]:
    said = probabilities(logits)
    right = said.argmax(axis=1) == targets
    return _loss(logits, targets), calibration_error(said.max(axis=1), right)
