"""VGG, plain 3x3 convolutions one after another.

Paper: Simonyan and Zisserman, Very Deep Convolutional Networks, 2014. arXiv:1409.1556
Names: timm's, the arguments' too.
"""

from typing import Any

import numpy as np
from keras import KerasTensor, layers, ops

from .parts import conv, norm, registered, relu
from .parts.pools import pool
from .variants.vgg import VARIANTS as VARIANTS

BLOCK = r"stage-\d+"  # the steps in which a phase freezes
HEAD = "head.fc"  # the checkpoint's own name for the classifier
SKIP = r"head\.fc\..+|.+\.num_batches_tracked"  # the checkpoint's tensors that no layer takes
WINDOW = 7  # side of the map that the first dense layer was made for
WIDTH = 4096  # of the dense layers


def vgg(
    x: KerasTensor,
    *,
    cfg: tuple[int | str, ...],
    norm_layer: str | None = None,
    mlp_ratio: float = 1.0,
    global_pool: str = "avg",
) -> tuple[KerasTensor, KerasTensor]:
    """Trace a VGG without the last of its three dense layers.

    Args:
        x: normalised images, (batch, height, width, 3).
        cfg: channels of each convolution, and "M" where the maximum halves height and width.
        norm_layer: normalisation, as `parts.norm` knows it; None for none.
        mlp_ratio: width of the first dense layer, in widths of the second.
        global_pool: how to pool what the dense layers say of each place, as `pools.pool` knows it.

    Returns:
        Features, (batch, height / 32, width / 32, 512), and what two dense layers make of them,
        pooled, (batch, 4096).
    """
    step = stage = 0
    for width in cfg:
        if width == "M":
            stage += 1
            x = layers.MaxPooling2D(2, name=f"stage-{stage}")(x)
            step += 1
            continue
        x = conv(x, int(width), 3, bias=True, name=f"features-{step}")
        if norm_layer:
            step += 1
            x = norm(x, norm_layer, name=f"features-{step}")
        x = relu(x, name=f"features-{step + 1}")
        step += 2
    height, width = x.shape[1:3]
    sides = max(height, WINDOW), max(width, WINDOW)
    y = x
    if sides != (height, width):
        y = Enlarge(sides, name="pre_logits-enlarge")(x)
    hidden = int(WIDTH * mlp_ratio)
    y = conv(y, hidden, WINDOW, bias=True, padding="valid", name="pre_logits-fc1")
    y = relu(y, name="pre_logits-act1")
    y = relu(conv(y, WIDTH, 1, bias=True, name="pre_logits-fc2"), name="pre_logits-act2")
    return x, pool(y, global_pool, name="pool")


@registered
class Enlarge(layers.Layer):
    """Average a map into another size, in windows that may overlap.

    Keras's own gives NaN with JAX at many sizes, such as 3 x 6 to 7 x 7.

    Args:
        sides: height and width of the new map.
    """

    def __init__(self, sides: tuple[int, int], **settings: Any):
        super().__init__(**settings)
        self.sides = tuple(sides)

    def call(self, x: KerasTensor) -> KerasTensor:
        """Average x, (batch, height, width, channels)."""
        shares = zip(x.shape[1:3], self.sides, strict=True)
        rows, columns = (ops.cast(_shares(old, new), x.dtype) for old, new in shares)
        return ops.einsum("ih,jw,bhwc->bijc", rows, columns, x)

    def compute_output_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """Give (batch, new height, new width, channels)."""
        return shape[0], *self.sides, shape[-1]

    def get_config(self) -> dict[str, Any]:
        """Give the constructor's arguments."""
        return {**super().get_config(), "sides": self.sides}


def _shares(old: int, new: int) -> np.ndarray:
    """Give the share of each old place in each new one, (new, old)."""
    places, steps = np.arange(old), np.arange(new)[:, None]
    inside = (places >= steps * old // new) & (places < -(-(steps + 1) * old // new))
    return (inside / inside.sum(1, keepdims=True)).astype("float32")
