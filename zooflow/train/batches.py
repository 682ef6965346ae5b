"""Examples to batches, in an order that seed and epoch alone decide."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np

Fetch = Callable[[np.ndarray], Any]


class Batches(keras.utils.PyDataset):
    """Batches of (inputs, targets, weights) in an order that seed and epoch alone decide.

    Args:
        fetch: gives the inputs of some indices.
        targets: class indices, (examples,).
        weights: of the examples, (examples,).
        batch: examples in a step; the last one of an epoch may hold fewer.
        seed: of the order; None keeps the examples' own.
    """

    def __init__(
        self,
        fetch: Fetch,
        targets: np.ndarray,
        weights: np.ndarray,
        *,
        batch: int,
        seed: int | None = None,
    ):
        super().__init__()
        self.fetch, self.targets, self.weights = fetch, targets, weights
        self.batch, self.seed = batch, seed
        self.epoch = 0
        self.order = self._shuffled()

    def __len__(self) -> int:
        """Count the steps of an epoch."""
        return -(-len(self.targets) // self.batch)

    def __getitem__(self, step: int) -> tuple[Any, np.ndarray, np.ndarray]:
        """Give the batch of a step."""
        indices = self.order[step * self.batch : (step + 1) * self.batch]
        return self.fetch(indices), self.targets[indices], self.weights[indices]

    def on_epoch_end(self) -> None:
        """Shuffle anew."""
        self.epoch += 1
        self.order = self._shuffled()

    def _shuffled(self) -> np.ndarray:
        if self.seed is None:
            return np.arange(len(self.targets))
        return np.random.default_rng((self.seed, self.epoch)).permutation(len(self.targets))
