"""timm's EfficientNets and the mobile networks of their blocks."""

from .reference import Reference, run_timm, timm_names

LEFT_OUT: dict[str, str] = {}
QUICK = (
    "tf_efficientnet_lite0",
    "efficientnet_x_b3",
    "efficientnet_es",
    "efficientnet_blur_b0",
    "test_efficientnet",
    "test_efficientnet_gn",
    "test_efficientnet_ln",
    "tinynet_e",
    "tf_efficientnetv2_b0",
    "mobilenetv1_100",
    "mobilenetv2_110d",
    "mobilenet_edgetpu_v2_xs",
    "mixnet_s",
    "tf_efficientnet_cc_b0_4e",
    "test_efficientnet_evos",
)


def names() -> list[str]:
    """List the architectures."""
    return list(timm_names("efficientnet"))


def reference(name: str) -> Reference:
    """Run one."""
    return run_timm(name)
