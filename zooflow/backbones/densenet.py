"""DenseNet, in which a layer sees what all layers before it made.

Paper: Huang et al., Densely Connected Convolutional Networks, 2016. arXiv:1608.06993
Names: timm's, the arguments' too.
"""

from keras import KerasTensor, layers

from .parts import antialias, batch_norm, conv, pad, relu
from .parts.choices import choose
from .parts.pools import pool
from .variants.densenet import VARIANTS as VARIANTS

BLOCK = r"stem|features-denseblock\d+-denselayer\d+"  # the steps in which a phase freezes
HEAD = "classifier"  # the checkpoint's own name for the classifier
SKIP = r"classifier\..+|.+\.num_batches_tracked"  # the checkpoint's tensors that no layer takes


def densenet(
    x: KerasTensor,
    *,
    growth_rate: int = 32,
    block_config: tuple[int, ...] = (6, 12, 24, 16),
    bn_size: int = 4,
    stem_type: str = "",
    aa_layer: str = "",
    aa_stem_only: bool = True,
    global_pool: str = "avg",
) -> tuple[KerasTensor, KerasTensor]:
    """Trace a DenseNet without its classifier.

    Args:
        x: normalised images, (batch, height, width, 3).
        growth_rate: channels that each layer adds.
        block_config: layers in each block; each block after the first has half the height, width
            and channels to begin with.
        bn_size: channels inside a layer, in those that it adds.
        stem_type: "" is one 7x7 convolution; "deep" three of 3x3; "deep_tiered" and
            "deep_tiered_narrow" begin narrower.
        aa_layer: how a stride is smoothed, as `parts.antialias` knows it; "" not at all.
        aa_stem_only: smooth in the stem only.
        global_pool: how to pool, as `pools.pool` knows it.

    Returns:
        Features, (batch, height / 32, width / 32, channels), and the features pooled,
        (batch, channels).
    """
    x = stem(x, 2 * growth_rate, stem_type, aa_layer)
    for i, depth in enumerate(block_config, 1):
        for j in range(1, depth + 1):
            name = f"features-denseblock{i}-denselayer{j}"
            y = finish(x, name=f"{name}-norm1")
            y = conv(y, bn_size * growth_rate, 1, name=f"{name}-conv1")
            y = finish(y, name=f"{name}-norm2")
            y = conv(y, growth_rate, 3, name=f"{name}-conv2")
            x = layers.Concatenate(name=name)([x, y])
        if i < len(block_config):
            name = f"features-transition{i}"
            x = finish(x, name=f"{name}-norm")
            x = conv(x, x.shape[-1] // 2, 1, name=f"{name}-conv")
            x = antialias(x, "avg" if aa_stem_only else aa_layer or "avg", name=f"{name}-pool")
    x = finish(x, name="features-norm5")
    return x, pool(x, global_pool, name="pool")


def stem(x: KerasTensor, width: int, kind: str, smooth: str) -> KerasTensor:
    """Convolve and take the maximum, to a quarter of the height and width."""
    quarter = width // 2 // 4
    widths = {
        "": (width,),
        "deep": (width // 2, width // 2, width),
        "deep_tiered": (3 * quarter, 6 * quarter, width),
        "deep_tiered_narrow": (3 * quarter, width, width),
    }
    chosen = choose("densenet", "stem_type", kind, widths)
    for i, filters in enumerate(chosen):
        x = conv(x, filters, 3 if kind else 7, 1 if i else 2, name=f"features-conv{i}")
        x = finish(x, name=f"features-norm{i}")
    x = pad(x, 1, name="features-pool0-pad")  # zeros do no harm after a ReLU
    if not smooth:
        return layers.MaxPooling2D(3, 2, name="stem")(x)
    return antialias(layers.MaxPooling2D(3, 1, name="features-pool0")(x), smooth, name="stem")


def finish(x: KerasTensor, *, name: str) -> KerasTensor:
    """Normalise and activate."""
    return relu(batch_norm(x, name=name), name=f"{name}-act")
