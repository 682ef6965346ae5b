"""Examples to batches, in an order that seed and epoch alone decide."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import keras
import numpy as np

from ..data.feed import slices

Fetch = Callable[[np.ndarray], Any]
Tell = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]


class Batches(keras.utils.PyDataset):
    """Batches of (inputs, targets, weights) in an order that seed and epoch alone decide.

    Args:
        fetch: gives the inputs of some indices.
        tell: gives their targets and weights.
        count: examples.
        batch: examples in a step; the last one of an epoch may hold fewer.
        seed: of the order; None keeps the examples' own.
        balance: of each example the class; where given, all classes come equally often.
        epoch: the first to deal, where others were dealt before.
        done: steps of that one that were dealt before, too.
        views: of each example, one an epoch in turn; 0 for a new one each time.
        begun: epochs before this phase.
        lengths: in tokens, where batches are to be of texts of like length.
        ahead: fetch the next batch while the one before is learned.
    """

    WINDOW = 50  # most batches among which texts of like length find each other

    def __init__(
        self,
        fetch: Fetch,
        tell: Tell,
        count: int,
        *,
        batch: int,
        seed: int | None = None,
        balance: np.ndarray | None = None,
        epoch: int = 0,
        done: int = 0,
        views: int = 1,
        begun: int = 0,
        lengths: np.ndarray | None = None,
        ahead: bool = False,
    ):
        super().__init__()
        self.fetch, self.tell, self.count = fetch, tell, count
        self.batch, self.seed, self.balance, self.lengths = batch, seed, balance, lengths
        self.views, self.begun, self.epoch = views, begun, epoch
        self.order = self._ordered()
        self.dealing, self.done = False, done
        self.fetcher = ThreadPoolExecutor(1) if ahead else None
        self.coming: dict[tuple[int, int], Future] = {}

    @property
    def steps(self) -> int:
        """How many steps an epoch has."""
        return -(-self.count // self.batch)

    def __len__(self) -> int:
        """Count the steps of an epoch; those left of the first, once it is dealt."""
        return self.steps - self._before

    @property
    def _before(self) -> int:
        return self.done if self.dealing else 0

    def __getitem__(self, index: int) -> tuple[Any, np.ndarray, np.ndarray]:
        """Give a batch of the steps that are left."""
        step = index + self._before
        if step == 1 and not self.dealing and self.lengths is not None:
            # Keras asks for two batches before the first epoch, and takes what differs between them
            # for all that ever will: in another epoch texts may meet that are shorter.
            shortest = np.array([self.lengths.argmin()])
            return self.fetch(shortest), *self.tell(shortest)
        moment, indices = (self.epoch, step), self.indices(step)
        fetched = self.coming.get(moment)
        inputs = fetched.result() if fetched else self.fetch(indices)
        if self.fetcher and step + 1 < self.steps:
            coming = self.fetcher.submit(self.fetch, self.indices(step + 1))
            self.coming = {(self.epoch, step + 1): coming}
        return inputs, *self.tell(indices)

    def indices(self, step: int) -> np.ndarray:
        """Give the indices of a step of the epoch, in its view."""
        view = self.begun + self.epoch
        view = view % self.views if self.views else view
        return self.order[step] + view * self.count

    def on_epoch_begin(self) -> None:
        """Deal from here on."""
        self.dealing = True

    def on_epoch_end(self) -> None:
        """Shuffle anew."""
        self.epoch += 1
        if self.dealing:
            self.done = 0
        self.order = self._ordered()

    def _ordered(self) -> list[np.ndarray]:
        """Deal the examples into batches.

        Those of like length meet within a window; then the batches are shuffled, too.
        """
        draw = None if self.seed is None else np.random.default_rng((self.seed, self.epoch))
        indices = np.arange(self.count)
        if draw:
            if self.balance is not None:
                indices = _balanced(self.balance, draw)
            indices = draw.permutation(indices)
        if self.lengths is None:
            return slices(indices, self.batch)
        batches: list[np.ndarray] = []
        most = max(1, min(self.WINDOW, len(indices) // (2 * self.batch)))  # or few never mix
        for window in slices(indices, most * self.batch):
            like = window[np.argsort(self.lengths[window], kind="stable")]
            batches += slices(like, self.batch)
        if draw:
            batches = [batches[i] for i in draw.permutation(len(batches))]
        # The longest first: memory runs out now or never. Then the shortest: where these are the
        # same in every epoch, two lengths tell Keras for TensorFlow that they differ.
        ends = sorted(batches, key=lambda batch: self.lengths[batch].max())  # type: ignore[index]
        chosen = [ends[-1], ends[0]][: len(batches)]
        return chosen + [batch for batch in batches if not any(batch is each for each in chosen)]


def _balanced(classes: np.ndarray, draw: np.random.Generator) -> np.ndarray:
    """Pick as many examples as there are, of each class equally often."""
    present = np.unique(classes)
    shares = np.full(len(present), len(classes) // len(present))
    shares[draw.permutation(len(present))[: len(classes) % len(present)]] += 1
    picked = []
    for each, share in zip(present, shares, strict=True):
        members = np.flatnonzero(classes == each)
        rounds = -(-share // len(members))
        picked.append(np.concatenate([draw.permutation(members) for _ in range(rounds)])[:share])
    return np.concatenate(picked)
