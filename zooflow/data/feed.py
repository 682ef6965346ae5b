"""Feeds: what a model takes, by the indices of examples."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import cast

import numpy as np

from ..cards import ImageInput
from ..store.arrays import mark
from .augment import Augment
from .pixels import Pixels
from .texts import Tokenizer


class ImageFeed:
    """Images by index.

    Where views vary, index `example + view * examples` is a view of an example.

    Args:
        paths: of the images.
        pixels: how the backbone wants them, and where they are kept.
        hashes: sha256 of each; none for images of which nothing is kept.
    """

    def __init__(self, paths: tuple[Path, ...], pixels: Pixels, hashes: tuple[str, ...] = ()):
        self.paths, self.pixels = paths, pixels
        self.hashes = hashes or ("",) * len(paths)
        self.lengths = np.ones(len(paths), int)

    def __len__(self) -> int:
        return len(self.paths)

    def __call__(self, indices: np.ndarray) -> np.ndarray:
        """Give the images of some indices, uint8 (batch, height, width, 3)."""
        return next(self.pixels.batches(*self._jobs(indices), len(indices)))

    def length(self, indices: np.ndarray) -> int:
        """Say how long a batch is: images have no length."""
        return 1

    def marks(self, indices: np.ndarray) -> list[bytes]:
        """Name what stands behind some indices, as the store does."""
        return [self.pixels.mark(*view) for view in self._jobs(indices)[1]]

    def keep(self, views: int) -> None:
        """Decode all images now, where they have room, for they are asked for again."""
        self.pixels.keep(*self._jobs(np.arange(views * len(self))))

    def in_order(self, indices: np.ndarray, batch: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Go through some images once, decoding ahead."""
        pixels = self.pixels.batches(*self._jobs(indices), batch)
        return zip(slices(indices, batch), pixels, strict=True)

    def _jobs(self, indices: np.ndarray) -> tuple[list[Path], list[tuple[str, int]]]:
        """Give the path, hash and view of each."""
        first = 1 if self.pixels.augment else 0
        pairs = [divmod(index, len(self)) for index in indices.tolist()]
        views = [(self.hashes[example], first + view) for view, example in pairs]
        return [self.paths[example] for _, example in pairs], views


class TextFeed:
    """Texts by index, tokenised once.

    Args:
        texts: to tokenise.
        tokenizer: the backbone's own.
        hashes: sha256 of each.
    """

    ROUND = 16  # lengths are rounded up to its multiples, so that few shapes are compiled

    def __init__(self, texts: tuple[str, ...], tokenizer: Tokenizer, hashes: Sequence[str] = ()):
        self.tokens, self.hashes = tokenizer(list(texts)), hashes
        self.lengths = self.tokens["attention_mask"].sum(axis=1)

    def __len__(self) -> int:
        return len(self.lengths)

    def __call__(self, indices: np.ndarray) -> dict[str, np.ndarray]:
        """Give the tokens of some indices, each (batch, length), padded to the longest of them."""
        length = self.length(indices)
        return {name: ids[indices, :length] for name, ids in self.tokens.items()}

    def length(self, indices: np.ndarray) -> int:
        """Say how long a batch is: as its longest text, rounded up."""
        longest = int(self._rounded(indices).max())
        return min(longest, self.tokens["input_ids"].shape[1])

    def marks(self, indices: np.ndarray) -> list[bytes]:
        """Name the texts of some indices, as the store does."""
        return [mark(self.hashes[index]) for index in map(int, indices)]

    def _rounded(self, indices: np.ndarray) -> np.ndarray:
        return -(-self.lengths[indices] // self.ROUND) * self.ROUND

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
    inputs: tuple[Path, ...] | tuple[str, ...],
    reader: ImageInput | Tokenizer,
    hashes: tuple[str, ...] = (),
    *,
    augment: Augment | None = None,
    seed: int = 0,
) -> Feed:
    """Make a feed of image files or texts.

    Args:
        inputs: paths, or texts.
        reader: how the backbone wants its images, or its tokenizer.
        hashes: sha256 of each; none where nothing is kept of them.
        augment: how images vary.
        seed: of their views.
    """
    if isinstance(reader, Tokenizer):
        return TextFeed(cast(tuple[str, ...], inputs), reader, hashes)
    return ImageFeed(cast(tuple[Path, ...], inputs), Pixels(reader, augment, seed), hashes)


def slices(indices: np.ndarray, size: int) -> list[np.ndarray]:
    """Cut indices into runs of a size; the last may be shorter."""
    return [indices[at : at + size] for at in range(0, len(indices), size)]
