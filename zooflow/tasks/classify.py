"""Classification: one label for each example."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..errors import BadRecipe

if TYPE_CHECKING:  # a recipe is made and checked without an ML library
    import keras
    import numpy as np

    from ..zoo import Backbone


@dataclass(frozen=True)
class Classify:
    """Which one of the labels is it?

    Args:
        dropout: part of the features that the head drops while learning, 0 to below 1.
        label_smoothing: part of the certainty that is spread over all labels, 0 to below 1.
        class_weights: "none", or "auto" to weigh each label by the inverse of its frequency.
        sampling: "every" example once an epoch; or "balanced": every label equally often, so that
            examples of rare ones come again and some of frequent ones wait for a later epoch.
        focus: of the focal loss, 0 or more: how much less what is told with certainty counts.
    """

    dropout: float = 0.1
    label_smoothing: float = 0.0
    class_weights: str = "none"
    sampling: str = "every"
    focus: float = 0.0

    def __post_init__(self):
        for field in ("dropout", "label_smoothing"):
            if not 0 <= getattr(self, field) < 1:
                raise BadRecipe(f"{field} is {getattr(self, field)}; it must be from 0 to below 1")
        if self.class_weights not in ("none", "auto"):
            raise BadRecipe(f"class_weights is {self.class_weights!r}; it is 'none' or 'auto'")
        if self.sampling not in ("every", "balanced"):
            raise BadRecipe(f"sampling is {self.sampling!r}; it is 'every' or 'balanced'")
        if not 0 <= self.focus < float("inf"):
            raise BadRecipe(f"focus is {self.focus}; it must be 0 or more")

    def attach(self, backbone: "Backbone", labels: int) -> "keras.Model":
        """Put a head on a backbone.

        Returns:
            A model from the backbone's inputs to logits, (batch, labels).
        """
        import keras

        from ..heads import classifier

        logits = classifier(backbone.pooled, labels, dropout=self.dropout, name=backbone.head)
        return keras.Model(backbone.model.input, logits, name=backbone.model.name)

    def loss(self) -> "keras.losses.Loss":
        """Give the loss of logits against probabilities of labels."""
        from ..losses import CrossEntropy

        return CrossEntropy(self.label_smoothing, self.focus)

    def metrics(self) -> "list[keras.metrics.Metric]":
        """Give what is measured every epoch."""
        import keras

        return [keras.metrics.CategoricalAccuracy(name="accuracy")]

    def weights(self, targets: "np.ndarray", labels: int) -> "np.ndarray":
        """Weigh the labels, so that the examples' mean is 1.

        Args:
            targets: class indices of the training examples, (examples,).
            labels: how many there are.

        Returns:
            float32, (labels,).
        """
        import numpy as np

        if self.class_weights == "none":
            return np.ones(labels, "float32")
        counts = np.bincount(targets, minlength=labels)
        return (len(targets) / (np.count_nonzero(counts) * np.maximum(counts, 1))).astype("float32")
