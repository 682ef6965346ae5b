"""How well features tell labels apart: a linear probe, nearest neighbours, and the evidence."""

import warnings
from dataclasses import dataclass

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedGroupKFold
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from ..errors import BadData
from .evidence import logme

FOLDS = 5
NEIGHBOURS = 5
C = 0.1  # of the probe; from 0.01 to 1 its accuracy on digits and Fashion-MNIST moves by 0.01
Z = 1.959964  # standard normal deviations that hold 95 %

Fold = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Scores:
    """What features promise.

    Args:
        probe: accuracy of a linear classifier on standardised features, cross-validated, 0 to 1.
        low: lower end of its 95 % interval.
        high: upper end.
        neighbours: accuracy by the nearest neighbours in cosine, by the same folds.
        logme: log of the evidence per example, see `evidence.logme`.
    """

    probe: float
    low: float
    high: float
    neighbours: float
    logme: float

    @property
    def expected(self) -> float:
        """The mean of probe and neighbours, by which backbones are ranked.

        The probe alone, which standardises, trusts features whose differences are nothing beside
        what they share, and from which a head does not learn; neighbours in cosine see that. See
        docs/rank.md for how well each orders backbones.
        """
        return (self.probe + self.neighbours) / 2


def folds(targets: np.ndarray, hashes: tuple[str, ...], seed: int) -> list[Fold]:
    """Deal examples into stratified folds; copies of one example meet in one fold.

    Args:
        targets: class indices, (examples,).
        hashes: of the examples' content.
        seed: of the deal.

    Returns:
        For each fold the indices to learn from and those to judge by.

    Raises:
        BadData: all examples of each label are copies of one.
    """
    groups = np.unique(hashes, return_inverse=True)[1]
    most = max(len(np.unique(groups[targets == label])) for label in np.unique(targets))
    if most < 2:
        raise BadData("no label has two different examples, one to learn from and one to judge by")
    deal = StratifiedGroupKFold(min(FOLDS, most), shuffle=True, random_state=seed)
    with warnings.catch_warnings():  # of labels with fewer examples than there are folds
        warnings.simplefilter("ignore", UserWarning)
        dealt = list(deal.split(groups, targets, groups))
    return [(learn, judge) for learn, judge in dealt if len(judge)]


def score(features: np.ndarray, targets: np.ndarray, dealt: list[Fold], *, distinct: int) -> Scores:
    """Score features.

    Args:
        features: (examples, width).
        targets: class indices, (examples,).
        dealt: the folds.
        distinct: how many examples are not copies.
    """
    linear = make_pipeline(StandardScaler(), LogisticRegression(C=C, max_iter=300))
    fewest = min(len(learn) for learn, _ in dealt)
    near = KNeighborsClassifier(min(NEIGHBOURS, fewest), metric="cosine")
    with warnings.catch_warnings():  # so near the end, its answers no longer change
        warnings.simplefilter("ignore", ConvergenceWarning)
        probe = _accuracy(linear, features, targets, dealt)
    low, high = wilson(probe, distinct)
    return Scores(
        probe, low, high, _accuracy(near, features, targets, dealt), logme(features, targets)
    )


def wilson(part: float, count: int) -> tuple[float, float]:
    """Give Wilson's 95 % interval of a part of a count.

    It holds near 0 and 1 too, and takes each answer out of its fold as one trial. That of the
    spread over folds would be too narrow: folds share what they learn from.

    Paper: Wilson, Probable Inference, the Law of Succession, and Statistical Inference, 1927.
    """
    middle = part + Z**2 / (2 * count)
    reach = Z * np.sqrt(part * (1 - part) / count + Z**2 / (4 * count**2))
    low, high = (middle - reach) / (1 + Z**2 / count), (middle + reach) / (1 + Z**2 / count)
    return max(0.0, float(low)), min(1.0, float(high))


def _accuracy(model: object, features: np.ndarray, targets: np.ndarray, dealt: list[Fold]) -> float:
    """Give the part of the examples that a classifier tells that has not seen them."""
    right = 0
    for learn, judge in dealt:
        said = targets[learn][:1]
        if (targets[learn] != said).any():
            model.fit(features[learn], targets[learn])  # type: ignore[attr-defined]
            said = model.predict(features[judge])  # type: ignore[attr-defined]
        right += np.sum(said == targets[judge])
    return float(right / len(targets))
