"""Rates of their own for variables: by the block they belong to, and for the head."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

import keras
from keras.optimizers import Optimizer

from ..freeze import heights
from ..phase import Phase
from ..zoo import Backbone


def factors(phase: Phase, variables: Iterable[keras.Variable], backbone: Backbone) -> list[float]:
    """Say by what the rate of a phase is multiplied for each variable.

    Paper: Clark et al., ELECTRA, 2020. arXiv:2003.10555 (layer-wise decay)

    Args:
        phase: its rates.
        variables: the backbone's and the head's.
        backbone: what the head stands on.
    """
    height, top = heights(backbone), len(backbone.blocks)
    known = {
        id(variable): phase.layer_decay ** (top - height.get(layer.name, top))
        for layer in backbone.whole.layers
        for variable in layer.weights
    }
    head = (phase.head_lr or phase.lr) / phase.lr
    return [known.get(id(variable), head) for variable in variables]


def decays(variable: keras.Variable) -> bool:
    """Tell kernels and embeddings from norms, biases, scales, tokens and tables of positions."""
    if variable.name == "embeddings":
        return "position" not in variable.path
    return bool(re.search("kernel|embeddings|experts", variable.name))


class Graded(Optimizer):
    """Let each variable learn, and decay, at a rate of its own; goes before one of Keras's kinds.

    Variables of one rate are updated together, so that PyTorch's fast path stays open.
    """

    factors: Sequence[float]  # of the rate, for each variable in the order of `build`
    _factor = 1.0  # of the variables in hand

    def _get_current_learning_rate(self) -> Any:
        return super()._get_current_learning_rate() * self._factor

    def _apply_weight_decay(self, variables: list[keras.Variable]) -> None:
        decaying = [variable for variable in variables if self._use_weight_decay(variable)]
        for factor, places in self._together(decaying).items():
            self._factor = factor
            super()._apply_weight_decay([decaying[place] for place in places])
        self._factor = 1.0

    def _backend_update_step(
        self, grads: list[Any], trainable_variables: list[keras.Variable], learning_rate: Any
    ) -> None:
        for factor, places in self._together(trainable_variables).items():
            super()._backend_update_step(
                [grads[place] for place in places],
                [trainable_variables[place] for place in places],
                learning_rate * factor,
            )

    def _together(self, variables: list[keras.Variable]) -> dict[float, list[int]]:
        """Sort the places of variables by their factor."""
        places = defaultdict(list)
        for place, variable in enumerate(variables):
            places[self.factors[self._get_variable_index(variable)]].append(place)
        return places
