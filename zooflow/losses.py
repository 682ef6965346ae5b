"""Losses that Keras has not: of logits against probabilities, smoothed and focused."""

import keras
from keras import KerasTensor, ops


class CrossEntropy(keras.losses.Loss):
    """Cross-entropy of logits against the probabilities of labels.

    Papers:
        Szegedy et al., Rethinking the Inception Architecture, 2015. arXiv:1512.00567 (smoothing)
        Lin et al., Focal Loss for Dense Object Detection, 2017. arXiv:1708.02002

    Args:
        smoothing: part of the certainty that is spread over all labels, 0 to below 1.
        focus: power of what a label's probability lacks by which its term is multiplied, 0 or more.
    """

    def __init__(self, smoothing: float, focus: float = 0.0):
        super().__init__(name="loss")
        self.smoothing, self.focus = smoothing, focus

    def call(self, y_true: KerasTensor, y_pred: KerasTensor) -> KerasTensor:
        """Compute the loss of each example, (batch,)."""
        truth = y_true * (1 - self.smoothing) + self.smoothing / y_pred.shape[-1]
        said = ops.log_softmax(y_pred)
        if self.focus:
            said = (1 - ops.exp(said)) ** self.focus * said
        return -ops.sum(truth * said, axis=-1)
