"""The name of a set of features: a hash of all that decides them but the examples."""

import hashlib
import json
from importlib import metadata
from typing import Any

import keras
from keras import ops

from ..graph import steps

VERSION = 1  # of what is hashed and of how records are laid out


def key(trunk: keras.Model, *, reader: str, dtype: str) -> str:
    """Hash a trunk: its graph, its weights, what it reads and how it computes.

    Args:
        trunk: from inputs to the tensors that cross.
        reader: how examples become its inputs.
        dtype: in which it computes and its features are kept.
    """
    backend = keras.backend.backend()
    digest = hashlib.blake2b(digest_size=16)
    facts: list[Any] = [VERSION, backend, metadata.version(backend), reader, dtype]
    facts += [_origin(tensor) for tensor in trunk.outputs]
    for node in steps(trunk):
        if node.is_input:
            continue
        layer, reads = node.operation, [_origin(tensor) for tensor in node.input_tensors]
        facts.append([type(layer).__name__, layer.name, layer.get_config(), reads])
    digest.update(json.dumps(facts, default=str, sort_keys=True).encode())
    for variable in trunk.variables:
        digest.update(ops.convert_to_numpy(variable).tobytes())
    return digest.hexdigest()


def mark(sha256: str, view: int = 0) -> bytes:
    """Name an example, and a view of it, in 16 bytes.

    Args:
        sha256: of the example's content, in hexadecimal.
        view: number of the augmented view; 0 is the example itself.
    """
    return hashlib.blake2b(f"{sha256} {view}".encode(), digest_size=16).digest()


def _origin(tensor: keras.KerasTensor) -> list[Any]:
    layer, _, index = tensor._keras_history
    return [layer.name, index]
