"""Sets of arrays by example, on disk, found again by what they were made from.

A set is a folder named by a hash of all that decides its arrays. Its shards are pairs of files:
NAME.bin holds records end to end, NAME.index says which example each is of; the second appears
whole and last, so that a shard which a killed process has left is never read.
"""

import contextlib
import hashlib
import json
import os
import tempfile
import time
import uuid
import weakref
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np

from ..errors import BadInput
from .room import root

MARK = "S16"
PLACE = np.dtype([("shard", "<i4"), ("offset", "<u8"), ("length", "<u4")])
INDEX = np.dtype([("mark", MARK), ("offset", "<u8"), ("length", "<u4")])  # of `ROW` bytes
SHARD = 64 * 2**20  # bytes after which a shard is closed
SECONDS = 5  # after which it is closed too: no more is lost to a kill
ABANDONED = 3600  # seconds after which a shard without an index belongs to no living process
SMALL = 2.0**-10  # a batch of features that are all smaller would lose digits in float16
DTYPES = {
    "uint8": np.uint8,
    "float32": np.float32,
    "float16": np.float16,
    "bfloat16": ml_dtypes.bfloat16,
}


def mark(sha256: str, view: str = "") -> bytes:
    """Name an example, and a view of it, in 16 bytes.

    Args:
        sha256: of the example's content, in hexadecimal.
        view: how it is augmented; empty for the example itself.
    """
    return hashlib.blake2b(f"{sha256} {view}".encode(), digest_size=16).digest()


@dataclass(frozen=True)
class Part:
    """An array of each example.

    Args:
        shape: of one example; None is the example's own length in tokens.
        dtype: as stored: a key of `DTYPES`.
    """

    shape: tuple[int | None, ...]
    dtype: str

    def sides(self, length: int) -> tuple[int, ...]:
        """Give the shape of an example of some length."""
        return tuple(length if side is None else side for side in self.shape)

    def bytes(self, length: int) -> int:
        """Say how many bytes an example of some length takes."""
        return int(np.prod(self.sides(length))) * np.dtype(DTYPES[self.dtype]).itemsize


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
        none = self.marks[:0], self.places[:0]
        try:
            rows = np.fromfile(index, INDEX)
            shard = os.open(index.with_suffix(".bin"), os.O_RDONLY)
        except OSError:  # somebody has made room
            return none
        self.shards.append(shard)
        whole = 0 < len(rows) * INDEX.itemsize == index.stat().st_size
        if not whole or os.fstat(shard).st_size != rows[-1]["offset"] + self._size(rows[-1]):
            return none
        places = np.empty(len(rows), PLACE)
        places["shard"], places["offset"], places["length"] = shard, rows["offset"], rows["length"]
        return rows["mark"].copy(), places

    def _size(self, row: Any) -> int:
        return sum(part.bytes(int(row["length"])) for part in self.parts)

    def has(self, marks: Sequence[bytes]) -> np.ndarray:
        """Say of which examples there are arrays, bool (examples,)."""
        return self._find(marks) >= 0

    def _find(self, marks: Sequence[bytes]) -> np.ndarray:
        """Give the index of each example's place; -1 where there is none."""
        wanted = np.array(marks, MARK)
        at = np.searchsorted(self.marks, wanted)
        at[at == len(self.marks)] = 0
        return np.where(self.marks[at] == wanted, at, -1) if len(self.marks) else at - 1

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
            _appear(self.folder / "set.json", (json.dumps(facts) + "\n").encode())
        for shard in self.folder.glob("*.bin"):
            old = time.time() - shard.stat().st_mtime > ABANDONED
            if old and not shard.with_suffix(".index").exists():
                shard.unlink(missing_ok=True)
        writer = Writer(self.folder, self.parts)
        try:
            yield writer
        finally:
            writer.close()
            self.refresh()


class Writer:
    """Writes shards of a set.

    Args:
        folder: of the set.
        parts: the arrays.
    """

    def __init__(self, folder: Path, parts: tuple[Part, ...]):
        self.folder, self.parts = folder, parts
        self.rows: list[tuple[bytes, int, int]] = []

    def add(self, marks: Sequence[bytes], arrays: Sequence[np.ndarray], lengths: Any) -> None:
        """Add examples.

        Args:
            marks: of the examples.
            arrays: for each part (examples, …).
            lengths: tokens of each; what lies beyond is padding and not kept.

        Raises:
            BadInput: the values do not fit the type in which it is to be stored.
        """
        stored = [
            _fitting(array, part.dtype) for part, array in zip(self.parts, arrays, strict=True)
        ]
        for row, (mark, length) in enumerate(zip(marks, lengths, strict=True)):
            if not self.rows:
                self.path = self.folder / f"{uuid.uuid4().hex}.bin"
                self.file, self.began = self.path.open("wb"), time.monotonic()
            self.rows.append((mark, self.file.tell(), int(length)))
            for part, array in zip(self.parts, stored, strict=True):
                inside = array[(row, *map(slice, part.sides(int(length))))]
                self.file.write(np.ascontiguousarray(inside).view(np.uint8).data)
        if self.rows and (self.file.tell() >= SHARD or time.monotonic() - self.began >= SECONDS):
            self.close()

    def close(self) -> None:
        """Make what was added findable."""
        if not self.rows:
            return
        self.file.flush()
        os.fsync(self.file.fileno())
        self.file.close()
        rows, self.rows = np.array(self.rows, INDEX), []
        _appear(self.path.with_suffix(".index"), rows.tobytes())


def _fitting(array: np.ndarray, dtype: str) -> np.ndarray:
    if dtype == "uint8":
        return array
    wide = np.asarray(array, np.float32)
    largest = np.abs(wide).max(initial=0)
    if dtype == "float16" and largest and not SMALL <= largest <= np.finfo(np.float16).max:
        raise BadInput(
            f"the frozen part says at most {largest:.3g}, which float16 cannot hold well",
            hint="keep its features in float32: --cache float32",
        )
    return wide.astype(DTYPES[dtype])


def _appear(path: Path, content: bytes) -> None:
    """Write a file that is there whole or not at all."""
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".", delete=False) as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    os.replace(file.name, path)


def _close(shards: list[int]) -> None:
    for shard in shards:
        os.close(shard)
