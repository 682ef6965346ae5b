"""The name of a set of features: a hash of all that decides them but the examples."""

import hashlib
import json
from importlib import metadata
from typing import Any

import keras
from keras import ops

from ..graph import steps

VERSION = 2  # of what is hashed and of how records are laid out


def key(trunk: keras.Model, *, reader: str, dtype: str) -> str:
    """Hash a trunk: its graph, its weights, what it reads and how it computes.

    Names of steps play no part: Keras numbers those without one by what was built before.

    Args:
        trunk: from inputs to the tensors that cross.
        reader: how examples become its inputs.
        dtype: in which it computes and its features are kept.
    """
    backend = keras.backend.backend()
    digest = hashlib.blake2b(digest_size=16)
    facts: list[Any] = [VERSION, backend, metadata.version(backend), reader, dtype]
    made: dict[int, list[int]] = {}  # by a tensor's id, which step gives it
    seen: dict[int, int] = {}
    for number, node in enumerate(steps(trunk)):
        layer = node.operation
        called = layer.name if node.is_input else seen.setdefault(id(layer), number)
        settings = {name: value for name, value in layer.get_config().items() if name != "name"}
        reads = [made[id(tensor)] for tensor in node.input_tensors]
        facts.append([type(layer).__name__, called, settings, reads])
        made.update({id(tensor): [number, i] for i, tensor in enumerate(node.outputs)})
    facts += [made[id(tensor)] for tensor in trunk.outputs]
    digest.update(json.dumps(facts, default=str, sort_keys=True).encode())
    for variable in trunk.weights:  # without the state of chance, which dropout has
        digest.update(ops.convert_to_numpy(variable).ravel().view("uint8"))
    return digest.hexdigest()
