"""Safetensors files, through the safetensors library."""

import json
import os
from collections.abc import Mapping
from contextlib import ExitStack
from functools import partial
from io import BufferedReader
from pathlib import Path
from uuid import uuid4

import ml_dtypes  # before safetensors: its numpy reader finds bfloat16 only then
import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from ..errors import BadCheckpoint, ZooflowError
from .checkpoint import Refusal, Tensor

DTYPES = {
    "BOOL": np.dtype(bool),
    "U8": np.dtype(np.uint8),
    "I8": np.dtype(np.int8),
    "U16": np.dtype(np.uint16),
    "I16": np.dtype(np.int16),
    "U32": np.dtype(np.uint32),
    "I32": np.dtype(np.int32),
    "U64": np.dtype(np.uint64),
    "I64": np.dtype(np.int64),
    "F16": np.dtype(np.float16),
    "BF16": np.dtype(ml_dtypes.bfloat16),
    "F32": np.dtype(np.float32),
    "F64": np.dtype(np.float64),
    "C64": np.dtype(np.complex64),
}


def safetensors_file(path: Path, closing: ExitStack) -> dict[str, Tensor]:
    """List what a safetensors file holds.

    Args:
        path: the file.
        closing: takes the open file.

    Raises:
        Refusal: it is damaged, or holds numbers of a kind that numpy has not.
    """
    try:
        with safe_open(path, framework="numpy"):
            pass  # the library has looked through the header now
        file = closing.enter_context(path.open("rb"))
    except (SafetensorError, OSError) as error:
        raise Refusal(f"it is no sound safetensors file ({error})") from None
    size = int.from_bytes(file.read(8), "little")
    header = json.loads(file.read(size))
    header.pop("__metadata__", None)
    tensors = {}
    for name, entry in header.items():
        if (kind := entry["dtype"]) not in DTYPES:
            raise Refusal(f"tensor {name!r} has numbers of kind {kind}")
        shape, dtype = tuple(entry["shape"]), DTYPES[kind]
        start = 8 + size + entry["data_offsets"][0]
        tensors[name] = Tensor(path, shape, dtype, partial(_read, file, start, shape, dtype))
    return tensors


def _read(file: BufferedReader, start: int, shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
    """Read from the file, which the library would map: its pages count as memory of ours."""
    array = np.empty(shape, dtype)
    file.seek(start)
    if file.readinto(array.reshape(-1).view(np.uint8).data) != array.nbytes:
        raise Refusal("it cannot be read, the file ends before")
    return array


def save_safetensors(
    tensors: Mapping[str, np.ndarray], path: Path, metadata: dict[str, str] | None = None
) -> None:
    """Write a safetensors file, whole or not at all.

    Args:
        tensors: what to write, of any strides.
        path: where; a file that is there is replaced.
        metadata: the header's own words; by default what timm and transformers ask for.

    Raises:
        BadCheckpoint: an array's dtype has no place in a safetensors file.
        ZooflowError: the file cannot be written.
    """
    arrays = {name: np.asarray(array, order="C") for name, array in tensors.items()}
    for name, array in arrays.items():
        if array.dtype.newbyteorder("=") not in DTYPES.values():
            raise BadCheckpoint(f"{path}: tensor {name!r} cannot be written as {array.dtype}")
    part = path.with_name(f".{path.name}.{uuid4().hex}")
    try:
        part.touch()
        mode = part.stat().st_mode  # as the user's umask has it; the library would say 0600
        save_file(arrays, part, metadata={"format": "pt"} if metadata is None else metadata)
        part.chmod(mode)
        os.replace(part, path)
    except (SafetensorError, OSError) as error:
        raise ZooflowError(f"{path}: could not be written ({error})") from None
    finally:
        part.unlink(missing_ok=True)
