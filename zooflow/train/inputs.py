"""What each phase's tail reads: features out of the store, or made each time."""

from importlib import metadata

import keras
import numpy as np

from ..backend import fast_dtype
from ..cards import ImageInput
from ..data import Examples, Split, Tokenizer, feed
from ..features.ask import Crossing, Kept, ask, asked, parts
from ..features.cost import too_dear
from ..features.cut import Cut
from ..features.key import key, mark
from ..features.store import Features, Part
from ..recipe import Recipe
from .batches import Fetch
from .watch import Listener


class Inputs:
    """Training and validation examples as each phase's tail reads them.

    Args:
        recipe: says whether and how features are kept.
        split: the data.
        reader: how images are read, or the tokenizer.
        cuts: one for each phase.
        listener: is told how it goes.
    """

    def __init__(
        self,
        recipe: Recipe,
        split: Split,
        reader: ImageInput | Tokenizer,
        cuts: list[Cut],
        listener: Listener,
    ):
        self.recipe, self.reader, self.cuts, self.listener = recipe, reader, cuts, listener
        again = recipe.cache == "off" or any(each.trunk is None for each in cuts)
        both: tuple[Examples, Examples] = (split.train, split.validation)
        self.feeds = [feed(each.inputs, reader, keep=again) for each in both]
        self.marks = [[mark(each) for each in part.hashes] for part in both]
        exact = recipe.precision == "float32" and recipe.cache != "float16"
        wide = recipe.precision == "mixed_float16"
        self.dtype = "float32" if exact or wide else fast_dtype()
        brief = recipe.cache == "float16" and self.dtype == "bfloat16"
        self.stored = "bfloat16" if brief else recipe.cache
        self.worth: dict[int, bool] = {}

    def of_phase(self, number: int) -> tuple[list[Fetch], list[np.ndarray | None]]:
        """Give, for training and validation, what fetches a batch, and lengths to sort by."""
        cut = self.cuts[number]
        if cut.trunk is None:
            return [*self.feeds], self._lengths(cut)
        if self.recipe.cache == "off" or not self._worth(number):
            return [asked(cut, each, self.dtype) for each in self.feeds], self._lengths(cut)
        kept = [Kept(each, self._features(each)) for each in self._nested(number)]
        total, done = sum(map(len, self.feeds)), 0
        for each, marks in zip(self.feeds, self.marks, strict=True):
            ask(
                kept,
                each,
                marks,
                dtype=self.dtype,
                progress=lambda i, n, done=done: self.listener.step(
                    "asking the frozen part", done + i, total
                ),
            )
            done += len(each)
        fetches: list[Fetch] = [
            Crossing(kept[0], each, marks)
            for each, marks in zip(self.feeds, self.marks, strict=True)
        ]
        return fetches, self._lengths(cut)

    def _nested(self, number: int) -> list[Cut]:
        """Give the cut of a phase, and those of the next ones that the same pass can fill."""
        found = [self.cuts[number]]
        for later in range(number + 1, len(self.cuts)):
            below, above = self.cuts[later].trunk, found[-1].trunk
            if below is None or not {*below.layers} <= {*above.layers}:  # type: ignore[union-attr]
                break
            if below.outputs != above.outputs and self._worth(later):  # type: ignore[union-attr]
                found.append(self.cuts[later])
        return found

    def _worth(self, number: int) -> bool:
        """Say whether a phase's features are to be kept; tell why if not."""
        if number not in self.worth:
            trunk, epochs = self.cuts[number].trunk, self.recipe.phases[number].epochs
            assert trunk is not None
            lengths = np.concatenate([each.lengths for each in self.feeds])
            size = sum(
                part.bytes(int(length)) * int(count)
                for part in self._parts(trunk)
                for length, count in zip(*np.unique(lengths, return_counts=True), strict=True)
            )
            reason = too_dear(
                trunk, self.feeds[0], dtype=self.dtype, size=size, count=len(lengths), epochs=epochs
            )
            self.worth[number] = not reason
            if reason:
                self.listener.say(f"{reason}: the frozen part runs every epoch")
        return self.worth[number]

    def _features(self, cut: Cut) -> Features:
        assert cut.trunk is not None
        top = cut.trunk.outputs[0]._keras_history.operation.name
        about = f"{self.recipe.backbone} up to {top}, {self.stored}"
        name = key(cut.trunk, reader=_reads(self.reader), dtype=f"{self.dtype} {self.stored}")
        return Features(name, self._parts(cut.trunk), about)

    def _parts(self, trunk: keras.Model) -> list[Part]:
        return parts(trunk, self.stored)

    def _lengths(self, cut: Cut) -> list[np.ndarray | None]:
        """Give the lengths by which examples are batched; None where all cost the same."""
        if not cut.ragged or isinstance(self.reader, ImageInput):
            return [None, None]
        return [each.lengths for each in self.feeds]


def _reads(reader: ImageInput | Tokenizer) -> str:
    """Say all that decides how examples become inputs."""
    if isinstance(reader, Tokenizer):
        return f"{reader.tokens.to_str()} {reader.length}"
    return f"{reader} Pillow {metadata.version('pillow')}"
