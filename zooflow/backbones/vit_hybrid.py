"""Hybrid ViTs, whose patches are the features of a convolutional network.

Paper: Dosovitskiy et al., An Image is Worth 16x16 Words, 2020. arXiv:2010.11929; with augmentation,
Steiner et al., How to train your ViT?, 2021. arXiv:2106.10270; MobileCLIP, arXiv:2311.17049
Names: timm's (its module vision_transformer_hybrid), the arguments' too.
"""

from collections.abc import Mapping
from typing import Any

import keras
import numpy as np
from keras import KerasTensor, layers

from ..errors import UnknownName
from .parts import activation, batch_norm, conv
from .parts.positions import resample
from .resnet import resnet
from .resnetv2 import Style, resnetv2, stem
from .variants.vit_hybrid import VARIANTS as VARIANTS
from .vit import vit

BLOCK = r"patch_embed-backbone-(stem|stages-\d+-blocks-\d+|layer\d+-\d+)|embed|blocks-\d+"
HEAD = "head"  # the checkpoint's own name for the classifier
SKIP = r"head\..+|.+\.num_batches_tracked"  # the checkpoint's tensors that no layer takes
KINDS = ("resnet", "resnetv2", "convs")


def vit_hybrid(
    x: KerasTensor,
    *,
    backbone: str,
    backbone_args: Mapping[str, Any],
    patch_size: int = 1,
    embed_dim: int = 768,
    depth: int = 12,
    num_heads: int = 12,
    mlp_ratio: float = 4.0,
    qkv_bias: bool = True,
    init_values: float | None = None,
    class_token: bool = True,
    reg_tokens: int = 0,
    no_embed_class: bool = False,
    fc_norm: bool | None = None,
    global_pool: str = "token",
    norm_layer: str | tuple[str, float] = "layernorm",
    act_layer: str = "gelu",
) -> tuple[KerasTensor, KerasTensor]:
    """Trace a hybrid Vision Transformer without its classifier.

    Args:
        x: normalised images, (batch, height, width, 3).
        backbone: "resnet", "resnetv2", or "convs", a few convolutions of whole patches, of which
            the last projects them.
        backbone_args: arguments of the family of that name; of "convs" `channels` and `kernels`.
        patch_size: side of a patch, in pixels of the features; of "convs" the last kernel.
        embed_dim: width of a token; this and what follows as of `vit.vit`.
        depth: how many blocks.
        num_heads: parts of the width that attend on their own.
        mlp_ratio: width inside a block's MLP, in widths of a token.
        qkv_bias: add biases to queries, keys and values.
        init_values: first factor of the layer scales; None or 0 for none.
        class_token: put a learned token in front.
        reg_tokens: learned tokens to put behind it.
        no_embed_class: give positions to the patches only.
        fc_norm: normalise after pooling; None where pooling averages.
        global_pool: how to pool.
        norm_layer: "layernorm" or "rmsnorm", or one of them with its epsilon.
        act_layer: activation.

    Returns:
        Features, (batch, tokens, embed_dim), and the features pooled, (batch, embed_dim).

    Raises:
        BadInput: images too small, or a word that is none of those that `vit.vit` knows.
        UnknownName: no such backbone.
    """
    if backbone not in KINDS:
        raise UnknownName("backbone of a hybrid", backbone, list(KINDS))
    patch_name = "patch_embed-proj"
    if backbone == "convs":
        x = convs(x, **backbone_args)
        patch_name = f"patch_embed-backbone-{len(backbone_args['channels'])}-conv"
    else:
        x = convolved(x, backbone, backbone_args)
    return vit(
        x,
        patch_size=patch_size,
        embed_dim=embed_dim,
        depth=depth,
        num_heads=num_heads,
        mlp_ratio=mlp_ratio,
        qkv_bias=qkv_bias,
        init_values=init_values,
        class_token=class_token,
        reg_tokens=reg_tokens,
        no_embed_class=no_embed_class,
        fc_norm=fc_norm,
        global_pool=global_pool,
        norm_layer=norm_layer,
        act_layer=act_layer,
        patch_name=patch_name,
    )


def convs(x: KerasTensor, channels: tuple[int, ...], kernels: tuple[int, ...]) -> KerasTensor:
    """Convolve whole patches, again and again."""
    for i, (filters, kernel) in enumerate(zip(channels, kernels, strict=True)):
        name = f"patch_embed-backbone-{i}"
        x = conv(x, filters, kernel, kernel, padding="valid", name=f"{name}-conv")
        x = activation(batch_norm(x, name=f"{name}-bn"), "gelu", name=f"{name}-act")
    return layers.Identity(name="patch_embed-backbone-stem")(x)


def convolved(x: KerasTensor, kind: str, numbers: Mapping[str, Any]) -> KerasTensor:
    """Give the features of another family's network, whose layers are named as a part of this."""
    if kind == "resnet":
        y, _ = resnet(x, **numbers)
    elif numbers["layers"]:
        y, _ = resnetv2(x, **SAME, preact=False, **numbers)
    else:
        style = Style(0.25, False, False, "relu", "groupnorm", SAME["conv_layer"], SAME["conv_eps"])
        y = stem(x, 64, SAME["stem_type"], style)
    bare = kind == "resnetv2" and not numbers["layers"]  # timm holds a stem alone without its name
    for layer in keras.Model(x, y).layers:
        if not isinstance(layer, layers.InputLayer):
            name = layer.name.removeprefix("stem-") if bare else layer.name
            layer.name = f"patch_embed-backbone-{name}"
    return y


SAME: dict[str, Any] = {"stem_type": "same", "conv_layer": "std_conv_same", "conv_eps": 1e-8}


def resized(
    checkpoint: Mapping[str, np.ndarray], model: keras.Model, size: tuple[int, int]
) -> dict[str, np.ndarray]:
    """Resample positions for images of another size; see `positions.resized`."""
    rows, columns = model.get_layer("patch_embed").input.shape[1:3]
    table = checkpoint["pos_embed"]
    prefix = model.get_layer("pos_embed").shape[1] - rows * columns
    pixels = model.input_shape[1] // rows, model.input_shape[2] // columns
    old = size[0] // pixels[0], size[1] // pixels[1]
    if old == (rows, columns) or old[0] * old[1] + prefix != table.shape[1]:
        return {}
    return {"pos_embed": resample(table, old, (rows, columns), prefix=prefix)}
