"""timm's MetaFormers: their numbers, under timm's own argument names."""

from typing import Any

Numbers = dict[str, Any]

S = (64, 128, 320, 512)
M = (96, 192, 384, 768)
M_LATE = (96, 192, 384, 576)
B = (128, 256, 512, 768)


def _size(dims: tuple[int, ...], *depths: int) -> Numbers:
    return {"depths": depths, "dims": dims}


POOL: Numbers = {
    "downsample_norm": None,
    "mlp_act": "gelu",
    "mlp_bias": True,
    "norm_layers": "groupnorm1",
    "layer_scale_init_values": 1e-6,
    "res_scale_init_values": None,
    "use_mlp_head": False,
}
POOL2: Numbers = {"norm_layers": "groupnorm1_nobias", "use_mlp_head": False}
CONV: Numbers = {"token_mixers": "sepconv"}
CA: Numbers = {"token_mixers": ("sepconv", "sepconv", "attention", "attention")}
POOLS = {
    "s12": _size(S, 2, 2, 6, 2),
    "s24": _size(S, 4, 4, 12, 4),
    "s36": _size(S, 6, 6, 18, 6),
    "m36": _size(M, 6, 6, 18, 6),
    "m48": _size(M, 8, 8, 24, 8),
}
LATER = {
    "s18": _size(S, 3, 3, 9, 3),
    "s36": _size(S, 3, 12, 18, 3),
    "m36": _size(M_LATE, 3, 12, 18, 3),
    "b36": _size(B, 3, 12, 18, 3),
}

VARIANTS: dict[str, Numbers] = {
    **{f"poolformer_{name}": size | POOL for name, size in POOLS.items()},
    **{f"poolformerv2_{name}": size | POOL2 for name, size in POOLS.items()},
    **{f"convformer_{name}": size | CONV for name, size in LATER.items()},
    **{f"caformer_{name}": size | CA for name, size in LATER.items()},
}
for _name in ("poolformer_s12", "poolformer_s24"):
    VARIANTS[_name]["layer_scale_init_values"] = 1e-5
