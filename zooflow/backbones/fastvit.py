"""FastViT and the image encoders of MobileCLIP: convolutions trained in branches, attention late.

Paper: Vasu et al., FastViT, 2023. arXiv:2303.14189; MobileCLIP, 2023. arXiv:2311.17049
Names: timm's, branches as they train; the arguments are timm's too, `pos_embs` by their windows.
"""

from keras import KerasTensor
from keras.layers import Identity

from .fastvit_blocks import Style, downsample, mixer, mobile_one, positions
from .parts import average
from .variants.fastvit import VARIANTS as VARIANTS

BLOCK = r"stem|stages-\d+-blocks-\d+|final_conv"  # the steps in which a phase freezes
HEAD = "head.fc"  # the checkpoint's own name for the classifier
SKIP = r"head\.fc\..+|.+\.num_batches_tracked"  # the checkpoint's tensors that no layer takes


def fastvit(
    x: KerasTensor,
    layers: tuple[int, ...],
    token_mixers: tuple[str, ...],
    embed_dims: tuple[int, ...],
    mlp_ratios: tuple[float, ...],
    *,
    downsamples: tuple[bool, ...] = (False, True, True, True),
    se_downsamples: tuple[bool, ...] = (False, False, False, False),
    repmixer_kernel_size: int = 3,
    pos_embs: tuple[int | None, ...] = (None, None, None, None),
    down_patch_size: int = 7,
    down_stride: int = 2,
    layer_scale_init_value: float | None = 1e-5,
    lkc_use_act: bool = False,
    stem_use_scale_branch: bool = True,
    cls_ratio: float = 2.0,
    norm_layer: str = "batchnorm",
    act_layer: str = "gelu",
) -> tuple[KerasTensor, KerasTensor]:
    """Trace a FastViT without its classifier.

    Args:
        x: normalised images, (batch, height, width, 3).
        layers: blocks in each stage.
        token_mixers: "repmixer" mixes neighbours, "attention" all pixels.
        embed_dims: channels of each stage.
        mlp_ratios: times the channels of a stage are those within its blocks.
        downsamples: halve height and width before a stage.
        se_downsamples: weigh channels there.
        repmixer_kernel_size: side of the window of a "repmixer".
        pos_embs: side of the window that says where a pixel is, before the blocks of a stage.
        down_patch_size: side of the window that halves.
        down_stride: its step.
        layer_scale_init_value: of the learned scale of each residual; None for no scale.
        lkc_use_act: activate between the convolutions that halve.
        stem_use_scale_branch: convolve 1x1 beside 3x3 in the stem.
        cls_ratio: times the last stage's channels are those that come out.
        norm_layer: normalisation before attention, as `parts.norm` knows it.
        act_layer: activation.

    Returns:
        Features, (batch, height / 32, width / 32, channels), and their average over the image,
        (batch, channels).
    """
    for i, (kernel, stride, groups) in enumerate(((3, 2, 1), (3, 2, embed_dims[0]), (1, 1, 1))):
        x = mobile_one(
            x,
            embed_dims[0],
            kernel,
            stride,
            groups=groups,
            scale=stem_use_scale_branch,
            act=act_layer,
            name=f"stem-{i}",
        )
    x = Identity(name="stem")(x)
    for i, (depth, width) in enumerate(zip(layers, embed_dims, strict=True)):
        style = Style(
            mlp_ratios[i], repmixer_kernel_size, act_layer, norm_layer, layer_scale_init_value
        )
        if downsamples[i] or x.shape[-1] != width:
            x = downsample(
                x,
                width,
                down_patch_size,
                down_stride,
                se=se_downsamples[i],
                between=lkc_use_act,
                act=act_layer,
                name=f"stages-{i}-downsample",
            )
        if window := pos_embs[i]:
            x = positions(x, window, name=f"stages-{i}-pos_emb")
        for j in range(depth):
            x = mixer(token_mixers[i])(x, style, name=f"stages-{i}-blocks-{j}")
    width = x.shape[-1]
    settings = {"groups": width, "se": True, "act": act_layer}
    x = mobile_one(x, int(width * cls_ratio), 3, **settings, name="final_conv")
    return x, average(x, name="pool")
