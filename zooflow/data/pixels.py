"""Pixels: images decoded once, on all cores, and kept on disk where there is room."""

import hashlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from importlib import metadata
from os import cpu_count
from pathlib import Path

import numpy as np

from ..cards import ImageInput
from ..errors import BadData
from ..store.arrays import Arrays, mark
from ..store.room import limit, make_room
from ..store.shards import Part
from .augment import Augment
from .images import decode

VERSION = 1  # of how images become pixels
SHARE = 4  # pixels take at most one part in so many of the store


class Pixels:
    """Images as a backbone reads them.

    Args:
        input: what the backbone takes.
        augment: how views of an image vary; None for one view, the image itself.
        seed: of the views.
    """

    def __init__(self, input: ImageInput, augment: Augment | None = None, seed: int = 0):
        self.input, self.augment, self.seed = input, augment, seed
        self.part = Part((*input.size, len(input.mean)), "uint8")
        key = hashlib.blake2b(way(input).encode(), digest_size=16).hexdigest()
        self.arrays = Arrays(key, [self.part], f"images, {input.size[0]} x {input.size[1]} pixels")

    def mark(self, sha256: str, view: int) -> bytes:
        """Name a view of an image; view 0 is the image itself."""
        return mark(sha256, f"{self.augment} {self.seed} {view}" if view else "")

    def keep(
        self, paths: Sequence[Path | bytes], views: Sequence[tuple[str, int]]
    ) -> dict[int, str] | None:
        """Decode what is not kept yet, and keep it.

        Args:
            paths: of image files, or their bytes.
            views: of each the sha256 of its content, and the number of the view.

        Returns:
            What is wrong, by the index of each image that cannot be decoded; None where there is
            no room to keep them all.
        """
        marks = [self.mark(*each) for each in views]
        absent = np.flatnonzero(~self.arrays.has(marks)).tolist()
        if not absent:
            return {}
        size = len(absent) * self.part.bytes(1)
        if not (size * SHARE <= limit() and make_room(size, spare=self.arrays.folder)):
            return None
        wrong: dict[int, str] = {}
        with self.arrays.writer() as writer:
            jobs = ((paths[i], *views[i]) for i in absent)
            for i, done in zip(absent, _ahead(self._decode, jobs), strict=True):
                try:
                    writer.add([marks[i]], [done.result()[None]], [1])
                except BadData as error:
                    wrong[i] = str(error)
        return wrong

    def batches(
        self, paths: Sequence[Path | bytes], views: Sequence[tuple[str, int]], size: int
    ) -> Iterator[np.ndarray]:
        """Give images in order, some batches ahead of whoever reads them.

        Args:
            paths: of image files, or their bytes.
            views: of each the sha256 of its content, and the number of the view.
            size: of a batch; the last may have fewer.

        Yields:
            Pixels, 0 to 255, (batch, height, width, channels).

        Raises:
            BadData: an image cannot be decoded.
        """
        jobs = ((path, *view) for path, view in zip(paths, views, strict=True))
        done = _ahead(self._get, jobs, ahead=2 * size)
        for start in range(0, len(paths), size):
            yield np.stack([next(done).result() for _ in range(min(size, len(paths) - start))])

    def _get(self, path: Path | bytes, sha256: str, view: int) -> np.ndarray:
        name = self.mark(sha256, view)
        if sha256 and self.arrays.has([name])[0]:
            return self.arrays.read([name], 1)[0][0]
        return self._decode(path, sha256, view)

    def _decode(self, path: Path | bytes, sha256: str, view: int) -> np.ndarray:
        if not view:
            return decode(path, self.input)
        chance = np.random.default_rng((self.seed, int(sha256, 16), view))
        return decode(path, self.input, self.augment, chance)


def way(input: ImageInput) -> str:
    """Say all that decides how an image becomes pixels."""
    return f"{VERSION} {input} Pillow {metadata.version('pillow')}"


def decode_all(paths: Sequence[Path], input: ImageInput) -> np.ndarray:
    """Decode many images at once into memory, (images, height, width, channels)."""
    out = np.empty((len(paths), *input.size, len(input.mean)), np.uint8)
    for i, done in enumerate(_ahead(decode, ((path, input) for path in paths))):
        out[i] = done.result()
    return out


def _ahead(
    work: Callable[..., np.ndarray], jobs: Iterable[tuple], *, ahead: int = 64
) -> Iterator[Future[np.ndarray]]:
    """Do jobs on all cores, some ahead of whoever takes them, and give them in order."""
    waiting: deque[Future[np.ndarray]] = deque()
    try:
        for job in jobs:
            waiting.append(_threads().submit(work, *job))
            if len(waiting) > ahead:
                yield waiting.popleft()
        while waiting:
            yield waiting.popleft()
    finally:
        for each in waiting:
            each.cancel()


@cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(cpu_count())
