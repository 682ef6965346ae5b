"""timm's RegNets, those of its table and odd ones."""

from typing import Any

from .reference import Reference, run_timm, timm_names

LEFT_OUT: dict[str, str] = {}
QUICK = ("regnetx_002", "regnety_004", "regnetz_005", "regnety_008_tv", "odd-before", "odd-groups")
SMALL = {"depth": 6, "w0": 24, "wa": 24.0, "wm": 2.0, "group_size": 8}
ODD: dict[str, dict[str, Any]] = {
    "odd-before": SMALL | {"preact": True, "downsample": "avg", "act_layer": "silu"},
    "odd-groups": SMALL | {"norm_layer": "groupnorm", "w0": 32, "wa": 32.0, "group_size": 16},
    "odd-average": SMALL | {"downsample": "avg", "stem_width": 24, "act_layer": "gelu"},
    "odd-linear": SMALL | {"linear_out": True, "downsample": "avg", "se_ratio": 0.25},
    "odd-last": SMALL | {"num_features": 40, "bottle_ratio": 2.0},
}
NARROW = {"depth": 6, "w0": 64, "wa": 80.0, "wm": 2.0}
WIDE = {"regnety_320", "regnety_640", "regnety_1280", "regnety_2560", "regnetx_320"}


def names() -> list[str]:
    """List the architectures."""
    return [*timm_names("regnet"), *ODD]


def reference(name: str) -> Reference:
    """Run one; the widest narrower, with fewer blocks."""
    if name in ODD:
        return run_timm("regnetx_002", size=(65, 88), arguments=ODD[name])
    return run_timm(name, arguments=NARROW if name in WIDE else {})
