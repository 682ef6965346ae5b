"""RepViT, a convolutional network laid out as a vision transformer, branches as they train.

Paper: Wang et al., RepViT, 2023. arXiv:2307.09283
Names: timm's; the arguments are timm's too.
"""

from keras import KerasTensor
from keras.layers import Add, Identity

from .parts import activation, add, average, batch_norm, conv, rounded, squeeze_excite
from .variants.repvit import VARIANTS as VARIANTS

BLOCK = r"stem|stages-\d+-(downsample|blocks-\d+)"  # the steps in which a phase freezes
HEAD = "head.head.l"  # the checkpoint's own name for the classifier
SKIP = r"head\..+|.+\.num_batches_tracked"  # the checkpoint's tensors that no layer takes


def repvit(
    x: KerasTensor,
    embed_dim: tuple[int, ...],
    depth: tuple[int, ...],
    *,
    mlp_ratio: float = 2,
    kernel_size: int = 3,
    act_layer: str = "gelu",
    legacy: bool = False,
) -> tuple[KerasTensor, KerasTensor]:
    """Trace a RepViT without its classifiers, which are two, each behind a normalisation.

    Args:
        x: normalised images, (batch, height, width, 3).
        embed_dim: channels of each stage.
        depth: blocks in each stage.
        mlp_ratio: times the channels of a stage are those within its blocks.
        kernel_size: side of the windows after the stem.
        act_layer: activation.
        legacy: normalise the branches of a mixer, instead of their sum.

    Returns:
        Features, (batch, height / 32, width / 32, channels), and their average over the image,
        (batch, channels).
    """

    def mlp(x: KerasTensor, *, name: str, part: str) -> KerasTensor:
        width, here = x.shape[-1], f"{name}-{part}"
        y = conv_norm(x, int(width * mlp_ratio), 1, name=f"{here}-conv1")
        y = activation(y, act_layer, name=f"{here}-act")
        return add(x, conv_norm(y, width, 1, name=f"{here}-conv2"), name=name)

    def block(x: KerasTensor, *, se: bool, name: str) -> KerasTensor:
        x = mixer(x, kernel_size, legacy, name=f"{name}-token_mixer")
        if se:
            x = squeeze_excite(x, rounded(x.shape[-1] / 4, 8, 0), name=f"{name}-se")
        return mlp(x, name=name, part="channel_mixer")

    x = conv_norm(x, embed_dim[0] // 2, 3, 2, name="stem-conv1")
    x = conv_norm(activation(x, act_layer, name="stem-act1"), embed_dim[0], 3, 2, name="stem-conv2")
    x = Identity(name="stem")(x)
    for i, (width, blocks) in enumerate(zip(embed_dim, depth, strict=True)):
        if i:
            name, groups = f"stages-{i}-downsample", x.shape[-1]
            x = block(x, se=False, name=f"{name}-pre_block")
            x = conv_norm(x, groups, kernel_size, 2, groups, name=f"{name}-spatial_downsample")
            x = conv_norm(x, width, 1, name=f"{name}-channel_downsample")
            x = mlp(x, name=name, part="ffn")
        for j in range(blocks):
            x = block(x, se=j % 2 == 0, name=f"stages-{i}-blocks-{j}")
    return x, average(x, name="pool")


def mixer(x: KerasTensor, kernel: int, legacy: bool, *, name: str) -> KerasTensor:
    """Add a large depthwise convolution, one of 1x1 and the input itself."""
    width = x.shape[-1]
    large = conv_norm(x, width, kernel, 1, width, name=f"{name}-conv")
    if legacy:
        small = conv_norm(x, width, 1, 1, width, name=f"{name}-conv1")
        return Add(name=name)([large, small, x])
    small = conv(x, width, 1, groups=width, bias=True, name=f"{name}-conv1")
    return batch_norm(Add(name=name)([large, small, x]), name=f"{name}-bn")


def conv_norm(
    x: KerasTensor, filters: int, kernel: int, stride: int = 1, groups: int = 1, *, name: str
) -> KerasTensor:
    """Convolve and normalise."""
    x = conv(x, filters, kernel, stride, groups=groups, name=f"{name}-c")
    return batch_norm(x, name=f"{name}-bn")
