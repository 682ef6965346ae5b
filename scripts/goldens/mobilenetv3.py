"""timm's MobileNets V3 and V4, FBNetV3, HardCoRe-NAS and LCNet."""

from .reference import Reference, run_timm, timm_names

LEFT_OUT: dict[str, str] = {}
QUICK = (
    "fbnetv3_b",
    "lcnet_050",
    "mobilenetv4_conv_small_050",
    "mobilenetv4_hybrid_medium",
    "tf_mobilenetv3_small_100",
)


def names() -> list[str]:
    """List the architectures."""
    return sorted(timm_names("mobilenetv3", "hardcorenas"))


def reference(name: str) -> Reference:
    """Run one on images of an odd size on the way."""
    return run_timm(name, size=(96, 128) if "_aa_" in name else (72, 88))
