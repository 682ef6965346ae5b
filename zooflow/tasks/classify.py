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
    """

    dropout: float = 0.1
    label_smoothing: float = 0.0
    class_weights: str = "none"

    def __post_init__(self):
        for field in ("dropout", "label_smoothing"):
            if not 0 <= getattr(self, field) < 1:
                raise BadRecipe(f"{field} is {getattr(self, field)}; it must be from 0 to below 1")
        if self.class_weights not in ("none", "auto"):
            raise BadRecipe(f"class_weights is {self.class_weights!r}; it is 'none' or 'auto'")

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
        """Give the loss of logits against class indices."""
        from ..losses import SmoothedCrossEntropy

        return SmoothedCrossEntropy(self.label_smoothing)

    def metrics(self) -> "list[keras.metrics.Metric]":
        """Give what is measured every epoch."""
        import keras

        return [keras.metrics.SparseCategoricalAccuracy(name="accuracy")]

    def weights(self, targets: "np.ndarray", labels: int) -> "np.ndarray":
        """Weigh the training examples, mean 1.

        Args:
            targets: class indices, (examples,).
            labels: how many there are.

        Returns:
            float32, (examples,).
        """
        import numpy as np

        if self.class_weights == "none":
            return np.ones(len(targets), "float32")
        counts = np.bincount(targets, minlength=labels)
        return (len(targets) / (np.count_nonzero(counts) * counts[targets])).astype("float32")
