"""Labels that are likely wrong: what a model that has not seen an example would call it.

Paper: Northcutt et al., Confident Learning: Estimating Uncertainty in Dataset Labels, 2021.
    arXiv:1911.00068
"""

import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.decomposition import PCA
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

from ..ranking.scores import C, Fold

WIDTH = 128  # directions of most variance: enough to tell labels apart, and few to fit


@dataclass(frozen=True)
class Suspect:
    """An example whose label is likely wrong.

    Args:
        input: image file, or text.
        origin: where it comes from.
        target: its label, as an index.
        rather: the label that is likelier.
        chance: of its own label, 0 to 1.
    """

    input: Path | str
    origin: str
    target: int
    rather: int
    chance: float


def suspects(
    features: np.ndarray, targets: np.ndarray, dealt: list[Fold]
) -> tuple[list[tuple[int, int, float]], float]:
    """Find likely wrong labels by logistic regression on features, out of fold.

    Args:
        features: (examples, width).
        targets: class indices, (examples,).
        dealt: folds that hold each example once to judge.

    Returns:
        Index, likelier label and own label's probability of each, the likeliest to be wrong first;
        and the part of all labels that the regression agrees with.
    """
    labels = np.unique(targets)
    places = np.searchsorted(labels, targets)
    chances = out_of_fold(features, places, dealt)
    rather, sure = confident(chances, places)
    order = ranked(chances, places)
    own = chances[np.arange(len(places)), places]
    found = [(int(i), int(labels[rather[i]]), float(own[i])) for i in order if sure[i]]
    return found, float(np.mean(chances.argmax(axis=1) == places))


def out_of_fold(features: np.ndarray, places: np.ndarray, dealt: list[Fold]) -> np.ndarray:
    """Give the probability of each label by models that have not seen the example.

    Args:
        features: (examples, width).
        places: class indices, each from 0 on there, (examples,).
        dealt: folds that hold each example once to judge.

    Returns:
        (examples, labels).
    """
    width = min(WIDTH, *features.shape)
    brief = make_pipeline(
        StandardScaler(), PCA(width, svd_solver="randomized", random_state=0)
    )  # knows no labels, so that all examples may settle it
    linear = LogisticRegression(C=C, max_iter=300)
    # Threads that wait for each other over so little took a hundred times as long on busy cores.
    with warnings.catch_warnings(), threadpool_limits(1):
        warnings.simplefilter("ignore", ConvergenceWarning)  # the order is settled before
        warnings.simplefilter("ignore", RuntimeWarning)  # a label that some fold does not learn
        seen = brief.fit_transform(features)
        return cross_val_predict(linear, seen, places, cv=dealt, method="predict_proba")


def confident(chances: np.ndarray, places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Say which label each example is counted as, and whether that is surely not its own.

    A label counts where its probability is at least what it is, on average, of examples that bear
    it; of several the likeliest.

    Args:
        chances: (examples, labels).
        places: class indices, (examples,).
    """
    own = chances[np.arange(len(places)), places]
    usual = np.bincount(places, own) / np.bincount(places)
    counts = np.where(chances >= usual, chances, -1.0)
    rather = counts.argmax(axis=1)
    return rather, (counts.max(axis=1) >= 0) & (rather != places)


def ranked(chances: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Order examples by how far another label is likelier than their own, the farthest first."""
    rows = np.arange(len(places))
    others = chances.copy()
    others[rows, places] = -1
    return np.argsort(chances[rows, places] - others.max(axis=1), kind="stable")
