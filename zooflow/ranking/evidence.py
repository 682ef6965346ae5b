"""LogME: how probable the labels are, given features and any linear map of them.

Paper: You et al., LogME: Practical Assessment of Pre-trained Models for Transfer Learning, 2021.
arXiv:2102.11005
"""

import numpy as np

ROUNDS = 100  # of the fixed point; a few are enough
CLOSE = 1e-5  # relative change of alpha / beta at which it has come to rest


def logme(features: np.ndarray, targets: np.ndarray) -> float:
    """Give the log of the evidence per example, the mean over labels; higher is better.

    Each label is a vector y of ones and zeros, y = F w + noise. With w ~ N(0, I / alpha) and noise
    ~ N(0, I / beta), n examples and d features,

        log p(y | F) = n/2 log beta + d/2 log alpha - n/2 log 2 pi
                       - beta/2 |F m - y|^2 - alpha/2 |m|^2 - 1/2 log det A,
        A = alpha I + beta F'F,   m = beta A^-1 F'y.

    Alpha and beta are those of the greatest evidence: the fixed point of gamma = sum over the
    eigenvalues s of F'F of beta s / (alpha + beta s), alpha = gamma / |m|^2 and
    beta = (n - gamma) / |F m - y|^2.

    Args:
        features: (examples, width).
        targets: class indices, (examples,).
    """
    wide = np.asarray(features, "float64")
    values, turned = _spectrum(wide)
    labels = np.unique(targets)
    width = wide.shape[1]
    return float(np.mean([_evidence(width, values, turned, targets == y) for y in labels]))


def _spectrum(features: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Give the eigenvalues above zero of F'F, and the left singular vectors that belong to them."""
    tall = len(features) >= features.shape[1]
    values, vectors = np.linalg.eigh(features.T @ features if tall else features @ features.T)
    held = values > values[-1] * max(features.shape) * np.finfo(float).eps
    values, vectors = values[held], vectors[:, held]
    return values, features @ vectors / np.sqrt(values) if tall else vectors


def _evidence(width: int, values: np.ndarray, turned: np.ndarray, truth: np.ndarray) -> float:
    """Give the greatest log evidence per example of one label."""
    y, count = truth.astype("float64"), len(truth)
    seen = turned.T @ y
    unseen = max(y @ y - seen @ seen, 0.0)  # what no map of the features can say
    alpha = beta = 1.0
    for _ in range(ROUNDS):
        shrunk = alpha + beta * values
        length = np.sum((beta * np.sqrt(values) * seen / shrunk) ** 2)  # |m|^2
        rest = np.sum((alpha * seen / shrunk) ** 2) + unseen  # |F m - y|^2
        gamma = np.sum(beta * values / shrunk)
        before = alpha / beta
        alpha, beta = gamma / max(length, 1e-12), (count - gamma) / max(rest, 1e-12)
        if abs(alpha / beta - before) <= CLOSE * before:
            break
    shrunk = alpha + beta * values
    length = np.sum((beta * np.sqrt(values) * seen / shrunk) ** 2)
    rest = np.sum((alpha * seen / shrunk) ** 2) + unseen
    determinant = np.sum(np.log(shrunk)) + (width - len(values)) * np.log(alpha)
    whole = count * np.log(beta) + width * np.log(alpha) - count * np.log(2 * np.pi)
    return (whole - beta * rest - alpha * length - determinant) / 2 / count
