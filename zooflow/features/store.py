"""The store: what frozen trunks said of examples, on disk, found again by what it was made from.

A set is a folder named by a hash of all that decides its features. Its shards are pairs of files:
NAME.bin holds records end to end, NAME.index says which example each is of; the second appears
whole and last, so that a shard which a killed process has left is never read.
"""

import contextlib
import json
import os
import tempfile
import time
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np

from ..errors import BadInput
from .room import root

INDEX = np.dtype([("mark", "V16"), ("offset", "<u8"), ("length", "<u4")])  # of `ROW` bytes
SHARD = 64 * 2**20  # bytes after which a shard is closed
SECONDS = 5  # after which it is closed too: no more is lost to a kill
ABANDONED = 3600  # seconds after which a shard without an index belongs to no living process
SMALL = 2.0**-10  # a batch of features that are all smaller would lose digits in float16
DTYPES = {"float32": np.float32, "float16": np.float16, "bfloat16": ml_dtypes.bfloat16}


@dataclass(frozen=True)
class Part:
    """A tensor that crosses a cut.

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


class Features:
    """The features of one cut, by example.

    Args:
        key: hash of all that decides them: weights, graph, cut, preprocessing, precision.
        parts: what crosses.
        about: for people: whose features these are.
    """

    def __init__(self, key: str, parts: Sequence[Part], about: str):
        self.parts = tuple(parts)
        self.folder = root() / key
        self.folder.mkdir(parents=True, exist_ok=True)
        facts = {"about": about, "parts": [asdict(part) for part in self.parts]}
        if not (self.folder / "set.json").is_file():
            _appear(self.folder / "set.json", (json.dumps(facts) + "\n").encode())
        os.utime(self.folder / "set.json")  # when it was last used
        self.places: dict[bytes, tuple[int, int, int]] = {}
        self.shards: set[str] = set()
        self.refresh()

    def refresh(self) -> None:
        """Take in the shards that have appeared since."""
        for index in sorted(self.folder.glob("*.index")):
            if index.stem not in self.shards:
                self._take_in(index)

    def _take_in(self, index: Path) -> None:
        try:
            rows = np.fromfile(index, INDEX)
            shard = os.open(index.with_suffix(".bin"), os.O_RDONLY)
        except OSError:  # somebody has made room
            return
        self.shards.add(index.stem)
        whole = 0 < len(rows) * INDEX.itemsize == index.stat().st_size
        if whole and os.fstat(shard).st_size == rows[-1]["offset"] + self._size(rows[-1]):
            marks = rows["mark"].tobytes()
            for i, (offset, length) in enumerate(rows[["offset", "length"]].tolist()):
                self.places[marks[16 * i : 16 * i + 16]] = (shard, offset, length)
        else:
            os.close(shard)

    def _size(self, row: Any) -> int:
        return sum(part.bytes(int(row["length"])) for part in self.parts)

    def __contains__(self, mark: bytes) -> bool:
        return mark in self.places

    def read(self, marks: Sequence[bytes], length: int) -> list[np.ndarray]:
        """Read the features of some examples.

        Args:
            marks: of the examples.
            length: tokens to pad each to, with zeros.

        Returns:
            For each part an array (examples, …), float32.
        """
        out = [np.zeros((len(marks), *part.sides(length)), np.float32) for part in self.parts]
        for row, mark in enumerate(marks):
            shard, offset, own = self.places[mark]
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
        """Add features; what is written is kept even where a later step fails."""
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
        parts: what crosses.
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
