"""timm's XCiTs."""

from typing import Any

from .reference import Reference, run_timm, timm_names

LEFT_OUT: dict[str, str] = {}
QUICK = ("xcit_nano_12_p16_224", "xcit_nano_12_p8_224", "odd-xcit", "odd-xcit-relu")
ODD: dict[str, dict[str, Any]] = {
    "odd-xcit": {"qkv_bias": False, "depth": 2, "tokens_norm": True, "global_pool": "avg"},
    "odd-xcit-relu": {"use_pos_embed": False, "depth": 1, "cls_attn_layers": 1, "eta": 0.5},
}


def names() -> list[str]:
    """List the architectures."""
    return [*timm_names("xcit"), *ODD]


def reference(name: str) -> Reference:
    """Run one; of the deep ones, four blocks do."""
    if name in ODD:
        return run_timm("xcit_nano_12_p16_224", size=(49, 81), arguments=ODD[name])
    size = (40, 56) if "_p8_" in name else (72, 88)
    return run_timm(name, size=size, arguments={"depth": 4} if "_24_" in name else {})
