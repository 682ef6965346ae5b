"""The cut: a model as a frozen trunk and a tail that learns; what the trunk says is kept.

A trunk says the same of an example every epoch, so it is asked once.
"""

from collections.abc import Iterable
from typing import Any, NamedTuple

import keras
import numpy as np


class Cut(NamedTuple):
    """A model in two parts.

    Args:
        trunk: from the model's inputs to the tensors that cross; None where nothing is frozen.
        tail: from the tensors that cross to the model's output.
    """

    trunk: keras.Model | None
    tail: keras.Model


def cut(model: keras.Model, top: set[str]) -> Cut:
    """Cut a model below the lowest layer that learns.

    Args:
        model: a flat Functional graph in which each layer's `trainable` is set.
        top: names of layers that belong to the tail even if they hold no weights: the head's.

    Returns:
        Trunk and tail; they share their layers with the model, and tail(trunk(x)) is model(x).
    """
    made, crossing = set(), {}
    for node in _nodes(model):
        layer = node.operation
        learns = layer.name in top or getattr(layer, "trainable_weights", [])
        if learns or any(id(tensor) in made for tensor in node.input_tensors):
            made.update(id(tensor) for tensor in node.outputs)
            crossing.update({id(tensor): tensor for tensor in node.input_tensors})
    below = [tensor for key, tensor in crossing.items() if key not in made]
    tensors = _fewest(_per_example(below))
    single = tensors[0] if len(tensors) == 1 else tensors
    trunk = keras.Model(model.input, single)
    return Cut(trunk, keras.Model(single, model.output)) if trunk.weights else Cut(None, model)


def _per_example(tensors: list[keras.KerasTensor]) -> list[keras.KerasTensor]:
    """Go back from what is not of each example, like a table of distances, to what it is made of.

    So is what such a tensor makes of others by a step without weights.
    """
    found, queue = {}, list(tensors)
    while queue:
        tensor = queue.pop(0)
        layer, index, _ = tensor._keras_history
        reads = layer._inbound_nodes[index].input_tensors
        shared = [each for each in (tensor, *reads) if each.shape[0] is not None]
        if shared and (shared[0] is tensor or not getattr(layer, "weights", [])):
            queue += reads
        else:
            found[id(tensor)] = tensor
    return list(found.values())


def _fewest(tensors: list[keras.KerasTensor]) -> list[keras.KerasTensor]:
    """Leave out what a step without weights makes of others that cross anyway, like padding."""
    ids = {id(tensor) for tensor in tensors}
    kept = []
    for tensor in tensors:
        layer, index, _ = tensor._keras_history
        reads = layer._inbound_nodes[index].input_tensors
        spare = reads and not getattr(layer, "weights", []) and {id(t) for t in reads} <= ids
        if not spare:
            kept.append(tensor)
    return kept


def _nodes(model: keras.Model) -> Iterable[Any]:
    """Go through a graph's steps, each after those that it reads."""
    levels = model._nodes_by_depth  # Keras's own order; nothing public tells it
    return (n for depth in sorted(levels, reverse=True) for n in levels[depth] if not n.is_input)


def remember(
    trunk: keras.Model, batches: Iterable[tuple[np.ndarray, Any]], count: int
) -> list[np.ndarray]:
    """Ask a trunk once about every example.

    Args:
        trunk: gives one or several tensors, (batch, …).
        batches: (indices of the examples, what the trunk takes).
        count: how many examples there are.

    Returns:
        For each tensor that crosses, an array (examples, …).
    """
    kept: list[np.ndarray] = []
    for indices, batch in batches:
        said = trunk.predict_on_batch(batch)
        said = [np.asarray(part) for part in (said if isinstance(said, list) else [said])]
        if not kept:
            kept = [np.empty((count, *part.shape[1:]), part.dtype) for part in said]
        for array, part in zip(kept, said, strict=True):
            array[indices] = part
    return kept


def bytes_each(trunk: keras.Model, length: int) -> int:
    """Say how many bytes an example takes where a trunk is cut.

    Args:
        trunk: as `cut` gives it.
        length: tokens of an example, for axes that the input decides.
    """
    return sum(
        4 * int(np.prod([length if side is None else side for side in tensor.shape[1:]]))
        for tensor in trunk.outputs
    )
