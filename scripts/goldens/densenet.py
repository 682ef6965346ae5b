"""timm's DenseNets."""

from typing import Any

from timm.layers import BlurPool2d
from timm.models.densenet import DenseNet

from .reference import Reference, run_model, run_timm, timm_names

LEFT_OUT: dict[str, str] = {}
QUICK = ("densenet121", "odd-densenet-blur", "odd-densenet-tiered")
SMALL = {"growth_rate": 12, "block_config": (2, 3, 2)}
ODD: dict[str, dict[str, Any]] = {
    "odd-densenet-blur": SMALL | {"aa_layer": "blur", "aa_stem_only": False, "bn_size": 2},
    "odd-densenet-tiered": SMALL | {"stem_type": "deep_tiered", "global_pool": "catavgmax"},
    "odd-densenet-narrow": SMALL | {"stem_type": "deep_tiered_narrow", "global_pool": "max"},
}


def names() -> list[str]:
    """List the architectures."""
    return [*timm_names("densenet"), *ODD]


def reference(name: str) -> Reference:
    """Run one; of the deepest, with few layers in each block."""
    if name not in ODD:
        deep = {"block_config": (3, 3, 4, 3)} if name == "densenet264d" else {}
        return run_timm(name, size=(64, 96), arguments=deep)
    given = {**ODD[name], **({"aa_layer": BlurPool2d} if "aa_layer" in ODD[name] else {})}
    model = DenseNet(num_classes=0, **given)
    model.pretrained_cfg = {"mean": (0.5, 0.5, 0.5), "std": (0.5, 0.5, 0.5)}
    return run_model("densenet121", model, (64, 96), ODD[name])
