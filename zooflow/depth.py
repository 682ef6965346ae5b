"""Stochastic depth: residuals left out at random while a network learns.

Paper: Huang et al., Deep Networks with Stochastic Depth, 2016. arXiv:1603.09382
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


def with_depth(backbone: Backbone, rate: float) -> Backbone:
    """Copy a backbone so that residuals are left out at random while it learns.

    Args:
        backbone: stays as it is.
        rate: part of the examples for which the uppermost residual is left out, above 0 to below
            1; it falls evenly to that of the lowest one. A residual whose shortcut is not the
            identity stays.

    Raises:
        BadRecipe: the backbone has no residuals.
    """
    found = residuals(backbone.whole)
    if not found:
        raise BadRecipe(
            f"depth is {rate}, and {backbone.card.name} has no residuals to leave out",
            hint="leave depth out",
        )
    rates = {name: rate * (i + 1) / len(found) for i, name in enumerate(found)}

    def call(layer: keras.Operation, *args: Any, **kwargs: Any) -> Any:
        if layer.name not in found:
            return layer(*args, **kwargs)
        (tensors,) = args
        thinned = [
            tensor
            if place == found[layer.name]
            else layers.Dropout(
                rates[layer.name],
                noise_shape=(None, *(1 for _ in tensor.shape[1:])),
                name=f"{layer.name}-depth{place}",
            )(tensor)
            for place, tensor in enumerate(tensors)
        ]
        return layer(thinned)

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
