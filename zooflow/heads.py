"""Heads: what turns a backbone's features into answers."""

from keras import KerasTensor, layers


def classifier(pooled: KerasTensor, labels: int, *, dropout: float, name: str) -> KerasTensor:
    """Score every label.

    Args:
        pooled: (batch, width).
        labels: how many there are.
        dropout: part of the features that is dropped while learning, 0 to 1.
        name: of the dense layer: the checkpoint's own for its classifier, so that trained weights
            go back under it.

    Returns:
        Logits in float32, (batch, labels).
    """
    if dropout:
        pooled = layers.Dropout(dropout, name=f"{name}-dropout")(pooled)
    return layers.Dense(labels, dtype="float32", name=name)(pooled)
