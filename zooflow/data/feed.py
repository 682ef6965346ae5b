"""Feeds: what a model takes, by the indices of examples."""

from collections.abc import Iterator
from pathlib import Path
from typing import cast

import numpy as np

from ..cards import ImageInput
from ..store.arrays import mark
from .augment import Augment
from .mixing import Mix, draw, mix
from .pixels import Pixels
from .texts import Tokenizer


class ImageFeed:
    """Images by index.

    Where views vary, index `example + view * examples` is a view of an example.

    Args:
        paths: of the images, or their bytes.
        pixels: how the backbone wants them, and where they are kept.
        hashes: sha256 of each; none for images of which nothing is kept.
    """

    def __init__(
        self, paths: tuple[Path | bytes, ...], pixels: Pixels, hashes: tuple[str, ...] = ()
    ):
        self.paths, self.pixels = paths, pixels
        self.hashes = hashes or ("",) * len(paths)
        self.lengths = np.ones(len(paths), int)

    def __len__(self) -> int:
        return len(self.paths)

    def __call__(self, indices: np.ndarray) -> np.ndarray:
        """Give the images of some indices, uint8 (batch, height, width, 3)."""
        ((_, images),) = self.in_order(indices, len(indices))
        return images

    def length(self, indices: np.ndarray) -> int:
        """Say how long a batch is: images have no length."""
        return 1

    def marks(self, indices: np.ndarray) -> list[bytes]:
        """Name what stands behind some indices, as the store does."""
        marks = [self.pixels.mark(*view) for view in self._jobs(indices)[1]]
        if not self._mixes:
            return marks
        return [
            mark(each.hex(), self.hashes[how.other])
            for each, how in zip(marks, self._drawn(indices), strict=True)
        ]

    def mixed(self, indices: np.ndarray) -> tuple[np.ndarray, np.ndarray] | None:
        """Say which other example goes into each, and what share of its own remains.

        Returns:
            Indices of examples, and shares from 0 to 1, float32; None where none are mixed.
        """
        if not self._mixes:
            return None
        drawn = self._drawn(indices)
        shares = np.array([how.share for how in drawn], "float32")
        return np.array([how.other for how in drawn]), shares

    def keep(self, views: int) -> None:
        """Decode all images now, where they have room, for they are asked for again."""
        self.pixels.keep(*self._jobs(np.arange(views * len(self))))

    def in_order(self, indices: np.ndarray, batch: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Go through some images once, decoding ahead."""
        own = self.pixels.batches(*self._jobs(indices), batch)
        if not self._mixes:
            return zip(slices(indices, batch), own, strict=True)
        return self._mix(indices, batch, own)

    def _mix(
        self, indices: np.ndarray, batch: int, own: Iterator[np.ndarray]
    ) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Mix each image with another in the same view."""
        drawn, views = self._drawn(indices), indices // len(self)
        partners = np.array([how.other for how in drawn]) + views * len(self)
        others = self.pixels.batches(*self._jobs(partners), batch)
        hows = iter(drawn)
        for some, images, paired in zip(slices(indices, batch), own, others, strict=True):
            mixed = [mix(*pair, next(hows)) for pair in zip(images, paired, strict=True)]
            yield some, np.stack(mixed)

    @property
    def _mixes(self) -> bool:
        return self.pixels.augment is not None and self.pixels.augment.mixes

    def _drawn(self, indices: np.ndarray) -> list[Mix]:
        """Draw how some images are mixed, apart from how each of them varies."""
        augment, seed, size = self.pixels.augment, self.pixels.seed, self.pixels.input.size
        assert augment
        return [
            draw(
                augment,
                len(self),
                size,
                np.random.default_rng((seed, int(sha256, 16), view, 1)),
            )
            for sha256, view in self._jobs(indices)[1]
        ]

    def _jobs(self, indices: np.ndarray) -> tuple[list[Path | bytes], list[tuple[str, int]]]:
        """Give the path, hash and view of each."""
        first = 1 if self.pixels.augment else 0
        pairs = [divmod(index, len(self)) for index in indices.tolist()]
        views = [(self.hashes[example], first + view) for view, example in pairs]
        return [self.paths[example] for _, example in pairs], views


class TextFeed:
    """Texts by index, tokenised once.

    Where views vary, index `example + view * examples` is a view of an example.

    Args:
        texts: to tokenise.
        tokenizer: the backbone's own.
        hashes: sha256 of each.
        drop: part of the tokens that are masked in a view; 0 for one view, the text itself.
        seed: of the views.

    Raises:
        BadRecipe: tokens are to be masked, and the tokenizer has nothing to mask them with.
    """

    ROUND = 16  # lengths are rounded up to its multiples, so that few shapes are compiled

    def __init__(
        self,
        texts: tuple[str, ...],
        tokenizer: Tokenizer,
        hashes: tuple[str, ...] = (),
        drop: float = 0.0,
        seed: int = 0,
    ):
        self.tokens, self.hashes = tokenizer(list(texts)), hashes
        self.lengths = self.tokens["attention_mask"].sum(axis=1)
        self.drop, self.seed = drop, seed
        if drop:
            self.mask = tokenizer.mask
            self.words = ~np.isin(self.tokens["input_ids"], tokenizer.special)

    def __len__(self) -> int:
        return len(self.lengths)

    def __call__(self, indices: np.ndarray) -> dict[str, np.ndarray]:
        """Give the tokens of some indices, each (batch, length), padded to the longest of them."""
        length, examples = self.length(indices), indices % len(self)
        given = {name: ids[examples, :length] for name, ids in self.tokens.items()}
        if self.drop:
            width = self.words.shape[1]
            chances = np.stack([self._chance(i).random(width) for i in indices.tolist()])
            lost = (chances[:, :length] < self.drop) & self.words[examples, :length]
            given["input_ids"] = np.where(lost, np.int32(self.mask), given["input_ids"])
        return given

    def _chance(self, index: int) -> np.random.Generator:
        view, example = divmod(index, len(self))
        return np.random.default_rng((self.seed, int(self.hashes[example], 16), view))

    def mixed(self, indices: np.ndarray) -> None:
        """Say that no text is mixed with another."""

    def length(self, indices: np.ndarray) -> int:
        """Say how long a batch is: as its longest text, rounded up."""
        longest = int(self._rounded(indices).max())
        return min(longest, self.tokens["input_ids"].shape[1])

    def marks(self, indices: np.ndarray) -> list[bytes]:
        """Name the texts of some indices, as the store does."""
        pairs = (divmod(index, len(self)) for index in indices.tolist())
        return [
            mark(self.hashes[example], f"{self.drop} {self.seed} {view}" if self.drop else "")
            for view, example in pairs
        ]

    def _rounded(self, indices: np.ndarray) -> np.ndarray:
        return -(-self.lengths[indices % len(self)] // self.ROUND) * self.ROUND

    def in_order(
        self, indices: np.ndarray, batch: int
    ) -> Iterator[tuple[np.ndarray, dict[str, np.ndarray]]]:
        """Go through some texts once, those of one rounded length together."""
        rounded = self._rounded(indices)
        for length in np.unique(rounded):
            for some in slices(indices[rounded == length], batch):
                yield some, self(some)


Feed = ImageFeed | TextFeed


def feed(
    inputs: tuple[Path | str | bytes, ...],
    reader: ImageInput | Tokenizer,
    hashes: tuple[str, ...] = (),
    *,
    augment: Augment | None = None,
    seed: int = 0,
) -> Feed:
    """Make a feed of image files or texts.

    Args:
        inputs: paths of images or their bytes, or texts.
        reader: how the backbone wants its images, or its tokenizer.
        hashes: sha256 of each; none where nothing is kept of them.
        augment: how examples vary.
        seed: of their views.
    """
    if isinstance(reader, Tokenizer):
        drop = augment.drop if augment else 0.0
        return TextFeed(cast(tuple[str, ...], inputs), reader, hashes, drop, seed)
    return ImageFeed(cast(tuple[Path | bytes, ...], inputs), Pixels(reader, augment, seed), hashes)


def slices(indices: np.ndarray, size: int) -> list[np.ndarray]:
    """Cut indices into runs of a size; the last may be shorter."""
    return [indices[at : at + size] for at in range(0, len(indices), size)]
