"""The steps of a Keras graph in the order in which they run."""

from typing import Any


def steps(model: Any) -> list[Any]:
    """List a Functional model's nodes, its inputs too, each after those that it reads."""
    levels = model._nodes_by_depth  # Keras's own order; nothing public tells it
    return [node for depth in sorted(levels, reverse=True) for node in levels[depth]]
