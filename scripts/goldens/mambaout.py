"""timm's MambaOuts."""

from typing import Any

from .reference import Reference, run_timm, timm_names

LEFT_OUT: dict[str, str] = {}
QUICK = ("test_mambaout", "odd-mambaout-default")
SMALL = {"depths": (1, 1, 2, 1)}
ODD: dict[str, dict[str, Any]] = {  # arguments of mambaout_femto and of test_mambaout
    "odd-mambaout-default": SMALL
    | {"kernel_size": 5, "conv_ratio": 0.5, "expansion_ratio": 2, "act_layer": "relu"},
    "odd-mambaout-test": {"global_pool": "max", "stem_mid_norm": True, "downsample": "conv"},
}


def names() -> list[str]:
    """List the architectures."""
    return [*timm_names("mambaout"), *ODD]


def reference(name: str) -> Reference:
    """Run one; of the deep ones, a block or two of each stage."""
    if name in ODD:
        plain = "test_mambaout" if name.endswith("test") else "mambaout_femto"
        return run_timm(plain, arguments=ODD[name])
    deep = "small" in name or "base" in name
    return run_timm(name, arguments=SMALL if deep else {})
