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
    """Images by index, decoded once where they fit in memory.

    Args:
        paths: of the images.
        input: how the backbone wants them.
    """

    length = 1

    def __init__(self, paths: tuple[Path, ...], input: ImageInput):
        self.paths, self.input = paths, input
        fits = len(paths) * np.prod(input.size) * 3 <= MEMORY
        self.pixels = decode_all(paths, input) if fits else None

    def __len__(self) -> int:
        return len(self.paths)

    def __call__(self, indices: np.ndarray) -> np.ndarray:
        """Give the images of some indices, uint8 (batch, height, width, 3)."""
        if self.pixels is not None:
            return self.pixels[indices]
        return decode_all([self.paths[i] for i in indices], self.input)

    def in_order(self, batch: int, *, whole: bool) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Go through all images once; `whole` says nothing here."""
        slices = _slices(np.arange(len(self.paths)), batch)
        if self.pixels is None:
            yield from zip(slices, image_batches(self.paths, self.input, batch), strict=True)
        else:
            yield from ((indices, self(indices)) for indices in slices)


class TextFeed:
    """Texts by index, tokenised once.

    Args:
        texts: to tokenise.
        tokenizer: the backbone's own.
    """

    ROUND = 32  # lengths are rounded up to its multiples, so that few shapes are compiled

    def __init__(self, texts: tuple[str, ...], tokenizer: Tokenizer):
        self.tokens = tokenizer(list(texts))
        self.lengths = self.tokens["attention_mask"].sum(axis=1)
        self.length = self.tokens["input_ids"].shape[1]

    def __len__(self) -> int:
        return len(self.lengths)

    def __call__(self, indices: np.ndarray) -> dict[str, np.ndarray]:
        """Give the tokens of some indices, each (batch, length), all of one length."""
        return {name: ids[indices] for name, ids in self.tokens.items()}

    def in_order(
        self, batch: int, *, whole: bool
    ) -> Iterator[tuple[np.ndarray, dict[str, np.ndarray]]]:
        """Go through all texts once, those of like length together.

        Args:
            batch: texts at a time.
            whole: keep every batch at the full length; else it is as long as its longest text.
        """
        for indices in _slices(np.argsort(self.lengths, kind="stable"), batch):
            longest = -(-int(self.lengths[indices].max()) // self.ROUND) * self.ROUND
            length = self.length if whole else longest
            yield indices, {name: ids[:, :length] for name, ids in self(indices).items()}


Feed = ImageFeed | TextFeed


def feed(inputs: tuple[Path, ...] | tuple[str, ...], reader: ImageInput | Tokenizer) -> Feed:
    """Make a feed of image files or texts.

    Args:
        inputs: paths, or texts.
        reader: how the backbone wants its images, or its tokenizer.
    """
    if isinstance(reader, Tokenizer):
        return TextFeed(cast(tuple[str, ...], inputs), reader)
    return ImageFeed(cast(tuple[Path, ...], inputs), reader)


def _slices(indices: np.ndarray, batch: int) -> Iterator[np.ndarray]:
    return (indices[at : at + batch] for at in range(0, len(indices), batch))
