"""Shards: files that hold arrays of some examples.

A shard is two files: NAME.bin holds records end to end, NAME.index says which example each is of.
The second appears whole and last, so that a shard which a killed process has left is never read.
"""

import os
import tempfile
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np

from ..errors import BadInput

MARK = "S16"
INDEX = np.dtype([("mark", MARK), ("offset", "<u8"), ("length", "<u4")])  # of `ROW` bytes
SHARD = 64 * 2**20  # bytes after which a shard is closed
MANY = 32  # small shards that are put together
SECONDS = 5  # after which it is closed too: no more is lost to a kill
SMALL = 2.0**-10  # a batch of features that are all smaller would lose digits in float16
DTYPES = {
    "uint8": np.uint8,
    "float32": np.float32,
    "float16": np.float16,
    "bfloat16": ml_dtypes.bfloat16,
}


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
        appear(self.path.with_suffix(".index"), rows.tobytes())


def whole(index: Path, parts: Sequence[Part]) -> np.ndarray:
    """Read the index of a shard; give no rows where one of the two files is torn or gone."""
    try:
        rows, held = np.fromfile(index, INDEX), index.with_suffix(".bin").stat().st_size
        complete = 0 < rows.nbytes == index.stat().st_size
    except OSError:
        complete = False
    return rows if complete and held == _end(rows, parts) else np.empty(0, INDEX)


def _end(rows: np.ndarray, parts: Sequence[Part]) -> int:
    """Say how many bytes the records of a shard take."""
    last = rows[-1]
    return int(last["offset"]) + sum(part.bytes(int(last["length"])) for part in parts)


def merge(folder: Path, parts: Sequence[Part]) -> None:
    """Put small shards together: each is a file to open, and of those there may be few."""
    found = {index: whole(index, parts) for index in folder.glob("*.index")}
    small = {
        index: rows for index, rows in found.items() if len(rows) and _end(rows, parts) < SHARD // 2
    }
    if len(small) < MANY:
        return
    path = folder / f"{uuid.uuid4().hex}.bin"
    with path.open("wb") as file:
        for index, rows in small.items():
            rows["offset"] += file.tell()
            file.write(index.with_suffix(".bin").read_bytes())
        file.flush()
        os.fsync(file.fileno())
    appear(path.with_suffix(".index"), np.concatenate([*small.values()]).tobytes())
    for index in small:
        index.unlink(missing_ok=True)
        index.with_suffix(".bin").unlink(missing_ok=True)


def appear(path: Path, content: bytes) -> None:
    """Write a file that is there whole or not at all."""
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".", delete=False) as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    os.replace(file.name, path)


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
