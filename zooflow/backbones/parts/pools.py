"""One vector of a map of features, as timm's `global_pool` says."""

from keras import KerasTensor, layers

from ...errors import BadInput

POOLS = ("avg", "max", "avgmax", "catavgmax")


def pool(x: KerasTensor, kind: str, *, name: str) -> KerasTensor:
    """Pool over height and width.

    Args:
        x: (batch, height, width, channels).
        kind: "avg", "max", "avgmax" (the middle between both) or "catavgmax" (both, side by side).
        name: of the last layer.

    Returns:
        (batch, channels), twice as many channels for "catavgmax".

    Raises:
        BadInput: another kind; "" too, which leaves the map as it is.
    """
    if kind not in POOLS:
        raise BadInput(
            f"zooflow does not know global_pool {kind!r}",
            hint=f"it knows {', '.join(map(repr, POOLS))}",
        )
    if kind == "avg":
        return layers.GlobalAveragePooling2D(name=name)(x)
    if kind == "max":
        return layers.GlobalMaxPooling2D(name=name)(x)
    both = [
        layers.GlobalAveragePooling2D(name=f"{name}-average")(x),
        layers.GlobalMaxPooling2D(name=f"{name}-max")(x),
    ]
    return (layers.Average if kind == "avgmax" else layers.Concatenate)(name=name)(both)
