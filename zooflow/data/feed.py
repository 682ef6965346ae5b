"""Feeds: what a model takes, by the indices of examples."""

from collections.abc import Iterator
from pathlib import Path
from typing import cast

import numpy as np

from ..cards import ImageInput
from .images import decode_all, image_batches
from .texts import Tokenizer

MEMORY = 4 * 2**30  # bytes of decoded images that are kept


class ImageFeed:
    """Images by index.

    Args:
        paths: of the images.
        input: how the backbone wants them.
        keep: keep what is decoded, for it is asked for again; where it fits in memory.
    """

    def __init__(self, paths: tuple[Path, ...], input: ImageInput, *, keep: bool = False):
        self.paths, self.input = paths, input
        self.lengths = np.ones(len(paths), int)
        shape = (len(paths), *input.size, len(input.mean))
        self.kept = np.empty(shape, np.uint8) if keep and np.prod(shape) <= MEMORY else None
        self.here = np.zeros(len(paths), bool)

    def __len__(self) -> int:
        return len(self.paths)

    def __call__(self, indices: np.ndarray) -> np.ndarray:
        """Give the images of some indices, uint8 (batch, height, width, 3)."""
        if self.kept is None:
            return decode_all([self.paths[i] for i in indices], self.input)
        absent = indices[~self.here[indices]]
        if len(absent):
            self.kept[absent] = decode_all([self.paths[i] for i in absent], self.input)
            self.here[absent] = True
        return self.kept[indices]

    def length(self, indices: np.ndarray) -> int:
        """Say how long a batch is: images have no length."""
        return 1

    def in_order(self, indices: np.ndarray, batch: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Go through some images once, decoding ahead."""
        absent = indices[~self.here[indices]]
        for some, pixels in zip(
            slices(absent, batch),
            image_batches([self.paths[i] for i in absent], self.input, batch),
            strict=True,
        ):
            if self.kept is not None:
                self.kept[some] = pixels
                self.here[some] = True
            yield some, pixels
        here = np.setdiff1d(indices, absent, assume_unique=True)
        yield from ((some, self(some)) for some in slices(here, batch))


class TextFeed:
    """Texts by index, tokenised once.

    Args:
        texts: to tokenise.
        tokenizer: the backbone's own.
    """

    ROUND = 16  # lengths are rounded up to its multiples, so that few shapes are compiled

    def __init__(self, texts: tuple[str, ...], tokenizer: Tokenizer):
        self.tokens = tokenizer(list(texts))
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
    *,
    keep: bool = False,
) -> Feed:
    """Make a feed of image files or texts.

    Args:
        inputs: paths, or texts.
        reader: how the backbone wants its images, or its tokenizer.
        keep: keep decoded images, for they are asked for again.
    """
    if isinstance(reader, Tokenizer):
        return TextFeed(cast(tuple[str, ...], inputs), reader)
    return ImageFeed(cast(tuple[Path, ...], inputs), reader, keep=keep)


def slices(indices: np.ndarray, size: int) -> list[np.ndarray]:
    """Cut indices into runs of a size; the last may be shorter."""
    return [indices[at : at + size] for at in range(0, len(indices), size)]
