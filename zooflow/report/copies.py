"""Near-duplicates across a split: copies that were saved, scaled or written in another way.

Candidates are near by what the backbone says of them; which of them are copies a look at the
pixels, or at the letters, decides.
"""

from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path

import numpy as np
from PIL import Image

from ..cards import ImageInput
from ..data import Examples, Pixels, Tokenizer

NEIGHBOURS = 3  # candidates of an example
ANGLE = 0.8  # least cosine of centred features between candidates
GRID = 16  # cells a side in which pixels are compared
APART = 6.0  # grey values, of 255, by which the cells of copies may differ on average
LETTERS = 0.9  # least part of their letters that copies of a text share, in order
BLOCK = 1024  # examples that are compared at a time


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


def near_copies(
    train: tuple[Examples, np.ndarray],
    judged: tuple[Examples, np.ndarray],
    reader: ImageInput | Tokenizer,
) -> tuple[Copy, ...]:
    """Find judged examples that are near-duplicates of training examples, not the same bytes.

    Args:
        train: examples, and their features (examples, width).
        judged: likewise.
        reader: how images are read, or the tokenizer.
    """
    (old, theirs), (new, ours) = train, judged
    pairs = [
        (i, j) for i, j in candidates(theirs, ours) if old.hashes[i] != new.hashes[j]
    ]  # examples of the same bytes are told of apart
    if not pairs:
        return ()
    if isinstance(reader, ImageInput):
        apart, limit = pixels_apart(pairs, old, new, reader), APART
    else:
        apart, limit = letters_apart(pairs, old, new), 1 - LETTERS
    found: dict[int, int] = {}
    for k in np.argsort(apart, kind="stable"):
        if apart[k] <= limit:
            found.setdefault(pairs[k][1], pairs[k][0])
    return tuple(
        Copy(
            old.inputs[i], old.origins[i], int(old.targets[i]),
            new.inputs[j], new.origins[j], int(new.targets[j]),
        )
        for j, i in found.items()
    )  # fmt: skip


def candidates(theirs: np.ndarray, ours: np.ndarray) -> list[tuple[int, int]]:
    """Pair examples with those of others that are near by their features.

    Args:
        theirs: features of others, (examples, width).
        ours: features, (examples, width).

    Returns:
        Indices of the others and of ours.
    """
    middle = theirs.mean(axis=0)
    theirs, ours = _directions(theirs - middle), _directions(ours - middle)
    pairs, most = [], min(NEIGHBOURS, len(theirs))
    for start in range(0, len(ours), BLOCK):
        cosines = ours[start : start + BLOCK] @ theirs.T
        best = np.argpartition(-cosines, most - 1, axis=1)[:, :most]
        rows, columns = np.nonzero(np.take_along_axis(cosines, best, axis=1) >= ANGLE)
        pairs += zip(best[rows, columns].tolist(), (rows + start).tolist(), strict=True)
    return pairs


def _directions(features: np.ndarray) -> np.ndarray:
    return features / np.maximum(np.linalg.norm(features, axis=1, keepdims=True), 1e-12)


def pixels_apart(
    pairs: list[tuple[int, int]], old: Examples, new: Examples, reader: ImageInput
) -> np.ndarray:
    """Say by how many grey values, of 255, the images of each pair differ on average."""
    pixels = Pixels(reader)
    both = [
        _grids(pixels, each, sorted({pair[side] for pair in pairs}))
        for side, each in enumerate((old, new))
    ]
    return np.array([np.abs(both[0][i] - both[1][j]).mean() for i, j in pairs])


def _grids(pixels: Pixels, examples: Examples, indices: list[int]) -> dict[int, np.ndarray]:
    """Give the mean grey value of each cell of some images, float32 (16, 16), by their index."""
    views = [(examples.hashes[i], 0) for i in indices]
    paths = [Path(examples.inputs[i]) for i in indices]
    found = {}
    for number, (image,) in enumerate(pixels.batches(paths, views, 1)):
        grey = Image.fromarray(image.mean(axis=2).astype("uint8"))
        small = grey.resize((GRID, GRID), Image.Resampling.BOX)
        found[indices[number]] = np.asarray(small, "float32")
    return found


def letters_apart(pairs: list[tuple[int, int]], old: Examples, new: Examples) -> np.ndarray:
    """Say what part of their letters the texts of each pair do not share, case and space aside."""
    return np.array(
        [
            1 - SequenceMatcher(None, _plain(old.inputs[i]), _plain(new.inputs[j])).ratio()
            for i, j in pairs
        ]
    )


def _plain(text: Path | str) -> str:
    return " ".join(str(text).casefold().split())
