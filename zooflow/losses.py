"""Losses that Keras has not: with integer targets and label smoothing."""

import keras
from keras import KerasTensor, ops


class SmoothedCrossEntropy(keras.losses.Loss):
    """Cross-entropy of logits against class indices, with label smoothing.

    Paper: Szegedy et al., Rethinking the Inception Architecture, 2015. arXiv:1512.00567

    Args:
        smoothing: part of the certainty that is spread over all labels.
    """

    def __init__(self, smoothing: float):
        super().__init__(name="loss")
        self.smoothing = smoothing

    def call(self, y_true: KerasTensor, y_pred: KerasTensor) -> KerasTensor:
        """Compute the loss of each example, (batch,)."""
        labels = y_pred.shape[-1]
        truth = ops.one_hot(ops.cast(ops.reshape(y_true, (-1,)), "int32"), labels)
        truth = truth * (1 - self.smoothing) + self.smoothing / labels
        return -ops.sum(truth * ops.log_softmax(y_pred), axis=-1)
