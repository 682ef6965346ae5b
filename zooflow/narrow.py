"""What no output follows from is not computed: a last block makes the token that the head reads."""

from typing import Any

import keras
from keras import KerasTensor, layers

from .backbones.parts.attention import Attention, First, Scale, Split, Token
from .graph import steps

ALONE = (  # take each token by itself, or those of several tensors in the same place
    layers.Activation,
    layers.Add,
    layers.Dense,
    layers.Dropout,
    layers.Identity,
    layers.LayerNormalization,
    layers.Multiply,
    layers.RMSNormalization,
    Scale,
    Split,
)


def narrow(model: keras.Model) -> keras.Model:
    """Leave out the tokens that a model's outputs do not follow from.

    The classifier of a ViT or BERT reads the first token. In the last block only that one then asks
    the others and goes through the MLP, which saves three quarters of the block.

    Args:
        model: a Functional graph.

    Returns:
        A model that shares its layers and says what it says; itself where it reads all tokens.
    """
    nodes = [node for node in steps(model) if not node.is_input]
    read = [node for node in nodes if isinstance(node.operation, Token)]
    count = 1 + max((node.operation.index for node in read), default=-1)
    if not count or any(node.input_tensors[0].shape[1] == count for node in read):
        return model
    whole = _whole(nodes, model)
    first = First(count)
    made: dict[int, KerasTensor] = {}
    taken: dict[int, KerasTensor] = {}

    def few(tensor: KerasTensor) -> KerasTensor:
        key = id(tensor)
        if key not in whole:
            return made[key]
        if key not in taken:
            taken[key] = first(made.get(key, tensor))
        return taken[key]

    for node in nodes:
        in_part = _in_part(node, whole)
        if in_part or any(id(tensor) in made for tensor in node.input_tensors):
            reads = {
                id(each): few(each) if id(each) in in_part else made.get(id(each), each)
                for each in node.input_tensors
            }
            arguments, named = node.arguments.fill_in(reads)
            outputs = keras.tree.flatten(node.operation(*arguments, **named))
            made |= {id(old): new for old, new in zip(node.outputs, outputs, strict=True)}
    if not made:
        return model
    output = keras.tree.map_structure(lambda tensor: made.get(id(tensor), tensor), model.output)
    return keras.Model(model.input, output, name=model.name)


def _whole(nodes: list[Any], model: keras.Model) -> set[int]:
    """Find the tensors of which all tokens are read, or that cannot be made without, by id."""
    whole = {id(tensor) for tensor in [*model.inputs, *model.outputs]}
    for node in reversed(nodes):
        if isinstance(node.operation, Token):
            continue
        in_part = _in_part(node, whole)
        if not in_part:
            whole |= {id(tensor) for tensor in node.outputs}
        whole |= {id(tensor) for tensor in node.input_tensors} - in_part
    return whole


def _in_part(node: Any, whole: set[int]) -> set[int]:
    """Find the tensors of which a step needs only the tokens that it is asked for, by id."""
    layer, tensors = node.operation, node.input_tensors
    if any(id(tensor) in whole for tensor in node.outputs):
        return set()
    if isinstance(layer, Attention):
        asking, *asked = tensors
        biased_alike = len(asked) < 3 or asked[2].shape[2] == 1
        return {id(asking)} - {id(tensor) for tensor in asked} if biased_alike else set()
    places = {tensor.shape[1:-1] for tensor in [*tensors, *node.outputs]}
    alone = isinstance(layer, ALONE) and len(places) == 1 and len(node.outputs[0].shape) == 3
    return {id(tensor) for tensor in tensors} if alone else set()
