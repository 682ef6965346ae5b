"""The blocks of attention of CoAtNet, among all pixels, and of MaxViT, in windows and grids."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from keras import KerasTensor, layers, ops

from ..errors import BadInput, UnknownName
from .maxxvit_blocks import mlp, norm_of, pool, shortcut
from .parts import add, conv, dense, registered
from .parts.attention import Scale, Split
from .parts.relative import Pair, RelativeBias, offset_mlp
from .parts.windows import Unwindow, WindowAttention, Windows


@dataclass(frozen=True)
class Transformer:
    """How blocks of attention are computed; the words are timm's, after `transformer_`.

    Args:
        dim_head: width of a part that attends on its own.
        head_first: in windows, queries, keys and values lie side by side in each head, not heads in
            each of them.
        expand_ratio: width inside the MLP, in widths of what comes out.
        expand_first: widen before attention, not after it.
        shortcut_bias: add one to the shortcut's projection.
        attn_bias: add biases around attention.
        pool_type: "max", "max2" or "avg2", of blocks that stride.
        rel_pos_type: "bias", "mlp", "bias_tf", or "" for no relative positions.
        rel_pos_dim: width inside the "mlp".
        partition_ratio: sides of images, in those of windows.
        window_size: rows and columns of windows; None as that ratio has it.
        grid_size: of the windows of pixels that are far apart; None as window_size.
        no_block_attn: attend among pixels that are far apart only.
        init_values: first factor of the layer scales; None or 0 for none.
        act_layer: activation.
        norm_layer: "batchnorm2d" or "layernorm2d".
        norm_layer_cl: the same of blocks with windows; "layernorm".
        norm_eps: added to the variance.
    """

    dim_head: int = 32
    head_first: bool = True
    expand_ratio: float = 4.0
    expand_first: bool = True
    shortcut_bias: bool = True
    attn_bias: bool = True
    pool_type: str = "avg2"
    rel_pos_type: str = "bias"
    rel_pos_dim: int = 512
    partition_ratio: int = 32
    window_size: Pair | None = None
    grid_size: Pair | None = None
    no_block_attn: bool = False
    init_values: float | None = None
    act_layer: str = "gelu"
    norm_layer: str = "layernorm2d"
    norm_layer_cl: str = "layernorm"
    norm_eps: float = 1e-6


def transformer(
    x: KerasTensor, width: int, stride: int, cfg: Transformer, *, name: str
) -> KerasTensor:
    """Attention among all pixels, then an MLP, as CoAtNet has them: heads come first always."""
    cfg = replace(cfg, head_first=True)
    norm = norm_of(cfg.norm_layer, cfg.norm_eps)
    y = norm(x, name=f"{name}-norm1-norm" if stride > 1 else f"{name}-norm1")
    if stride > 1:
        y = pool(y, cfg.pool_type, name=f"{name}-norm1-down-pool")
        x = shortcut(x, width, cfg.pool_type, bias=cfg.shortcut_bias, name=f"{name}-shortcut")
    project = partial(conv, kernel=1)
    inside = width if cfg.expand_first else y.shape[-1]
    y = attend(y, y.shape[1:3], inside, width, cfg, project, name=f"{name}-attn")
    x = add(x, scale(y, cfg, name=f"{name}-ls1"), name=f"{name}-add1")
    y = norm(x, name=f"{name}-norm2")
    project = partial(conv, kernel=1, bias=True)
    y = mlp(y, cfg.expand_ratio, cfg.act_layer, project, name=f"{name}-mlp")
    return add(x, scale(y, cfg, name=f"{name}-ls2"), name=name)


def partition(
    x: KerasTensor, cfg: Transformer, *, kinds: tuple[str, ...], name: str, end: str
) -> KerasTensor:
    """Attention in windows, then an MLP.

    Args:
        x: (batch, height, width, channels).
        cfg: how.
        kinds: "attn" for windows, "grid" for pixels that are far apart; several share the width.
        name: that those of the layers begin with.
        end: name of the last one.
    """
    norm = norm_of(cfg.norm_layer_cl, cfg.norm_eps)
    width = x.shape[-1]
    y = norm(x, name=f"{name}-norm1")
    parts = []
    for kind in kinds:
        window = cfg.grid_size if kind.endswith("grid") else cfg.window_size
        attn = f"{name}-attn" if len(kinds) == 1 else f"{name}-{kind}"
        out = width // len(kinds)
        grid = kind.endswith("grid")
        parts.append(attend(y, window, width, out, cfg, dense, grid=grid, name=attn))
    y = layers.Concatenate(name=f"{name}-attn")(parts) if len(parts) > 1 else parts[0]
    x = add(x, scale(y, cfg, name=f"{name}-ls1"), name=f"{name}-add1")
    y = norm(x, name=f"{name}-norm2")
    y = mlp(y, cfg.expand_ratio, cfg.act_layer, dense, name=f"{name}-mlp")
    return add(x, scale(y, cfg, name=f"{name}-ls2"), name=end)


def attend(
    x: KerasTensor,
    window: Any,
    inside: int,
    width: int,
    cfg: Transformer,
    project: Callable[..., KerasTensor],
    *,
    grid: bool = False,
    name: str,
) -> KerasTensor:
    """Let the pixels of each window attend to each other.

    Args:
        x: (batch, height, width, channels).
        window: rows and columns.
        inside: width of queries, keys and values.
        width: of what comes out.
        cfg: how.
        project: traces a linear map of channels.
        grid: take pixels that are far apart.
        name: that those of the layers begin with.

    Raises:
        BadInput: heads do not divide the width, or windows the image.
    """
    size, heads = x.shape[1:3], inside // cfg.dim_head
    if inside % cfg.dim_head:
        raise BadInput(f"a width of {inside} does not divide into heads of {cfg.dim_head}")
    if size[0] % window[0] or size[1] % window[1]:
        raise BadInput(
            f"features of {size[0]} x {size[1]} do not divide into windows of "
            f"{window[0]} x {window[1]}"
        )
    y = project(x, 3 * inside, bias=cfg.attn_bias, name=f"{name}-qkv")
    y = Windows(window, grid=grid, name=f"{name}-windows")(y)
    split = f"{name}-split"
    cut = HeadSplit(heads, 3, name=split) if cfg.head_first else Split((inside,) * 3, name=split)
    bias = position_bias(y, window, heads, cfg, name=f"{name}-rel_pos")
    y = WindowAttention(heads, name=f"{name}-core")(*cut(y), *bias)
    y = Unwindow(size, window, grid=grid, name=f"{name}-images")(y)
    return project(y, width, bias=cfg.attn_bias, name=f"{name}-proj")


def position_bias(
    x: KerasTensor, window: Any, heads: int, cfg: Transformer, *, name: str
) -> list[KerasTensor]:
    """Give the bias of relative positions, if there is one."""
    kind = cfg.rel_pos_type
    if kind == "mlp":
        names = (f"{name}-mlp-fc1", f"{name}-mlp-fc2")
        return [offset_mlp(x, window, heads, hidden=cfg.rel_pos_dim, names=names)]
    if kind in ("bias", "bias_tf"):
        table = f"{name}-relative_position_bias_table"
        return [RelativeBias(window, heads, heads_first=kind == "bias_tf", name=table)(x)]
    if kind:
        raise UnknownName("rel_pos_type", kind, ["bias", "mlp", "bias_tf", ""])
    return []


@registered
class HeadSplit(layers.Layer):
    """Cut the last axis into heads, and each head into parts; lay what is alike side by side.

    Args:
        heads: how many.
        parts: of each.
    """

    def __init__(self, heads: int, parts: int, **settings: Any):
        super().__init__(**settings)
        self.heads = heads
        self.parts = parts

    def call(self, x: KerasTensor) -> list[KerasTensor]:
        """Cut x, (batch, windows, pixels, heads * parts * width)."""
        width = x.shape[-1] // self.parts
        x = ops.reshape(x, (-1, *x.shape[1:3], self.heads, self.parts, width // self.heads))
        return [
            ops.reshape(x[..., part, :], (-1, *x.shape[1:3], width)) for part in range(self.parts)
        ]

    def get_config(self) -> dict[str, Any]:
        """Give the constructor's arguments."""
        return {**super().get_config(), "heads": self.heads, "parts": self.parts}


def scale(x: KerasTensor, cfg: Transformer, *, name: str) -> KerasTensor:
    """Scale each channel by a learned factor, where there are layer scales."""
    return Scale(cfg.init_values, name=name)(x) if cfg.init_values else x
