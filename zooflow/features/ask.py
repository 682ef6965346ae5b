"""Asking trunks about the examples that the store lacks, and giving tails what they read."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from ..backend import devices, out_of_memory
from ..data import Feed
from ..fold import fold
from ..store.arrays import Arrays
from ..store.shards import Part
from .cut import Cut

APART = 0.15  # most by which features in a short type may differ, in their standard deviations
BATCH = 32  # examples that a trunk is asked about at a time, on a processor
ACCELERATED = 256  # on an accelerator, which few examples leave idle
CHECKED = 8  # examples on which a type is tried
MEMORY = 2**30  # bytes of features that are kept in memory; beyond, they are read as needed
Progress = Callable[[int, int], None]


class Unlike(Exception):
    """In the type in which it was to compute, a trunk says something else; says how far off."""


@dataclass(frozen=True)
class Kept:
    """A cut and the features of its trunk.

    Args:
        cut: has a trunk.
        features: where they are kept.
    """

    cut: Cut
    features: Arrays


def parts(trunk: keras.Model, dtype: str) -> list[Part]:
    """Describe what crosses a cut."""
    return [Part(tuple(tensor.shape[1:]), dtype) for tensor in trunk.outputs]


def ask(
    kept: Sequence[Kept],
    feeds: Sequence[tuple[Feed, int]],
    *,
    dtype: str,
    progress: Progress,
) -> None:
    """Bring into the store what it lacks of some examples, in one pass for all cuts.

    Args:
        kept: the cuts, of one model; the trunk of the first holds those of the others.
        feeds: examples, and how many views there are of each.
        dtype: in which the trunk computes.
        progress: is told how many of how many are done.

    Raises:
        Unlike: it says something else in that type.
    """
    wanted = []
    for feed, views in feeds:
        marks = feed.marks(np.arange(views * len(feed)))
        wanted.append(np.flatnonzero(~np.all([each.features.has(marks) for each in kept], axis=0)))
    if not (total := sum(map(len, wanted))):
        return
    outputs = [tensor for each in kept for tensor in each.cut.trunk.outputs]  # type: ignore[union-attr]
    joined = keras.Model(kept[0].cut.trunk.input, outputs)  # type: ignore[union-attr]
    fast, done = Trunk(joined, feeds[0][0], dtype), 0
    with ExitStack() as open_:
        writers = [open_.enter_context(each.features.writer()) for each in kept]
        for (feed, _), absent in zip(feeds, wanted, strict=True):
            for indices, arrays in fast.go_through(feed, absent):
                rest = iter(arrays)
                for each, writer in zip(kept, writers, strict=True):
                    own = [next(rest) for _ in each.features.parts]
                    writer.add(feed.marks(indices), own, feed.lengths[indices % len(feed)])
                done += len(indices)
                progress(done, total)


class Trunk:
    """A trunk made fast, and asked in full batches, which halve where memory runs out.

    Args:
        trunk: from inputs to the tensors that cross.
        feed: examples on a few of which it must say the same as before.
        dtype: in which it is to compute.

    Raises:
        Unlike: it says something else in that type.
    """

    def __init__(self, trunk: keras.Model, feed: Feed, dtype: str):
        self.batch = BATCH if devices()[0].startswith("CPU") else ACCELERATED
        self.model = fold(trunk, dtype)
        if dtype == "float32":
            return
        inputs = feed(np.arange(min(CHECKED, len(feed))))
        said, true = self(inputs), keras.tree.flatten(trunk.predict_on_batch(inputs))
        apart = max(
            float(np.std(one - other) / max(np.std(other), 1e-30))
            for one, other in zip(said, true, strict=True)
        )
        if apart > APART:
            raise Unlike(f"in {dtype} the frozen part says something else, by {apart:.0%}")

    def __call__(self, inputs: Any) -> list[np.ndarray]:
        """Say of some examples what crosses."""
        count = len(keras.tree.flatten(inputs)[0])
        while True:
            try:
                parts = [self._ask(inputs, start) for start in range(0, count, self.batch)]
                return [np.concatenate(each)[:count] for each in zip(*parts, strict=True)]
            except Exception as error:
                if self.batch == 1 or not out_of_memory(error):
                    raise
                self.batch //= 2

    def _ask(self, inputs: Any, start: int) -> list[np.ndarray]:
        """Ask about a batch; examples are repeated until it is full."""

        def filled(array: np.ndarray) -> np.ndarray:
            some = array[start : start + self.batch]
            return np.resize(some, (self.batch, *some.shape[1:]))

        said = self.model.predict_on_batch(keras.tree.map_structure(filled, inputs))
        return said if isinstance(said, list) else [said]

    def go_through(
        self, feed: Feed, indices: np.ndarray
    ) -> Iterator[tuple[np.ndarray, list[np.ndarray]]]:
        """Say of some examples what crosses, batch by batch.

        A text stands among those of its own rounded length: as all batches are full, what is said
        of an example then does not depend on which others are asked about.
        """
        for some, inputs in feed.in_order(indices, self.batch):
            yield some, self(inputs)


class Crossing:
    """What a tail reads, by the indices of examples.

    Args:
        kept: a cut and its features, which hold all the examples.
        feed: the examples.
        views: how many of each.
    """

    def __init__(self, kept: Kept, feed: Feed, views: int):
        self.kept, self.feed = kept, feed
        marks = feed.marks(np.arange(views * len(feed)))
        each = 0 if kept.cut.ragged else sum(p.bytes(1) for p in parts(kept.cut.trunk, "float32"))
        fits = 0 < each * len(marks) <= MEMORY
        self.whole = kept.features.read(marks, 1) if fits else None

    def __call__(self, indices: np.ndarray) -> Any:
        """Give the tail's inputs for some examples."""
        if self.whole is not None:
            arrays = [array[indices] for array in self.whole]
        else:
            length = self.feed.length(indices)
            arrays = self.kept.features.read(self.feed.marks(indices), length)
        return _joined(arrays, self.kept.cut, self.feed, indices)


def asked(cut: Cut, feed: Feed, dtype: str) -> Callable[[np.ndarray], Any]:
    """Give what a tail reads by asking the trunk each time: slow, and nothing is kept.

    Raises:
        Unlike: it says something else in that type.
    """
    assert cut.trunk is not None
    trunk, described = Trunk(cut.trunk, feed, dtype), parts(cut.trunk, "float32")

    def fetch(indices: np.ndarray) -> Any:
        length = feed.length(indices)
        place = {index: row for row, index in enumerate(indices)}
        arrays = [np.zeros((len(indices), *part.sides(length)), np.float32) for part in described]
        for some, said in trunk.go_through(feed, indices):
            rows = [place[index] for index in some]
            for array, each in zip(arrays, said, strict=True):
                array[(rows, *map(slice, each.shape[1:]))] = each
        return _joined(arrays, cut, feed, indices)

    return fetch


def _joined(arrays: list[np.ndarray], cut: Cut, feed: Feed, indices: np.ndarray) -> Any:
    """Add the inputs that the tail reads as they are."""
    if cut.given:
        inputs: Any = feed(indices)
        arrays = [*arrays, *(inputs[name] for name in cut.given)]
    return arrays[0] if len(arrays) == 1 else tuple(arrays)
