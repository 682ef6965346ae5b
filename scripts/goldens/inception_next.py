"""timm's InceptionNeXts."""

from typing import Any

from .reference import Reference, run_timm, timm_names

LEFT_OUT: dict[str, str] = {}
QUICK = ("inception_next_atto", "odd-inception-ratio")
SMALL = {"depths": (1, 1, 2, 1)}
ODD: dict[str, dict[str, Any]] = {  # arguments of inception_next_atto
    "odd-inception-ratio": SMALL | {"mlp_ratios": 2, "dims": (16, 24, 32, 48)},
    "odd-inception-stages": {"depths": (1, 2, 1), "dims": (16, 24, 40), "mlp_ratios": (1, 3, 2)}
    | {"global_pool": "avgmax"},
}


def names() -> list[str]:
    """List the architectures."""
    return [*timm_names("inception_next"), *ODD]


def reference(name: str) -> Reference:
    """Run one; of the deep ones, a block or two of each stage."""
    if name in ODD:
        return run_timm("inception_next_atto", arguments=ODD[name])
    deep = name.endswith(("small", "base"))
    return run_timm(name, arguments=SMALL if deep else {})
