"""Safetensors files, through the safetensors library."""

import os
from collections.abc import Mapping
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any
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
        file = closing.enter_context(safe_open(path, framework="numpy"))
    except (SafetensorError, OSError) as error:
        raise Refusal(f"it is no sound safetensors file ({error})") from None
    tensors = {}
    for name in file.keys():  # noqa: SIM118 (the library's file is no mapping)
        part = file.get_slice(name)
        if (kind := part.get_dtype()) not in DTYPES:
            raise Refusal(f"tensor {name!r} has numbers of kind {kind}")
        shape = tuple(part.get_shape())
        tensors[name] = Tensor(path, shape, DTYPES[kind], partial(_read, file, name))
    return tensors


def _read(file: Any, name: str) -> np.ndarray:
    try:
        return file.get_tensor(name)
    except SafetensorError as error:
        raise Refusal(f"it cannot be read ({error})") from None


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
