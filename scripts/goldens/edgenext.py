"""timm's EdgeNeXts."""

from typing import Any

from .reference import Reference, run_timm, timm_names

LEFT_OUT: dict[str, str] = {}
QUICK = ("edgenext_xx_small", "odd-edgenext-overlap")
SMALL = {"depths": (1, 2, 2, 1), "dims": (16, 32, 64, 64), "heads": (2, 4, 4, 8)}
ODD: dict[str, dict[str, Any]] = {  # arguments of edgenext_xx_small
    "odd-edgenext-overlap": SMALL
    | {"stem_type": "overlap", "downsample_block": True, "conv_bias": False, "expand_ratio": 2},
    "odd-edgenext-attention": SMALL
    | {"global_block_counts": (1, 1, 2, 1), "d2_scales": (2, 3, 4, 5), "head_norm_first": True}
    | {"use_pos_emb": (True, False, True, False), "global_pool": "max"},
}


def names() -> list[str]:
    """List the architectures."""
    return [*timm_names("edgenext"), *ODD]


def reference(name: str) -> Reference:
    """Run one."""
    if name in ODD:
        return run_timm("edgenext_xx_small", arguments=ODD[name])
    return run_timm(name)
