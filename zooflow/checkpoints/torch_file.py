"""Weights saved by torch.save, read without torch."""

from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import BinaryIO

import numpy as np

from .checkpoint import Refusal, Tensor
from .torch_legacy import read_legacy
from .torch_objects import Place, View
from .torch_zip import read_zip

NESTS = ("state_dict", "model_state_dict", "model", "module")  # where training scripts put weights


def torch_file(path: Path, closing: ExitStack) -> dict[str, Tensor]:
    """List what a file by torch.save holds, in its zip or its older format.

    Args:
        path: the file.
        closing: takes the open file.

    Raises:
        Refusal: it is damaged, or asks for anything but tensors and plain values.
    """
    file = closing.enter_context(path.open("rb"))
    zipped = file.read(2) == b"PK"
    file.seek(0)
    result, storages, places = (read_zip if zipped else read_legacy)(file)
    for key, storage in storages.items():
        if key not in places:
            raise Refusal(f"its storage {key!r:.40} is missing")
        if storage.nbytes > (size := places[key].size):
            raise Refusal(f"its storage {key!r:.40} claims {storage.nbytes} bytes and has {size}")
    return {
        name: Tensor(
            path, view.shape, view.dtype, partial(_read, file, view, places[view.storage.key])
        )
        for name, view in _weights(result).items()
    }


def _read(file: BinaryIO, view: View, place: Place) -> np.ndarray:
    item = view.dtype.itemsize
    raw = np.empty(view.span * item, np.uint8)
    file.seek(place.start + view.offset * item)
    if file.readinto(raw) < raw.nbytes:  # type: ignore[attr-defined]
        raise Refusal("the file was cut off since it was opened")
    if not view.span:
        return np.empty(view.shape, view.dtype)
    strides = tuple(step * item for step in view.strides)
    return np.asarray(np.ndarray(view.shape, view.dtype, raw, strides=strides), order="C")


def _weights(result: object) -> dict[str, View]:
    if not isinstance(result, dict):
        raise Refusal(f"it holds {_kind(result)}, not a dictionary of tensors")
    nests = [nest for nest in NESTS if isinstance(result.get(nest), dict)]
    if len(nests) > 1:
        raise Refusal(f"it may keep its weights under {nests[0]!r} or under {nests[1]!r}")
    weights = result[nests[0]] if nests else result
    for name, value in weights.items():
        if not isinstance(name, str) or not isinstance(value, View):
            raise Refusal(f"it has {_kind(value)} under {name!r:.80} among its weights")
    if not weights:
        raise Refusal("it holds no tensors")
    return weights


def _kind(value: object) -> str:
    return "a tensor" if isinstance(value, View) else f"a value of type {type(value).__name__}"
