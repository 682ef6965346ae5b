"""The moving average of the weights of a phase.

Paper: Polyak and Juditsky, Acceleration of Stochastic Approximation by Averaging, 1992.
"""

import keras
import numpy as np
from keras import ops


class Moving:
    """The moving average of a model's weights, put in their place for a while.

    Args:
        model: compiled; where its optimizer keeps no average, its weights stay.
    """

    def __init__(self, model: keras.Model):
        optimizer = getattr(model.optimizer, "inner_optimizer", model.optimizer)
        averages = optimizer._model_variables_moving_average if optimizer.use_ema else []
        self.pairs = [*zip(optimizer._trainable_variables, averages, strict=False)]
        self.own: list[np.ndarray] = []

    def put(self) -> None:
        """Put the average in the weights' place."""
        self.own = [ops.convert_to_numpy(variable) for variable, _ in self.pairs]
        for variable, average in self.pairs:  # as a copy: JAX gives away what a step has read
            variable.assign(np.array(ops.convert_to_numpy(average)))

    def take_back(self) -> None:
        """Put the weights back."""
        for (variable, _), own in zip(self.pairs, self.own, strict=True):
            variable.assign(own)
