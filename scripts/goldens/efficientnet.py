"""timm's EfficientNets and the mobile networks of their blocks."""

from .reference import Reference, run_timm, timm_names

LEFT_OUT = {
    r".*efficientnet_cc_.*": "convolutions that experts weigh by the image",
    r".*mixnet_.*": "convolutions of mixed windows",
    r".*efficientnet_.*evos": "evolved normalisation",
    r"gc_efficientnetv2_rw_t": "global context attention",
}
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
)


def names() -> list[str]:
    """List the architectures."""
    return list(timm_names("efficientnet"))


def reference(name: str) -> Reference:
    """Run one."""
    return run_timm(name)
