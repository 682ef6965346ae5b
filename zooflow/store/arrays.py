"""Sets of arrays by example, on disk, found again by what they were made from.

A set is a folder named by a hash of all that decides its arrays; in it lie shards.
"""

import contextlib
import hashlib
import json
import os
import time
import weakref
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np

from .room import root
from .shards import DTYPES, MARK, Part, Writer, appear, merge, whole

PLACE = np.dtype([("shard", "<i4"), ("offset", "<u8"), ("length", "<u4")])
ABANDONED = 3600  # seconds after which a shard without an index belongs to no living process


def mark(sha256: str, view: str = "") -> bytes:
    """Name an example, and a view of it, in 16 bytes.

    Args:
        sha256: of the example's content, in hexadecimal.
        view: how it is augmented; empty for the example itself.
    """
    return hashlib.blake2b(f"{sha256} {view}".encode(), digest_size=16).digest()


class Arrays:
    """A set: some arrays of each example.

    Args:
        key: hash of all that decides them but the example.
        parts: the arrays.
        about: for people: what these are.
    """

    def __init__(self, key: str, parts: Sequence[Part], about: str):
        self.parts, self.about = tuple(parts), about
        self.folder = root() / key
        with contextlib.suppress(OSError):  # it is not there yet, or belongs to somebody else
            os.utime(self.folder / "set.json")  # when it was last used
        self.marks, self.places = np.empty(0, MARK), np.empty(0, PLACE)
        self.seen: set[str] = set()
        self.shards: list[int] = []
        weakref.finalize(self, _close, self.shards)
        self.refresh()

    def refresh(self) -> None:
        """Take in the shards that have appeared since."""
        new = [path for path in sorted(self.folder.glob("*.index")) if path.stem not in self.seen]
        found = [(self.marks, self.places), *(self._take_in(index) for index in new)]
        marks, places = (np.concatenate(each) for each in zip(*found, strict=True))
        order = np.argsort(marks, kind="stable")
        self.marks, self.places = marks[order], places[order]

    def _take_in(self, index: Path) -> tuple[np.ndarray, np.ndarray]:
        """Open a shard; give its marks, and where each stands. Those of torn ones are none."""
        self.seen.add(index.stem)
        rows = whole(index, self.parts)
        try:
            shard = os.open(index.with_suffix(".bin"), os.O_RDONLY)
        except OSError:  # somebody has made room
            return self.marks[:0], self.places[:0]
        self.shards.append(shard)
        places = np.empty(len(rows), PLACE)
        places["shard"], places["offset"], places["length"] = shard, rows["offset"], rows["length"]
        return rows["mark"].copy(), places

    def has(self, marks: Sequence[bytes]) -> np.ndarray:
        """Say of which examples there are arrays, bool (examples,)."""
        return self._find(marks) >= 0

    def _find(self, marks: Sequence[bytes]) -> np.ndarray:
        """Give the index of each example's place; -1 where there is none."""
        wanted = np.array(marks, MARK)
        at = np.searchsorted(self.marks, wanted)
        at[at == len(self.marks)] = 0
        return np.where(self.marks[at] == wanted, at, -1) if len(self.marks) else at - 1

    def lack(self, marks: Sequence[bytes], lengths: np.ndarray) -> int:
        """Count the bytes of those of some examples that are not there.

        Args:
            marks: of the examples.
            lengths: tokens of each.
        """
        own = zip(*np.unique(lengths[~self.has(marks)], return_counts=True), strict=True)
        return sum(part.bytes(int(n)) * int(count) for n, count in own for part in self.parts)

    def read(self, marks: Sequence[bytes], length: int) -> list[np.ndarray]:
        """Read the arrays of some examples.

        Args:
            marks: of the examples, which it must have.
            length: tokens to pad each to, with zeros.

        Returns:
            For each part an array (examples, …): uint8 where it was that, else float32.
        """
        out = [
            np.zeros(
                (len(marks), *part.sides(length)), np.uint8 if part.dtype == "uint8" else np.float32
            )
            for part in self.parts
        ]
        for row, (shard, offset, own) in enumerate(self.places[self._find(marks)].tolist()):
            sizes = [part.bytes(own) for part in self.parts]
            record = os.pread(shard, sum(sizes), offset)
            for part, array, size in zip(self.parts, out, sizes, strict=True):
                sides = part.sides(own)
                values = np.frombuffer(record[:size], DTYPES[part.dtype]).reshape(sides)
                array[(row, *map(slice, sides))] = values
                record = record[size:]
        return out

    @contextlib.contextmanager
    def writer(self) -> Iterator["Writer"]:
        """Add arrays; what is written is kept even where a later step fails."""
        if not (self.folder / "set.json").is_file():
            self.folder.mkdir(parents=True, exist_ok=True)
            facts = {"about": self.about, "parts": [asdict(part) for part in self.parts]}
            appear(self.folder / "set.json", (json.dumps(facts) + "\n").encode())
        for shard in self.folder.glob("*.bin"):
            old = time.time() - shard.stat().st_mtime > ABANDONED
            if old and not shard.with_suffix(".index").exists():
                shard.unlink(missing_ok=True)
        writer = Writer(self.folder, self.parts)
        try:
            yield writer
        finally:
            writer.close()
            with contextlib.suppress(OSError):  # somebody else merges, or makes room
                merge(self.folder, self.parts)
            self.refresh()


def _close(shards: list[int]) -> None:
    for shard in shards:
        os.close(shard)
