"""What each phase's tail reads: features out of the store, or made each time."""

import numpy as np

from ..cards import ImageInput
from ..data import Feed, Split, Tokenizer, feed
from ..data.feed import ImageFeed
from ..features.ask import Crossing, Kept, Unlike, ask, asked
from ..features.cost import too_dear
from ..features.cut import Cut
from ..features.form import place, types
from ..recipe import Recipe
from .batches import Fetch
from .listener import Listener


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
        augment, seed = recipe.augment, recipe.seed
        assert not isinstance(augment, str)  # the plan knows what a name stands for
        train, check = split.train, split.validation
        self.vary = [bool(augment and phase.augment) for phase in recipe.phases]
        self.train = {
            varies: feed(
                train.inputs, reader, train.hashes, augment=augment if varies else None, seed=seed
            )
            for varies in {*self.vary}
        }
        self.check = feed(check.inputs, reader, check.hashes)
        epochs = max(phase.epochs for phase in recipe.phases)
        self.most = min(recipe.views, epochs)
        self.dtype, self.stored = types(recipe.cache, recipe.precision)
        self.worth: dict[int, bool] = {}
        self.kept: dict[int, Kept] = {}

    @property
    def longest(self) -> int:
        """How long the longest batch to learn from can be, in tokens; 1 for images."""
        every = self.feeds(0)[0]
        return every.length(np.arange(len(every)))

    def feeds(self, number: int) -> list[Feed]:
        """Give the training and the validation examples of a phase, counted from 0."""
        return [self.train[self.vary[number]], self.check]

    def views(self, number: int) -> list[int]:
        """Say how many views there are of each; 0 for a new one every epoch."""
        return [self.most if self.vary[number] else 1, 1]

    def of_phase(self, number: int) -> tuple[list[Fetch], list[np.ndarray | None]]:
        """Give, for training and validation, what fetches a batch, and lengths to sort by."""
        cut = self.cuts[number]
        lengths = self._lengths(number)
        if cut.trunk is None:
            self._decode(number)
            return [*self.feeds(number)], lengths
        try:
            return self._frozen(number), lengths
        except Unlike as error:
            self.listener.say(f"{error}: it computes in float32")
            self.dtype, self.stored, self.kept = "float32", self.recipe.cache, {}
            return self._frozen(number), lengths

    def _frozen(self, number: int) -> list[Fetch]:
        """Give what fetches a batch where a part is frozen."""
        if self.recipe.cache == "off" or not self._worth(number):
            self._decode(number)
            return [asked(self.cuts[number], each, self.dtype) for each in self.feeds(number)]
        kept = self._nested(number)
        ask(
            kept,
            self._viewed(number),
            dtype=self.dtype,
            progress=lambda done, total: self.listener.step("asking the frozen part", done, total),
        )
        return [Crossing(kept[0], each, views) for each, views in self._viewed(number)]

    def _viewed(self, number: int) -> list[tuple[Feed, int]]:
        return list(zip(self.feeds(number), self.views(number), strict=True))

    def _decode(self, number: int) -> None:
        """Decode now the images that several epochs ask for."""
        for each, views in self._viewed(number):
            if isinstance(each, ImageFeed) and 0 < views < self.recipe.phases[number].epochs:
                each.keep(views)

    def _nested(self, number: int) -> list[Kept]:
        """Give the features of a phase, and those of the next ones that the same pass can fill."""
        found = [self._features(number)]
        for later in range(number + 1, len(self.cuts)):
            below, above = self.cuts[later].trunk, found[-1].cut.trunk
            if below is None or not {*below.layers} <= {*above.layers}:  # type: ignore[union-attr]
                break
            if self.vary[later] != self.vary[number]:
                break
            if below.outputs != above.outputs and self._worth(later):  # type: ignore[union-attr]
                found.append(self._features(later))
        return found

    def _worth(self, number: int) -> bool:
        """Say whether a phase's features are to be kept; tell why if not."""
        if not all(self.views(number)):  # what is new every epoch is not kept
            return False
        if number not in self.worth:
            asks = self.recipe.phases[number].epochs * sum(map(len, self.feeds(number)))
            kept, viewed = self._features(number), self._viewed(number)
            reason = too_dear(kept, viewed, dtype=self.dtype, asks=asks)
            self.worth[number] = not reason
            if reason:
                self.listener.say(f"{reason}: the frozen part runs every epoch")
        return self.worth[number]

    def _features(self, number: int) -> Kept:
        """Find what is stored for the cut of a phase."""
        if number not in self.kept:
            cut, name = self.cuts[number], self.recipe.backbone
            assert cut.trunk is not None
            found = place(cut.trunk, self.reader, dtype=self.dtype, stored=self.stored, name=name)
            self.kept[number] = Kept(cut, found)
        return self.kept[number]

    def _lengths(self, number: int) -> list[np.ndarray | None]:
        """Give the lengths by which examples are batched; None where all cost the same."""
        if not self.cuts[number].ragged or isinstance(self.reader, ImageInput):
            return [None, None]
        return [each.lengths for each in self.feeds(number)]
