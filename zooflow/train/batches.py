"""Examples to batches, in an order that seed and epoch alone decide."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import keras
import numpy as np

from ..data.feed import slices

Fetch = Callable[[np.ndarray], Any]


class Batches(keras.utils.PyDataset):
    """Batches of (inputs, targets, weights) in an order that seed and epoch alone decide.

    Args:
        fetch: gives the inputs of some indices.
        targets: class indices, (examples,).
        weights: of the examples, (examples,).
        batch: examples in a step; the last one of an epoch may hold fewer.
        seed: of the order; None keeps the examples' own.
        epoch: the first to deal, where others were dealt before.
        views: of each example, one an epoch in turn; 0 for a new one each time.
        begun: epochs before this phase.
        lengths: in tokens, where batches are to be of texts of like length.
        ahead: fetch the next batch while the one before is learned.
    """

    WINDOW = 50  # most batches among which texts of like length find each other

    def __init__(
        self,
        fetch: Fetch,
        targets: np.ndarray,
        weights: np.ndarray,
        *,
        batch: int,
        seed: int | None = None,
        epoch: int = 0,
        views: int = 1,
        begun: int = 0,
        lengths: np.ndarray | None = None,
        ahead: bool = False,
    ):
        super().__init__()
        self.fetch, self.targets, self.weights = fetch, targets, weights
        self.batch, self.seed, self.lengths = batch, seed, lengths
        self.views, self.begun, self.epoch = views, begun, epoch
        self.order = self._ordered()
        self.fetcher = ThreadPoolExecutor(1) if ahead else None
        self.coming: dict[tuple[int, int], Future] = {}

    def __len__(self) -> int:
        """Count the steps of an epoch."""
        return -(-len(self.targets) // self.batch)

    def __getitem__(self, step: int) -> tuple[Any, np.ndarray, np.ndarray]:
        """Give the batch of a step."""
        indices, moment = self.order[step], (self.epoch, step)
        fetched = self.coming.get(moment)
        inputs = fetched.result() if fetched else self._fetch(*moment)
        if self.fetcher and step + 1 < len(self):
            moment = self.epoch, step + 1
            self.coming = {moment: self.fetcher.submit(self._fetch, *moment)}
        return inputs, self.targets[indices], self.weights[indices]

    def _fetch(self, epoch: int, step: int) -> Any:
        view = self.begun + epoch
        view = view % self.views if self.views else view
        return self.fetch(self.order[step] + view * len(self.targets))

    def on_epoch_end(self) -> None:
        """Shuffle anew."""
        self.epoch += 1
        self.order = self._ordered()

    def _ordered(self) -> list[np.ndarray]:
        """Deal the examples into batches.

        Those of like length meet within a window; then the batches are shuffled, too.
        """
        draw = None if self.seed is None else np.random.default_rng((self.seed, self.epoch))
        indices = np.arange(len(self.targets))
        if draw:
            indices = draw.permutation(indices)
        if self.lengths is None:
            return slices(indices, self.batch)
        batches: list[np.ndarray] = []
        most = max(1, min(self.WINDOW, len(indices) // (4 * self.batch)))  # or few never mix
        for window in slices(indices, most * self.batch):
            like = window[np.argsort(self.lengths[window], kind="stable")]
            batches += slices(like, self.batch)
        if draw:
            batches = [batches[i] for i in draw.permutation(len(batches))]
        # The longest first: memory runs out now or never. Then the shortest: from two lengths Keras
        # learns for TensorFlow that they differ.
        ends = sorted(batches, key=lambda batch: self.lengths[batch].max())  # type: ignore[index]
        chosen = [ends[-1], ends[0]][: len(batches)]
        return chosen + [batch for batch in batches if not any(batch is each for each in chosen)]
