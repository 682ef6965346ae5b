"""Near-duplicates across a split: copies that were saved, scaled or written in another way.

Images are held against each other by the mean grey values of 16 x 16 cells, less their mean: their
distance is one less their correlation. The limits are those that told 13 copies, saved as JPEG of
quality 60 or scaled by 0.5 to 1.5, from 320 other images, in two data sets. Of images of 500 x 375
pixels copies were at most 0.0004 apart, others at least 0.16. Of clothes of 28 x 28 pixels copies
were up to 0.012 apart, others from 0.008 on; but a copy was at most 0.28 times as far as the next
one, and others within 0.016 at least 0.4 times. By what a backbone says of them these small copies
were as far apart as others. Where training holds an image twice, a copy of it has no such distance
to the next: it is found only up to the lower limit.

Texts are held against each other by their letters in threes, and then letter by letter.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from difflib import SequenceMatcher
from os import cpu_count
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from threadpoolctl import threadpool_limits

from ..data import Examples
from ..data.images import load

GRID = 16  # cells a side
SURE = 0.004  # distance up to which images are copies
MAYBE = 0.016  # up to which they are where the distance is at most
RATIO = 0.35  # of the distance of the next one
LETTERS = 0.9  # least part of their letters that copies of a text share, in order
BLOCK = 512  # examples that are compared at a time
SIDE = 128  # pixels to which an image is scaled before its cells are averaged; JPEG reads half


@dataclass(frozen=True)
class Copy:
    """A training example and a judged one that are copies of each other.

    Args:
        train: image file, or text, and
        origin: where it comes from, and
        target: its label, as an index.
        other: of the judged one likewise, and
        other_origin: where it comes from, and
        other_target: its label.
    """

    train: Path | str
    origin: str
    target: int
    other: Path | str
    other_origin: str
    other_target: int


def near_copies(train: Examples, judged: Examples) -> tuple[Copy, ...]:
    """Find judged examples that are near-duplicates of training examples, not the same content.

    Args:
        train: examples to learn from.
        judged: examples to judge by.

    Returns:
        The nearest first, each with the nearest training example.
    """
    if isinstance(train.inputs[0], Path):
        nearest, apart, others = _nearest(grids(train), grids(judged))
        near = (apart <= SURE) | ((apart <= MAYBE) & (apart <= RATIO * others))
    else:
        nearest, _, _ = _nearest(*_letters(train, judged))
        apart = np.array([_apart(train.inputs[i], judged.inputs[j]) for j, i in enumerate(nearest)])
        near = apart <= 1 - LETTERS
    same = np.array(
        [train.hashes[i] == mark for i, mark in zip(nearest, judged.hashes, strict=True)]
    )
    pairs = [(nearest[j], j) for j in np.argsort(apart, kind="stable") if near[j] and not same[j]]
    return tuple(
        Copy(
            train.inputs[i], train.origins[i], int(train.targets[i]),
            judged.inputs[j], judged.origins[j], int(judged.targets[j]),
        )
        for i, j in pairs
    )  # fmt: skip


def grids(examples: Examples) -> np.ndarray:
    """Give the grey values of each image's cells, less their mean, in rows of length 1."""
    with ThreadPoolExecutor(cpu_count()) as threads:
        values = np.stack([*threads.map(_cells, map(Path, examples.inputs))])
    values -= values.mean(axis=1, keepdims=True)
    return values / np.maximum(np.linalg.norm(values, axis=1, keepdims=True), 1e-6)


def _cells(path: Path) -> np.ndarray:
    grey = load(path, side=SIDE // 2).convert("L").resize((SIDE, SIDE), Image.Resampling.BICUBIC)
    return np.asarray(grey.reduce(SIDE // GRID), "float32").ravel()


def _letters(train: Examples, judged: Examples) -> tuple[Any, Any]:
    """Weigh the letters in threes of texts: sparse (examples, threes), rows of length 1."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    weigh = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 3), dtype=np.float32)
    return weigh.fit_transform(map(_plain, train.inputs)), weigh.transform(
        map(_plain, judged.inputs)
    )


def _nearest(theirs: Any, ours: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Find which of others is nearest to each of ours, by cosine.

    Args:
        theirs: rows of length 1, (others, width), of an array or a sparse one.
        ours: likewise, (examples, width).

    Returns:
        Its index, its distance, and the distance of the next, each (examples,).
    """
    found, first, second = [], [], []
    with threadpool_limits(1):
        for start in range(0, ours.shape[0], BLOCK):
            product = theirs @ ours[start : start + BLOCK].T
            cosines = np.asarray(product if isinstance(product, np.ndarray) else product.todense())
            best = cosines.argmax(axis=0)
            found.append(best)
            columns = np.arange(len(best))
            first.append(1 - cosines[best, columns])
            cosines[best, columns] = -1
            second.append(1 - cosines.max(axis=0))
    return np.concatenate(found), np.concatenate(first), np.concatenate(second)


def _apart(one: Path | str, other: Path | str) -> float:
    """Say what part of their letters two texts do not share, but for case and space."""
    return 1 - SequenceMatcher(None, _plain(one), _plain(other), autojunk=False).ratio()


def _plain(text: Path | str) -> str:
    return " ".join(str(text).casefold().split())
