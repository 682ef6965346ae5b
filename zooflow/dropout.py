"""Residuals left out at random while a network learns, in part or whole.

Papers: Vaswani et al., Attention Is All You Need, 2017, section 5.4 (dropout of what a sublayer
says). arXiv:1706.03762
Huang et al., Deep Networks with Stochastic Depth, 2016. arXiv:1603.09382
"""

import dataclasses
from typing import Any

import keras
from keras import KerasTensor, layers

from .backbones.parts import Parameter
from .backbones.parts.initializers import hollow
from .errors import BadRecipe
from .graph import steps
from .zoo import Backbone


def with_dropout(backbone: Backbone, *, depth: float = 0.0, residual: float = 0.0) -> Backbone:
    """Copy a backbone so that residuals are left out at random while it learns.

    A residual whose shortcut is not the identity stays.

    Args:
        backbone: stays as it is.
        depth: part of the examples for which the uppermost residual is left out, 0 to below 1; it
            falls evenly to that of the lowest one.
        residual: part of the numbers of every residual that is left out, 0 to below 1.

    Raises:
        BadRecipe: the backbone has no residuals.
    """
    found = residuals(backbone.whole)
    if not found:
        raise BadRecipe(
            f"{backbone.card.name} has no residuals to leave out",
            hint="leave depth and residual_dropout out",
        )
    depths = {name: depth * (i + 1) / len(found) for i, name in enumerate(found)}

    def call(layer: keras.Operation, *args: Any, **kwargs: Any) -> Any:
        if layer.name not in found:
            return layer(*args, **kwargs)
        (tensors,) = args
        shortcut, rate = found[layer.name], depths[layer.name]
        return layer(
            [
                tensor if place == shortcut else thinned(tensor, rate, f"{layer.name}-{place}")
                for place, tensor in enumerate(tensors)
            ]
        )

    def thinned(tensor: KerasTensor, rate: float, name: str) -> KerasTensor:
        if residual:
            tensor = layers.Dropout(residual, name=f"{name}-dropout")(tensor)
        if rate:
            one = (None, *(1 for _ in tensor.shape[1:]))
            tensor = layers.Dropout(rate, noise_shape=one, name=f"{name}-depth")(tensor)
        return tensor

    with hollow():
        whole: Any = keras.models.clone_model(backbone.whole, call_function=call)
    for layer in backbone.whole.layers:
        whole.get_layer(layer.name).set_weights(layer.get_weights())
    features, pooled = whole.outputs
    model = keras.Model(whole.input, features, name=backbone.model.name)
    return dataclasses.replace(backbone, model=model, pooled=pooled)


def residuals(model: keras.Model) -> dict[str, int]:
    """Find the sums of a shortcut and what is made from it, from bottom to top.

    Returns:
        By the name of the layer that sums, the shortcut's place among what it sums.
    """
    made: dict[int, set[int]] = {}  # by a tensor, those it is made from
    found = {}
    for node in steps(model):
        reads: list[KerasTensor] = node.input_tensors
        before = set().union(*({id(each), *made[id(each)]} for each in reads))
        if isinstance(node.operation, Parameter):  # which reads the batch's size alone
            before = set()
        made |= {id(tensor): before for tensor in node.outputs}
        if isinstance(node.operation, layers.Add):
            for place, tensor in enumerate(reads):
                others = reads[:place] + reads[place + 1 :]
                if all(id(tensor) in made[id(other)] for other in others):
                    found[node.operation.name] = place
    return found
