"""The cut: a model as a frozen trunk and a tail that learns."""

from typing import NamedTuple

import keras

from ..graph import steps
from ..narrow import narrow


class Cut(NamedTuple):
    """A model in two parts.

    Args:
        trunk: from the model's inputs to the tensors that cross; None where nothing is frozen.
        tail: from the tensors that cross, and then the inputs in `given`, to the model's output.
        given: names of inputs that the tail reads as they are.
    """

    trunk: keras.Model | None
    tail: keras.Model
    given: tuple[str, ...] = ()

    @property
    def ragged(self) -> bool:
        """Whether what the tail reads is as long as the example."""
        outputs = self.trunk.outputs if self.trunk else self.tail.inputs
        return bool(self.given) or any(None in tensor.shape[1:] for tensor in outputs)


def cut(model: keras.Model, top: set[str]) -> Cut:
    """Cut a model below the lowest layer that learns.

    Args:
        model: a flat Functional graph in which each layer's `trainable` is set.
        top: names of layers that belong to the tail even if they hold no weights: the head's.

    Returns:
        Trunk and tail; they share their layers with the model, and the tail says of what the trunk
        says just what the model does, without the tokens that nobody reads. The trunk makes these:
        products of few rows would depend, in the last bits, on which examples it is asked about.
    """
    made, crossing = set(), {}
    for node in steps(model):
        layer = node.operation
        learns = layer.name in top or getattr(layer, "trainable_weights", [])
        if learns or any(id(tensor) in made for tensor in node.input_tensors):
            made.update(id(tensor) for tensor in node.outputs)
            crossing.update({id(tensor): tensor for tensor in node.input_tensors})
    below = [tensor for key, tensor in crossing.items() if key not in made]
    said, given = _apart(_fewest(_per_example(below)))
    if not said:
        return Cut(None, narrow(model))
    together = [*said, *given]
    tail = keras.Model(together[0] if len(together) == 1 else together, model.output)
    trunk = keras.Model(model.input, said[0] if len(said) == 1 else said)
    return Cut(trunk, narrow(tail), tuple(tensor._keras_history.operation.name for tensor in given))


def _apart(
    tensors: list[keras.KerasTensor],
) -> tuple[list[keras.KerasTensor], list[keras.KerasTensor]]:
    """Tell what weights have made from what follows from the inputs alone, like a mask.

    Returns:
        The first; and the inputs that the others follow from.
    """
    said, given = [], {}
    for tensor in tensors:
        inputs = _inputs(tensor)
        if inputs is None:
            said.append(tensor)
        else:
            given |= inputs
    return said, [*given.values()]


def _inputs(tensor: keras.KerasTensor) -> dict[int, keras.KerasTensor] | None:
    """Find the inputs that a tensor is made from; None where a step on the way holds weights."""
    layer, index, _ = tensor._keras_history
    reads = layer._inbound_nodes[index].input_tensors
    if not reads:
        return {id(tensor): tensor}
    if getattr(layer, "weights", []):
        return None
    found: dict[int, keras.KerasTensor] = {}
    for read in reads:
        inputs = _inputs(read)
        if inputs is None:
            return None
        found |= inputs
    return found


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
