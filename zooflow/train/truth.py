"""What is true of examples, and how much each of them counts."""

import numpy as np

from ..data import Feed


class Truth:
    """Probabilities of the labels of examples, and weights, by the indices of a feed.

    Args:
        feed: the examples; where it mixes them, it mixes their labels.
        targets: class indices, (examples,).
        weights: of the labels, (labels,).
    """

    def __init__(self, feed: Feed, targets: np.ndarray, weights: np.ndarray):
        self.feed, self.targets, self.weights = feed, targets, weights
        self.certain = np.eye(len(weights), dtype="float32")

    def __call__(self, indices: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Give probabilities, (batch, labels), and weights, (batch,); both float32."""
        said = self.certain[self.targets[indices % len(self.targets)]]
        mixed = self.feed.mixed(indices)
        if mixed:
            others, shares = mixed
            rest = self.certain[self.targets[others]]
            said = shares[:, None] * said + (1 - shares[:, None]) * rest
        return said, said @ self.weights
