"""How a Vision Transformer makes one vector of its tokens."""

from dataclasses import replace

from keras import KerasTensor, layers

from . import Parameter, dense
from .attention import Attention, Split, Token
from .vit_blocks import Steps, mlp


def pool_token(x: KerasTensor, steps: Steps) -> KerasTensor:
    """Take the first token."""
    return Token(0, name="pool")(x)


def pool_average(x: KerasTensor, steps: Steps) -> KerasTensor:
    """Average over the tokens."""
    return layers.GlobalAveragePooling1D(name="pool")(x)


def pool_max(x: KerasTensor, steps: Steps) -> KerasTensor:
    """Take each channel's greatest value."""
    return layers.GlobalMaxPooling1D(name="pool")(x)


def pool_both(x: KerasTensor, steps: Steps) -> KerasTensor:
    """Take the middle between average and maximum."""
    average = layers.GlobalAveragePooling1D(name="pool-average")(x)
    return layers.Average(name="pool")([average, layers.GlobalMaxPooling1D(name="pool-max")(x)])


def pool_by_query(x: KerasTensor, steps: Steps) -> KerasTensor:
    """Let one learned query attend to the tokens, then an MLP, as SigLIP does."""
    width = x.shape[-1]
    latent = Parameter((1, 1, width), name="attn_pool-latent")(x)
    q = dense(latent, width, name="attn_pool-q")
    k, v = Split((width, width), name="attn_pool-split")(dense(x, 2 * width, name="attn_pool-kv"))
    x = Attention(steps.heads, name="attn_pool-core")(q, k, v)
    x = dense(x, width, name="attn_pool-proj")
    plain = replace(steps, proj_bias=True, mlp_norm=False)
    y = mlp(steps.norm(x, name="attn_pool-norm"), plain, name="attn_pool-mlp")
    return Token(0, name="pool")(layers.Add(name="attn_pool")([x, y]))


POOLS = {
    "token": pool_token,
    "first": pool_token,
    "avg": pool_average,
    "max": pool_max,
    "avgmax": pool_both,
    "map": pool_by_query,
}
