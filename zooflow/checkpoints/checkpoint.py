"""A checkpoint: names, shapes and dtypes at hand, the numbers still in the file."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np

from ..errors import BadCheckpoint


class Refusal(ValueError):
    """Why a file is not read; whoever knows the file's name makes it a BadCheckpoint."""


@dataclass(frozen=True)
class Tensor:
    """A tensor that lies in a file, not read yet.

    Args:
        file: where it lies.
        shape: its axes, as PyTorch orders them.
        dtype: its numbers; bfloat16 is that of ml_dtypes.
        read: reads it; a new array each time.
    """

    file: Path
    shape: tuple[int, ...]
    dtype: np.dtype
    read: Callable[[], np.ndarray]


class Checkpoint(Mapping[str, np.ndarray]):
    """Read the tensors of a checkpoint one at a time, by name.

    Args:
        path: the file or folder it was opened from.
        tensors: what it holds.
        closing: the open files; leaving the checkpoint's context closes them.
    """

    def __init__(self, path: Path, tensors: Mapping[str, Tensor], closing: ExitStack):
        self.path = path
        self._tensors = tensors
        self._closing = closing

    def __getitem__(self, name: str) -> np.ndarray:
        tensor = self._tensors[name]
        try:
            return tensor.read()
        except Refusal as refusal:
            raise refused(tensor.file, f"tensor {name!r}: {refusal}") from None

    def __contains__(self, name: object) -> bool:
        return name in self._tensors

    def __iter__(self) -> Iterator[str]:
        return iter(self._tensors)

    def __len__(self) -> int:
        return len(self._tensors)

    def __repr__(self) -> str:
        return f"Checkpoint({str(self.path)!r}, {len(self)} tensors)"

    def shape(self, name: str) -> tuple[int, ...]:
        """Return a tensor's shape without reading it."""
        return self._tensors[name].shape

    def dtype(self, name: str) -> np.dtype:
        """Return a tensor's dtype without reading it."""
        return self._tensors[name].dtype

    def close(self) -> None:
        """Close the files; no tensor can be read afterwards."""
        self._closing.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def refused(path: Path, reason: str) -> BadCheckpoint:
    """Return the error that says why a file is not read."""
    return BadCheckpoint(
        f"{path}: refused: {reason}",
        "use the model's .safetensors file, or download this one again, or, if you trust it, "
        "save its state_dict alone with torch",
    )
